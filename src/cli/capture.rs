//! `rcshark capture`: live from the network, until Ctrl-C or a limit; then what was found.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use hashbrown::HashSet;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::style::{BOLD, DIM, count, paint};
use super::table::{Cell, Table};
use super::{Colour, Common, Format, input, messages, sessions};
use crate::capture::{
    self, Device, FrameId, Limits, LiveCapture, LiveOptions, LiveStatus, OpenError, OpenOptions, Pace, Time, devices,
};
use crate::filter::Filter;
use crate::rules;
use crate::view::{MessageLookup, Row, terminal};
use crate::wire::MessageId;
use crate::{Analysis, analyze};

/// Captures from the network, and tells at the end which sessions there were.
///
/// It ends with Ctrl-C, or at --count, --duration or --max-size. Capturing needs a right that is not everybody's: the error tells how to
/// get it.
#[derive(Args)]
#[command(after_help = "Examples:\n  rcshark capture -D                             what there is to capture on\n  \
    rcshark capture -i eth0 --messages             a line per SIP and MSRP message as they come\n  \
    rcshark capture -i any -f 'port 5060 or portrange 2855-2860' -w chat.pcapng\n  \
    rcshark capture -i lo --duration 60 --format json > chat.json\n  \
    rcshark capture -i eth0 -i wlan0 --messages --filter 'sip.method == INVITE'")]
pub struct Options {
    /// Capture on this interface; several may be given, and on Linux `any` is all of them.
    #[arg(short, long = "interface", value_name = "IFACE", required_unless_present = "list")]
    interfaces: Vec<String>,

    /// List the interfaces.
    #[arg(short = 'D', long = "list-interfaces", exclusive = true)]
    list: bool,

    /// Capture filter (BPF), e.g. 'udp port 5060': other packets are not captured.
    #[arg(short = 'f', long = "bpf", value_name = "FILTER")]
    bpf: Option<String>,

    /// Write the packets to this file, as pcapng. What was there is replaced.
    #[arg(short, long, value_name = "OUT.pcapng")]
    write: Option<PathBuf>,

    /// End after this many packets.
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// End after this many seconds.
    #[arg(long, value_name = "SECONDS", value_parser = super::parse_seconds)]
    duration: Option<Duration>,

    /// End when the capture has this many MB.
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u64).range(1..=capture::MAX_SPOOLED_BYTES / MEGABYTE))]
    max_size: Option<u64>,

    /// Bytes of each packet that are kept; less than all of it makes messages incomplete.
    #[arg(short, long, value_name = "BYTES", default_value_t = LiveOptions::default().snaplen_bytes,
        value_parser = clap::value_parser!(u32).range(64..=(1 << 20)))]
    snaplen: u32,

    /// MB that the system keeps for packets that wait to be read; more, when packets are dropped.
    #[arg(short = 'B', long, value_name = "MB", default_value_t = LiveOptions::default().buffer_bytes / MEGABYTE as u32,
        value_parser = clap::value_parser!(u32).range(1..=1_000))]
    buffer: u32,

    /// Only what is sent to this machine, or by it.
    #[arg(short = 'p', long)]
    no_promiscuous: bool,

    /// Print a line per SIP and MSRP message as they come.
    #[arg(long)]
    messages: bool,

    /// With --messages: only those for which this is true; `rcshark messages --fields` lists the fields.
    #[arg(long, value_name = "EXPR", requires = "messages")]
    filter: Option<String>,

    /// `json` is the document of `analyze`, printed at the end.
    #[arg(long, value_enum, default_value_t = Format::Text, conflicts_with = "messages")]
    format: Format,

    /// The settings of the network, for the rules in the document.
    #[arg(long, value_name = "TOML", requires = "format")]
    profile: Option<PathBuf>,

    /// Colours on the terminal. NO_COLOR is obeyed.
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    color: Colour,
}

const MEGABYTE: u64 = 1 << 20;

/// How often it is looked whether there is something new, or an end.
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub fn run(options: &Options) -> anyhow::Result<bool> {
    if options.list {
        let mut out = super::stdout(options.color);
        write_devices(&mut out, &devices()?)?;
        out.flush()?;
        return Ok(true);
    }
    let common = Common::without_files(options.profile.clone(), options.color);
    let filter = options.filter.as_deref().map(|source| messages::parse_filter(source, options.color)).transpose()?;
    // What is wrong with the profile is better found before than behind a capture of hours.
    let profile = (options.format == Format::Json).then(|| common.profile()).transpose()?;
    let live = LiveCapture::start(&options.live())?;
    let interrupted = interrupted()?;
    let mut out = super::stdout(options.color);
    let _ = writeln!(io::stderr(), "capturing on {}", terminal(&options.interfaces.join(", ")));
    let mut follow = options.messages.then(|| Follow::new(filter));
    let bar = progress_bar(options.messages);
    let mut pace = Pace::new();
    while live.is_running() && !interrupted.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK_EVERY);
        bar.set_message(so_far(&live.status()));
        let Some(follow) = &mut follow else { continue };
        let len_bytes = live.flush();
        if pace.is_due(len_bytes) {
            let begin = Instant::now();
            follow.write_new(&mut out, &analyze_input(live.recording())?, false)?;
            out.flush()?;
            pace.done(begin, len_bytes);
        }
    }
    let status = live.finish();
    bar.finish_and_clear();
    let analysis = analyze_input(live.recording())?;
    match profile {
        Some(profile) => {
            let mut documents = input::Documents::new(&common);
            documents.write(&analysis, &rules::check(&analysis, &profile, &rules::all()))?;
            documents.finish()?;
        }
        None => {
            if let Some(follow) = &mut follow {
                follow.write_new(&mut out, &analysis, true)?;
                writeln!(out)?;
            }
            sessions::write_text(&mut out, &analysis, &common)?;
        }
    }
    out.flush()?;
    explain(&status, options);
    Ok(!status.failed)
}

impl Options {
    fn live(&self) -> LiveOptions {
        let limits = Limits::default();
        LiveOptions {
            interfaces: self.interfaces.clone(),
            filter: self.bpf.clone(),
            snaplen_bytes: self.snaplen,
            promiscuous: !self.no_promiscuous,
            buffer_bytes: self.buffer * MEGABYTE as u32,
            limits: Limits {
                frames: self.count,
                duration: self.duration,
                bytes: self.max_size.map_or(limits.bytes, |megabytes| megabytes * MEGABYTE),
            },
            file: self.write.clone(),
        }
    }
}

/// Becomes true with Ctrl-C. A second one ends the program at once.
fn interrupted() -> anyhow::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, super::FAILURE.into(), Arc::clone(&interrupted))?;
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    Ok(interrupted)
}

fn analyze_input(input: capture::Input) -> Result<Analysis, OpenError> {
    Ok(analyze(capture::open(&[input], &OpenOptions::default())?))
}

/// Shows on a terminal how much has come; where lines come by themselves, they are enough.
fn progress_bar(prints_lines: bool) -> ProgressBar {
    if prints_lines || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(
        ProgressStyle::with_template("{spinner} {msg}; Ctrl-C ends").unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar
}

/// `12 packets, 3 dropped by the system`.
fn so_far(status: &LiveStatus) -> String {
    let packets = count(status.frames as usize, "packet");
    match status.dropped {
        0 => packets,
        dropped => format!("{packets}, {dropped} dropped by the system"),
    }
}

/// Says on stderr how it ended.
fn explain(status: &LiveStatus, options: &Options) {
    let mut err = io::stderr();
    for why in &status.ended {
        let _ = writeln!(err, "rcshark: {}", terminal(why));
    }
    let place = options.write.as_ref().map(|path| format!(", written to {}", terminal(&path.display().to_string())));
    let _ = writeln!(err, "{}{}", so_far(status), place.unwrap_or_default());
}

fn write_devices(out: &mut impl Write, devices: &[Device]) -> io::Result<()> {
    let mut table = Table::with_headings(&["interface", "state", "addresses", "what it is"]);
    for device in devices {
        let addresses: Vec<String> = device.addresses.iter().map(ToString::to_string).collect();
        table.push(vec![
            Cell::text(&device.name).style(BOLD),
            Cell::text(if device.is_up { "up" } else { "down" }),
            Cell::text(&addresses.join(", ")),
            Cell::text(device.description.as_deref().unwrap_or_default()).style(DIM),
        ]);
    }
    table.write(out, 0)
}

/// Prints each message once, in whatever analysis it comes up first.
struct Follow {
    filter: Option<Filter>,
    /// Where the first bytes are of what was printed, or filtered out: numbers of messages change from one analysis to the next.
    seen: HashSet<(FrameId, u32)>,
    start: Option<Time>,
}

impl Follow {
    fn new(filter: Option<Filter>) -> Follow {
        Follow { filter, seen: HashSet::new(), start: None }
    }

    /// What is still to come in whole is left for the next time, unless this is the end.
    fn write_new(&mut self, out: &mut impl Write, analysis: &Analysis, is_end: bool) -> io::Result<()> {
        for (id, message) in analysis.messages.iter() {
            if message.incomplete && !is_end || !self.seen.insert((message.frame, message.frame_offset)) {
                continue;
            }
            if self.filter.as_ref().is_none_or(|filter| filter.matches(&MessageLookup { analysis, id })) {
                self.write(out, analysis, id)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, out: &mut impl Write, analysis: &Analysis, id: MessageId) -> io::Result<()> {
        let columns = messages::Columns { place: messages::IPV4_PLACE, session: 3, is_numbered: false };
        if self.start.is_none() {
            writeln!(out, "{}", paint(BOLD, columns.headings()))?;
        }
        let start = *self.start.get_or_insert(analysis.capture.first.unwrap_or_default());
        columns.write(out, &Row::new(analysis, id), start)
    }
}
