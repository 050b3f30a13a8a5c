//! `rcshark messages`: SIP and MSRP messages in order, filtered; or one of them whole.

use std::io::{self, IsTerminal, Write};

use anyhow::bail;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::style::{BOLD, DIM, MSRP, SIP, fit, paint};
use super::{Colour, Common, input};
use crate::Analysis;
use crate::capture::Time;
use crate::filter::{self, Filter};
use crate::view::{MessageLookup, Row, terminal};
use crate::wire::MessageId;

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

    /// Print message number N whole: where its bytes were, then the bytes as they were on the wire.
    #[arg(long, value_name = "N", conflicts_with = "filter")]
    show: Option<u32>,

    /// With --show: only the raw bytes, unescaped, for another program.
    #[arg(long, requires = "show")]
    raw: bool,

    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Serialize)]
struct RowDocument<'a> {
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

pub fn run(options: &Options) -> anyhow::Result<bool> {
    let filter = match &options.filter {
        Some(source) => match Filter::parse(source) {
            Ok(filter) => Some(filter),
            Err(error) => {
                let colour = options.common.color != Colour::Never && io::stderr().is_terminal();
                bail!("the filter is wrong\n{}", filter::render(&error, source, colour));
            }
        },
        None => None,
    };
    let mut out = options.common.stdout();
    let mut documents = 0;
    let complete = input::for_each(&options.common, |analysis| {
        if let Some(number) = options.show {
            return show(&mut out, analysis, number, options.raw);
        }
        let wanted = analysis.messages.iter().map(|(id, _)| id).filter(|&id| {
            let in_session = match (&options.common.session, analysis.sessions.session_of(id)) {
                (None, _) => true,
                (Some(_), session) => session.is_some_and(|session| options.common.wants(session)),
            };
            in_session && filter.as_ref().is_none_or(|filter| filter.matches(&MessageLookup { analysis, id }))
        });
        match options.format {
            Format::Text => write_text(&mut out, analysis, wanted),
            Format::Json => {
                for id in wanted {
                    write!(out, "{}", if documents == 0 { "[\n" } else { ",\n" })?;
                    documents += 1;
                    write_json(&mut out, &Row::new(analysis, id))?;
                }
                Ok(())
            }
        }
    })?;
    if options.format == Format::Json && options.show.is_none() {
        writeln!(out, "{}]", if documents == 0 { "[" } else { "\n" })?;
    }
    out.flush()?;
    Ok(complete)
}

fn write_text(
    out: &mut impl Write,
    analysis: &Analysis,
    wanted: impl Iterator<Item = MessageId>,
) -> anyhow::Result<()> {
    let start = analysis.capture.first.unwrap_or_default();
    let header = format!(
        "{:>6} {:>7} {:>12}  {:<22} {:<22} {:<4} {:<4} {}",
        "No.", "Frame", "Time", "Source", "Destination", "", "", "Message"
    );
    writeln!(out, "{}", paint(BOLD, header))?;
    for id in wanted {
        let row = Row::new(analysis, id);
        let style = if row.protocol == "SIP" { SIP } else { MSRP };
        let again = if row.retransmission { paint(DIM, " (again)") } else { String::new() };
        writeln!(
            out,
            "{:>6} {:>7} {:>12.6}  {:<22} {:<22} {} {:<4} {}{again}",
            row.number,
            row.frame,
            row.time.nanos_since(start) as f64 / 1e9,
            row.source.to_string(),
            row.destination.to_string(),
            paint(style, format!("{:<4}", row.protocol)),
            row.session,
            fit(&terminal(&row.label), 200),
        )?;
    }
    Ok(())
}

fn write_json(out: &mut impl Write, row: &Row) -> anyhow::Result<()> {
    let document = RowDocument {
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
