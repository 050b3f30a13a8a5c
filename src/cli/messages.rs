//! `rcshark messages`: SIP and MSRP messages in order, filtered; or one of them whole.

use std::io::{self, IsTerminal, Write};

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use super::style::{BOLD, DIM, MSRP, SIP, fit, paint, write_capture_name};
use super::{Colour, Common, Format, input};
use crate::Analysis;
use crate::capture::Time;
use crate::filter::{self, Filter};
use crate::view::{MessageLookup, Row, terminal};
use crate::wire::MessageId;

/// Characters of what a message is; only a hostile one has more.
const LABEL_WIDTH: usize = 200;

/// SIP and MSRP messages in order.
#[derive(Args)]
#[command(after_help = "Examples:\n  rcshark messages capture.pcap --filter 'sip.method == INVITE'\n  \
    rcshark messages capture.pcap --filter 'session.id == s1 && msrp.status >= 400'\n  \
    rcshark messages capture.pcap --filter 'from matches \"alice\" && body contains \"hello\"'\n  \
    rcshark messages capture.pcap --show 12\n  rcshark messages --fields          the fields a filter knows")]
pub struct Options {
    #[command(flatten)]
    common: Common,

    /// Only messages for which this is true; see --fields.
    #[arg(long, value_name = "EXPR")]
    filter: Option<String>,

    /// Print the language of --filter: operators, values, and every field.
    #[arg(long, exclusive = true)]
    fields: bool,

    /// Print message number N whole: where its bytes were, then the bytes as they were on the wire.
    #[arg(long, value_name = "N", conflicts_with = "filter")]
    show: Option<u32>,

    /// With --show: only the raw bytes, unescaped, for another program.
    #[arg(long, requires = "show")]
    raw: bool,

    /// `json` is one object per message, in an array.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct RowDocument<'a> {
    file: Option<String>,
    number: u32,
    frame: u32,
    time: Time,
    source: String,
    destination: String,
    protocol: &'static str,
    session: Option<&'a str>,
    size: usize,
    retransmission: bool,
    label: &'a str,
}

/// The messages that the user asked for.
pub struct Selection<'a> {
    common: &'a Common,
    filter: Option<Filter>,
}

impl<'a> Selection<'a> {
    /// # Errors
    /// The expression is wrong; the error points into it.
    pub fn new(common: &'a Common, filter: Option<&str>) -> anyhow::Result<Self> {
        let filter = filter.map(|source| parse_filter(source, common.color)).transpose()?;
        Ok(Selection { common, filter })
    }

    pub fn of(&self, analysis: &Analysis) -> impl Iterator<Item = MessageId> {
        analysis.messages.iter().map(|(id, _)| id).filter(move |&id| {
            let in_session = self.common.session.is_none()
                || analysis.sessions.session_of(id).is_some_and(|session| self.common.wants(session));
            in_session && self.filter.as_ref().is_none_or(|filter| filter.matches(&MessageLookup { analysis, id }))
        })
    }
}

/// # Errors
/// The expression is wrong; the error points into it.
pub fn parse_filter(source: &str, colour: Colour) -> anyhow::Result<Filter> {
    match Filter::parse(source) {
        Ok(filter) => Ok(filter),
        Err(error) => {
            let colour = colour != Colour::Never && io::stderr().is_terminal();
            bail!("the filter is wrong\n{}", filter::render(&error, source, colour));
        }
    }
}

pub fn run(options: &Options) -> anyhow::Result<bool> {
    let mut out = options.common.stdout();
    if options.fields {
        write!(out, "{}", filter::help())?;
        out.flush()?;
        return Ok(true);
    }
    let selection = Selection::new(&options.common, options.filter.as_deref())?;
    let mut separator = "[\n";
    let complete = input::for_each(&options.common, |analysis| match (options.show, options.format) {
        (Some(number), _) => show(&mut out, analysis, number, options.raw),
        (None, Format::Text) if options.common.concerns(analysis) => write_text(&mut out, analysis, &selection),
        (None, Format::Text) => Ok(()),
        (None, Format::Json) => {
            for id in selection.of(analysis) {
                write!(out, "{}", std::mem::replace(&mut separator, ",\n"))?;
                write_json(&mut out, analysis, id)?;
            }
            Ok(())
        }
    })?;
    if options.format == Format::Json && options.show.is_none() {
        writeln!(out, "{}]", if separator == ",\n" { "\n" } else { "[" })?;
    }
    out.flush()?;
    Ok(complete)
}

fn write_text(out: &mut impl Write, analysis: &Analysis, selection: &Selection<'_>) -> anyhow::Result<()> {
    write_capture_name(out, analysis, None)?;
    let start = analysis.capture.first.unwrap_or_default();
    let place = analysis.messages.flows.iter().flat_map(|flow| [flow.client, flow.server]);
    let place = place.map(|address| address.to_string().len()).max().unwrap_or_default().max("Destination".len());
    let session = analysis.sessions.sessions.last().map_or(0, |session| session.id.len()).max("Sess".len());
    let columns = Columns { place, session, is_numbered: true };
    writeln!(out, "{}", paint(BOLD, columns.headings()))?;
    for id in selection.of(analysis) {
        columns.write(out, &Row::new(analysis, id), start)?;
    }
    Ok(())
}

/// Characters of the longest IPv4 address with its port.
pub const IPV4_PLACE: usize = "255.255.255.255:65535".len();

/// How wide the columns of the list are.
#[derive(Clone, Copy)]
pub struct Columns {
    /// Characters of source and destination.
    pub place: usize,
    pub session: usize,
    /// Does the number of the message stand before its frame?
    pub is_numbered: bool,
}

impl Columns {
    pub fn headings(self) -> String {
        let Columns { place, session, .. } = self;
        let number = if self.is_numbered { format!("{:>6} ", "No.") } else { String::new() };
        format!(
            "{number}{:>7} {:>12}  {:<place$}  {:<place$}  {:<5} {:<session$}  Message",
            "Frame", "Time", "Source", "Destination", "Proto", "Sess"
        )
    }

    /// One message; times count from `start`.
    pub fn write(self, out: &mut impl Write, row: &Row, start: Time) -> io::Result<()> {
        let Columns { place, session, .. } = self;
        let number = if self.is_numbered { format!("{:>6} ", row.number) } else { String::new() };
        let style = if row.protocol == "SIP" { SIP } else { MSRP };
        let again = if row.retransmission { paint(DIM, " (again)") } else { String::new() };
        writeln!(
            out,
            "{number}{:>7} {:>12.6}  {:<place$}  {:<place$}  {} {:<session$}  {}{again}",
            row.frame,
            row.time.nanos_since(start) as f64 / 1e9,
            row.source.to_string(),
            row.destination.to_string(),
            paint(style, format!("{:<5}", row.protocol)),
            row.session,
            fit(&terminal(&row.label), LABEL_WIDTH),
        )
    }
}

fn write_json(out: &mut impl Write, analysis: &Analysis, id: MessageId) -> anyhow::Result<()> {
    let row = Row::new(analysis, id);
    let place = analysis.capture.table.place(analysis.messages[id].frame);
    let file = analysis.capture.files.get(place.file as usize);
    let document = RowDocument {
        file: file.map(|file| file.input.to_string()),
        number: row.number,
        frame: row.frame,
        time: row.time,
        source: row.source.to_string(),
        destination: row.destination.to_string(),
        protocol: row.protocol,
        session: Some(row.session.as_str()).filter(|session| !session.is_empty()),
        size: row.len_bytes,
        retransmission: row.retransmission,
        label: &row.label,
    };
    serde_json::to_writer(&mut *out, &document)?;
    Ok(())
}

/// One message whole: its place, the frames its bytes came in, and the bytes.
fn show(out: &mut impl Write, analysis: &Analysis, number: u32, raw_only: bool) -> anyhow::Result<()> {
    let count = analysis.messages.list.len();
    let Some(index) = number.checked_sub(1).filter(|index| (*index as usize) < count) else {
        bail!("there is no message {number}: the capture has messages 1 to {count}");
    };
    let id = MessageId(index);
    let message = &analysis.messages[id];
    let raw = analysis.messages.raw(message);
    if raw_only {
        let mut out = super::plain_stdout();
        out.write_all(&raw)?;
        return Ok(out.flush()?);
    }
    let row = Row::new(analysis, id);
    let session = if row.session.is_empty() { String::new() } else { format!(", session {}", row.session) };
    writeln!(out, "{}", paint(BOLD, format!("message {number}: {} {}", row.protocol, terminal(&row.label))))?;
    writeln!(out, "{}  {} → {}{session}", row.time, row.source, row.destination)?;
    for piece in analysis.messages.pieces(message) {
        let frame = analysis.capture.table.place(piece.frame).number;
        writeln!(
            out,
            "{}",
            paint(DIM, format!("bytes from {:>6}: frame {frame} at byte {}", piece.at, piece.frame_offset))
        )?;
    }
    if message.incomplete {
        writeln!(out, "{}", paint(DIM, "its end was not captured"))?;
    }
    writeln!(out)?;
    // Line by line: the line ends stay, everything else that could move the cursor is escaped.
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        let text = String::from_utf8_lossy(line);
        writeln!(out, "{}", terminal(text.trim_end_matches(['\r', '\n'])))?;
    }
    Ok(())
}
