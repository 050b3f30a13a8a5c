//! `rcshark replay`: plays a captured session against a server, or plays the server.

mod cast;
mod identities;
mod outcome;
mod progress;
mod simulate;
mod stage;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use crate::capture::{self, Input, OpenOptions};
use crate::replay::{Plan, Roles, Speed, build, mutate};
use crate::session::{SessionKind, uri_key};
use crate::view::terminal;
use crate::{Analysis, analyze};

/// Plays a captured session against a server, or plays the server.
///
/// Sends what the chosen participants sent, expects what they got, and tells step by step what was different. Call-IDs, tags, MSRP
/// paths, Message-IDs, Contribution-ID and addresses are made new. Exit code 0: all steps as expected; 1: a difference that matters,
/// or a step that did not happen; 2: it could not be run.
///
/// Messages go to --target and to addresses given with --map, never to an address of the capture.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    rcshark replay capture.pcap --session s1 --as clients --plan               what would be done\n  \
    rcshark replay capture.pcap --session s1 --as clients --target 127.0.0.1:5060\n  \
    rcshark replay capture.pcap --as alice --target 127.0.0.1:5060 --save result.pcapng\n  \
    rcshark replay capture.pcap --as focus --bind 127.0.0.1:5060               plays the server\n  \
    rcshark replay capture.pcap --as clients,focus --target 127.0.0.1:5060     both ends of a proxy\n  \
    rcshark replay capture.pcap --as clients --target 127.0.0.1:5060 --register --password secret\n  \
    rcshark replay capture.pcap --as clients --target 127.0.0.1:5060 --mutate 'BYE:remove=Reason'\n  \
    rcshark replay capture.pcap --as clients --target 127.0.0.1:5060 --format junit > replay.xml\n  \
    rcshark replay capture.pcap --as alice --plan -o alice.toml                a plan to edit, and\n  \
    rcshark replay --run alice.toml --target 127.0.0.1:5060                    to run\n  \
    rcshark replay capture.pcap --simulate --loss 5 --save worse.pcapng        both sides, without a network\n  \
    rcshark replay --run caller.toml --run callee.toml --simulate --save call.pcapng")]
pub struct Options {
    /// The capture.
    #[arg(value_name = "FILE", required_unless_present = "run")]
    file: Option<PathBuf>,

    /// The session: its id (s1), a Contribution-ID, or the focus URI. Not needed when there is but one group session.
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,

    /// Who is played: participants by URI, part of it or display name; `clients` for all of them; `focus`. With --simulate it is everybody.
    #[arg(long = "as", value_name = "ROLE", value_delimiter = ',', required_unless_present_any = ["run", "simulate"])]
    roles: Vec<String>,

    /// The server: where messages are sent to.
    #[arg(long, value_name = "HOST:PORT")]
    target: Option<String>,

    /// The local address of SIP; port 0 takes any. With several sides it is the focus's.
    #[arg(long, value_name = "HOST:PORT")]
    bind: Option<String>,

    #[arg(long, value_enum, default_value_t = Carrier::Udp)]
    transport: Carrier,

    /// How MSRP is offered. An offer of the far end is answered as it is; over TLS it takes --cert and --key.
    #[arg(long, value_enum, default_value_t = MsrpCarrier::Tcp)]
    msrp_transport: MsrpCarrier,

    /// TLS: certificates (PEM) that sign the server's.
    #[arg(long, value_name = "PEM")]
    ca: Option<PathBuf>,

    /// TLS: our certificate (PEM), which a server and MSRP need.
    #[arg(long, value_name = "PEM", requires = "key")]
    cert: Option<PathBuf>,

    /// TLS: the key of our certificate (PEM).
    #[arg(long, value_name = "PEM", requires = "cert")]
    key: Option<PathBuf>,

    /// 1.0 as captured, 2.0 twice as fast, `max` without pauses.
    #[arg(long, value_name = "FACTOR", default_value = "1.0", value_parser = parse_speed)]
    speed: Speed,

    /// Longer pauses of the capture are cut to so many seconds.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = super::parse_seconds)]
    max_pause: Duration,

    /// Seconds that a step is waited for before others go on without it.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = super::parse_seconds)]
    patience: Duration,

    /// User of digest authentication; without it, the user of each sender's address.
    #[arg(long, requires = "password")]
    user: Option<String>,

    /// Password of digest authentication.
    #[arg(long)]
    password: Option<String>,

    /// So many copies of the session.
    #[arg(long, value_name = "N", default_value_t = 1)]
    copies: usize,

    /// Copies that begin per second; all at once without it.
    #[arg(long, value_name = "N/s", value_parser = parse_rate)]
    rate: Option<f64>,

    /// Seconds after which the run is ended; without it, 60 and what the plan takes.
    #[arg(long, value_name = "SECONDS", value_parser = super::parse_seconds)]
    timeout: Option<Duration>,

    /// Write what was exchanged as pcapng.
    #[arg(long, value_name = "OUT.pcapng")]
    save: Option<PathBuf>,

    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Allow a target that is not this machine.
    #[arg(long)]
    allow_remote: bool,

    /// Put B where A stands: a host, domain or user by another, in which {n} is the number of the copy; or a host, domain or URI by
    /// HOST:PORT, where requests to it then go.
    #[arg(long, value_name = "A=B")]
    map: Vec<String>,

    /// With --copies: what each copy puts where. The first line names what to replace, each further line is for one copy.
    #[arg(long, value_name = "CSV")]
    identities: Option<PathBuf>,

    /// Keep Contribution-ID and Conversation-ID as captured.
    #[arg(long)]
    keep_ids: bool,

    /// Send something wrong on purpose: drop, duplicate, corrupt, delay=MILLIS, remove=HEADER, replace=TEXT=>TEXT.
    #[arg(long, value_name = "STEP:FAULT")]
    mutate: Vec<String>,

    /// Clients speak MSRP through this relay (RFC 4976), and ask it for their paths first.
    #[arg(long, value_name = "HOST:PORT")]
    msrp_relay: Option<String>,

    /// Register first: participants under their URIs, the focus under those that it is called by.
    #[arg(long)]
    register: bool,

    /// Print the plan, or save it with -o, and do nothing.
    #[arg(long)]
    plan: bool,

    /// With --plan: the file, in TOML.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Run a plan that was saved, in place of a capture; several times for several sides.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "roles", "session"])]
    run: Vec<PathBuf>,

    #[command(flatten)]
    conditions: simulate::Conditions,
}

/// More copies than memory and ports allow.
const MAX_COPIES: usize = 100_000;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Carrier {
    Udp,
    Tcp,
    Tls,
}

/// How MSRP is carried.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MsrpCarrier {
    Tcp,
    Tls,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
}

fn parse_speed(text: &str) -> Result<Speed, String> {
    match text.parse::<f64>() {
        _ if text.eq_ignore_ascii_case("max") => Ok(Speed::Max),
        Ok(factor) if (0.001..=1e6).contains(&factor) => Ok(Speed::Times(factor)),
        _ => Err("a number from 0.001 to 1000000, or `max`".into()),
    }
}

fn parse_rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text).parse::<f64>().ok();
    number.filter(|rate| (0.001..=1e6).contains(rate)).ok_or_else(|| "a number from 0.001 to 1000000".into())
}

pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    if options.output.is_some() && !options.plan {
        bail!("-o is the file of --plan; what was exchanged is written with --save FILE");
    }
    if !(1..=MAX_COPIES).contains(&options.copies) {
        bail!("--copies {}: 1 to {MAX_COPIES}", options.copies);
    }
    let original = options.file.as_deref().map(read_capture).transpose()?;
    let session = match &original {
        Some(analysis) => Some(choose(analysis, options.session.as_deref())?),
        None => None,
    };
    let mut plans = match (&original, session) {
        (Some(analysis), Some(session)) => {
            let everybody = ["clients", "focus"].map(str::to_owned);
            let roles = match analysis.sessions.sessions[session].kind {
                _ if !options.roles.is_empty() => &options.roles[..],
                SessionKind::OneToOne => &everybody[..1],
                SessionKind::Group => &everybody[..],
            };
            build(analysis, session, &Roles::parse(roles, analysis, session)?)?
        }
        _ => options.run.iter().map(|path| read_plan(path)).collect::<anyhow::Result<Vec<Plan>>>()?,
    };
    if options.register {
        plans.iter_mut().for_each(Plan::register);
    }
    for fault in &options.mutate {
        // With several sides it is enough that one of them has such a step.
        let results: Vec<_> = plans.iter_mut().map(|plan| mutate(plan, fault)).collect();
        if let (false, Some(Err(why))) = (results.iter().any(Result::is_ok), results.into_iter().next()) {
            bail!("{why}");
        }
    }
    if options.plan {
        return write_plans(options, &plans);
    }
    let original = original.as_ref().zip(session);
    let temporary = tempfile::tempdir()?;
    // A single copy is analysed also when nobody wants its result.
    let unnamed = (options.copies == 1).then(|| temporary.path().join("result.pcapng"));
    let result = options.save.clone().or(unnamed);
    let played = if options.conditions.is_wanted() {
        let start = original.map_or(0, |(analysis, session)| analysis.sessions.sessions[session].started.0);
        let path = result.clone().unwrap_or_else(|| temporary.path().join("result.pcapng"));
        simulate::play(options, plans, u64::try_from(start).unwrap_or(0), &path)?
    } else {
        stage::Stage::new(options, &plans)?.play(options, plans, result.as_deref())?
    };
    outcome::tell(options, played, original, result.as_deref())
}

fn read_capture(path: &Path) -> anyhow::Result<Analysis> {
    Ok(analyze(capture::open(&[Input::from(path.to_path_buf())], &OpenOptions::default())?))
}

/// The session that is named, or the only group session.
fn choose(analysis: &Analysis, wanted: Option<&str>) -> anyhow::Result<usize> {
    let sessions = &analysis.sessions.sessions;
    let Some(wanted) = wanted else {
        let groups = sessions.iter().enumerate().filter(|(_, session)| session.kind == SessionKind::Group);
        let groups: Vec<usize> = groups.map(|(index, _)| index).collect();
        return match (groups.as_slice(), sessions.len()) {
            ([only], _) => Ok(*only),
            ([], 1) => Ok(0),
            ([], 0) => bail!("there is no session in this capture"),
            _ => bail!("there are several sessions: choose one with --session; `rcshark sessions` lists them"),
        };
    };
    let found = sessions.iter().position(|session| {
        let is_focus = session.focus_uri.as_deref().is_some_and(|focus| uri_key(focus) == uri_key(wanted));
        session.id == wanted || session.contribution_ids.iter().any(|id| id == wanted) || is_focus
    });
    found.with_context(|| format!("no session {} here; `rcshark sessions` lists what there is", terminal(wanted)))
}

fn read_plan(path: &Path) -> anyhow::Result<Plan> {
    let text = fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    Plan::from_toml(&text).with_context(|| format!("{}: no plan", path.display()))
}

fn write_plans(options: &Options, plans: &[Plan]) -> anyhow::Result<ExitCode> {
    match &options.output {
        None => {
            let mut out = super::plain_stdout();
            for plan in plans {
                for line in plan.to_text().lines() {
                    writeln!(out, "{}", terminal(line))?;
                }
            }
            out.flush()?;
        }
        Some(path) => {
            let [plan] = plans else { bail!("a file holds one plan: play one side, not {}", plans.len()) };
            let mut file =
                capture::AtomicFile::create(path).with_context(|| format!("{}: cannot be written", path.display()))?;
            file.write_all(plan.to_toml()?.as_bytes())?;
            file.save().with_context(|| format!("{}: cannot be written", path.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
