//! The command line: one file per subcommand. Prints to stdout, explains itself on stderr, picks the exit code.

mod analyze;
mod baseline;
mod capture;
mod chart;
mod check;
mod describe;
mod explain;
mod export;
mod flow;
mod input;
mod messages;
mod moment;
mod replay;
mod rules;
mod sessions;
mod style;
mod table;
mod timeline;

use std::io::{self, BufWriter, Stdout, Write};
use std::process::ExitCode;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::Analysis;
use crate::rules::Profile;
use crate::session::{Session, uri_key};
use crate::timeline::SessionTimeline;

/// Exit code of `check` when there are findings at or above `--fail-on`.
const FINDINGS: u8 = 1;

/// Exit code when the tool could not do (all of) its work: unreadable file, bad option.
const FAILURE: u8 = 2;

/// Traffic analyzer for RCS group chat (OMA CPM): reads captures, reassembles SIP and MSRP, joins all legs of a group chat.
#[derive(Parser)]
#[command(name = "rcshark", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "Examples:\n  \
    rcshark analyze capture.pcapng                 what is in a capture\n  \
    rcshark sessions captures/                     every session of every capture in a folder\n  \
    rcshark timeline capture.pcap --session s1     who was in when, and which message reached whom\n  \
    rcshark messages capture.pcap --filter 'msrp.status >= 400'\n  \
    rcshark flow capture.pcap --session s1         the ladder of a session\n  \
    rcshark check captures/                        which clauses were broken, and the frames\n  \
    rcshark explain cpm-cinfo-root                 what a rule checks, and why\n  \
    rcshark export capture.pcap --session s1 -o s1.pcapng\n  \
    rcshark replay capture.pcap --as clients --target 127.0.0.1:5060\n  \
    rcshark capture -i eth0 --messages             live from the network\n  \
    tcpdump -w - | rcshark analyze -               from standard input")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Analyze(analyze::Options),
    Sessions(sessions::Options),
    Timeline(timeline::Options),
    Messages(messages::Options),
    Flow(flow::Options),
    Check(check::Options),
    Rules(rules::Options),
    Explain(explain::Options),
    Export(export::Options),
    Replay(Box<replay::Options>),
    Capture(Box<capture::Options>),
}

/// What every command that reads captures takes.
#[derive(Args)]
pub struct Common {
    /// Captures: files, folders (all captures in them), or `-` for standard input.
    ///
    /// pcap and pcapng, also compressed with gzip or zstd.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<std::path::PathBuf>,

    /// Read all FILEs as one capture: rotated files, or one file per node.
    #[arg(long)]
    merge: bool,

    /// Only this session: its id (s1), a Contribution-ID, or the focus URI.
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,

    /// Capture filter (BPF), e.g. 'udp port 5060'.
    #[arg(short = 'f', long = "bpf", value_name = "FILTER")]
    bpf: Option<String>,

    /// The settings of the network: conference factories, limits, timings, severities, accepted findings.
    #[arg(long, value_name = "TOML")]
    profile: Option<std::path::PathBuf>,

    /// Colours on the terminal. NO_COLOR is obeyed.
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    color: Colour,
}

/// For people, or for programs.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    Auto,
    Always,
    Never,
}

impl Common {
    /// Does `session` match `--session`?
    fn wants(&self, session: &Session) -> bool {
        let Some(wanted) = &self.session else { return true };
        let is_focus = session.focus_uri.as_deref().is_some_and(|focus| uri_key(focus) == uri_key(wanted));
        session.id == *wanted || session.contribution_ids.contains(wanted) || is_focus
    }

    /// The sessions that `--session` leaves.
    fn wanted<'a>(&'a self, analysis: &'a Analysis) -> impl Iterator<Item = (&'a Session, &'a SessionTimeline)> {
        let sessions = analysis.sessions.sessions.iter().zip(&analysis.timelines);
        sessions.filter(|(session, _)| self.wants(session))
    }

    /// What `--profile` says, or the defaults.
    fn profile(&self) -> anyhow::Result<Profile> {
        let Some(path) = &self.profile else { return Ok(Profile::default()) };
        let text = std::fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))?;
        Profile::parse(&text).with_context(|| format!("{}: no profile", path.display()))
    }

    /// Is there something in a capture that `--session` leaves?
    fn concerns(&self, analysis: &Analysis) -> bool {
        self.session.is_none() || self.wanted(analysis).next().is_some()
    }

    /// Standard output for people: with colours where they are wanted and can be shown.
    fn stdout(&self) -> BufWriter<Box<dyn Write>> {
        stdout(self.color)
    }

    /// For a command that has its capture from elsewhere.
    fn without_files(profile: Option<std::path::PathBuf>, color: Colour) -> Common {
        Common { files: vec![], merge: false, session: None, bpf: None, profile, color }
    }
}

impl Colour {
    fn choice(self) -> ColorChoice {
        match self {
            Colour::Auto => AutoStream::choice(&io::stdout()),
            Colour::Always => ColorChoice::Always,
            Colour::Never => ColorChoice::Never,
        }
    }
}

/// Standard output for people: with colours where they are wanted and can be shown.
fn stdout(colour: Colour) -> BufWriter<Box<dyn Write>> {
    let choice = colour.choice();
    let out: Box<dyn Write> = match choice {
        // The stream that takes the colours out writes what stands between two of them by itself: it is gathered again.
        ColorChoice::Never => Box::new(AutoStream::never(Box::new(plain_stdout()) as Box<dyn Write>)),
        _ => Box::new(AutoStream::new(io::stdout(), choice)),
    };
    BufWriter::with_capacity(BUFFER_BYTES, out)
}

/// As much as a pipe holds.
const BUFFER_BYTES: usize = 1 << 16;

/// Standard output for programs: the bytes as they are.
fn plain_stdout() -> BufWriter<Stdout> {
    BufWriter::with_capacity(BUFFER_BYTES, io::stdout())
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..1e9).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "a number of seconds".into())
}

/// Runs the command line and returns the exit code: 0; 1 when `check` found something; 2 when something could not be read.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let complete = |complete: bool| if complete { ExitCode::SUCCESS } else { ExitCode::from(FAILURE) };
    let result = match &cli.command {
        Command::Analyze(options) => analyze::run(options).map(complete),
        Command::Sessions(options) => sessions::run(options).map(complete),
        Command::Timeline(options) => timeline::run(options).map(complete),
        Command::Messages(options) => messages::run(options).map(complete),
        Command::Flow(options) => flow::run(options).map(complete),
        Command::Check(options) => check::run(options),
        Command::Rules(options) => rules::run(options).map(complete),
        Command::Explain(options) => explain::run(options).map(complete),
        Command::Export(options) => export::run(options).map(complete),
        Command::Replay(options) => replay::run(options),
        Command::Capture(options) => capture::run(options).map(complete),
    };
    match result {
        Ok(code) => code,
        // The reader of our output has gone: `rcshark … | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "rcshark: {error:#}");
            ExitCode::from(FAILURE)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
            || cause
                .downcast_ref::<serde_json::Error>()
                .is_some_and(|error| error.io_error_kind() == Some(io::ErrorKind::BrokenPipe))
    })
}
