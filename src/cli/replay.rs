//! `rcshark replay`: plays a captured session against a server, or plays the server.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use hashbrown::HashSet;

use super::FINDINGS;
use crate::capture::{self, Input, OpenOptions, PcapngWriter};
use crate::replay::report::{self, NewFinding, Run, Summary};
use crate::replay::{
    Act, Driver, End, Hub, Load, Local, Plan, Player, Roles, Route, Score, Settings, Side, Speed, TlsConfig, TlsFiles,
    Transport, Verdict, build, compare, local_ip, mutate,
};
use crate::rules::{self, Profile};
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
    rcshark replay --run alice.toml --target 127.0.0.1:5060                    to run")]
pub struct Options {
    /// The capture.
    #[arg(value_name = "FILE", required_unless_present = "run")]
    file: Option<PathBuf>,

    /// The session: its id (s1), a Contribution-ID, or the focus URI. Not needed when there is but one group session.
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,

    /// Who is played: participants by URI, part of it or display name; `clients` for all of them; `focus`.
    #[arg(long = "as", value_name = "ROLE", value_delimiter = ',', required_unless_present = "run")]
    roles: Vec<String>,

    /// The server: where messages are sent to.
    #[arg(long, value_name = "HOST:PORT")]
    target: Option<String>,

    /// The local address of SIP; port 0 takes any. With several sides it is the focus's.
    #[arg(long, value_name = "HOST:PORT")]
    bind: Option<String>,

    #[arg(long, value_enum, default_value_t = Carrier::Udp)]
    transport: Carrier,

    /// TLS: certificates (PEM) that sign the server's.
    #[arg(long, value_name = "PEM")]
    ca: Option<PathBuf>,

    /// TLS: our certificate (PEM), which a server needs.
    #[arg(long, value_name = "PEM", requires = "key")]
    cert: Option<PathBuf>,

    /// TLS: the key of our certificate (PEM).
    #[arg(long, value_name = "PEM", requires = "cert")]
    key: Option<PathBuf>,

    /// 1.0 as captured, 2.0 twice as fast, `max` without pauses.
    #[arg(long, value_name = "FACTOR", default_value = "1.0", value_parser = parse_speed)]
    speed: Speed,

    /// Longer pauses of the capture are cut to so many seconds.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse_seconds)]
    max_pause: Duration,

    /// Seconds that a step is waited for before others go on without it.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = parse_seconds)]
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
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
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
    #[arg(short, long, value_name = "FILE", requires = "plan")]
    output: Option<PathBuf>,

    /// Run a plan that was saved, in place of a capture.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "roles", "session"])]
    run: Option<PathBuf>,
}

/// More copies than memory and ports allow.
const MAX_COPIES: usize = 100_000;

/// A result with more messages of strangers than this is a flood, and takes too long to be analysed.
const MAX_STRANGERS: u64 = 10_000;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Carrier {
    Udp,
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

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..1e9).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "a number of seconds".into())
}

fn parse_rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text).parse::<f64>().ok();
    number.filter(|rate| (0.001..=1e6).contains(rate)).ok_or_else(|| "a number from 0.001 to 1000000".into())
}

pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let original = options.file.as_deref().map(read_capture).transpose()?;
    let session = match &original {
        Some(analysis) => Some(choose(analysis, options.session.as_deref())?),
        None => None,
    };
    let mut plans = match (&original, session, &options.run) {
        (Some(analysis), Some(session), _) => {
            let roles = Roles::parse(&options.roles, analysis, session)?;
            build(analysis, session, &roles)?
        }
        (.., Some(path)) => vec![read_plan(path)?],
        _ => bail!("neither a capture nor a plan"),
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
    let stage = Stage::new(options, &plans)?;
    stage.play(options, plans, original.as_ref().zip(session))
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

/// Addresses and settings, checked before anything is opened.
struct Stage {
    target: Option<SocketAddr>,
    bind: Option<SocketAddr>,
    route: Route,
    settings: Settings,
}

impl Stage {
    fn new(options: &Options, plans: &[Plan]) -> anyhow::Result<Stage> {
        let target = options.target.as_deref().map(resolve).transpose()?;
        let bind = options.bind.as_deref().map(resolve).transpose()?;
        let relay = options.msrp_relay.as_deref().map(resolve).transpose()?;
        let (mut addresses, mut hosts) = (vec![], vec![]);
        for map in &options.map {
            let Some((from, to)) = map.split_once('=').filter(|(from, to)| !from.is_empty() && !to.is_empty()) else {
                bail!("--map {map}: it takes A=B");
            };
            match to.parse::<SocketAddr>() {
                Ok(address) => addresses.push((from.to_owned(), address)),
                Err(_) => hosts.push((from.to_owned(), to.to_owned())),
            }
        }
        let all = target.iter().chain(&relay).chain(addresses.iter().map(|(_, address)| address));
        if let Some(remote) = all.into_iter().find(|address| !address.ip().is_loopback() && !options.allow_remote) {
            bail!("{remote} is not this machine: --allow-remote says that messages may be sent there");
        }
        if let (Some(bind), false) = (bind, options.allow_remote)
            && !bind.ip().is_loopback()
        {
            bail!("--bind {bind} can be reached from elsewhere: --allow-remote allows that");
        }
        if let Some(bind) = bind.filter(|bind| bind.ip().is_unspecified()) {
            bail!("--bind {bind} is no address that others can be told: name the one of this machine");
        }
        let speaks_first = plans.iter().any(|plan| plan.steps.first().is_some_and(|step| step.act == Act::Send));
        if speaks_first && target.is_none() && addresses.is_empty() {
            bail!("where to? --target names the server");
        }
        if target.is_none() && bind.is_none() {
            bail!("neither --target, where messages are sent to, nor --bind, where they are waited for");
        }
        if !(1..=MAX_COPIES).contains(&options.copies) {
            bail!("--copies {}: 1 to {MAX_COPIES}", options.copies);
        }
        let transport = match options.transport {
            Carrier::Udp => Transport::Udp,
            Carrier::Tcp => Transport::Tcp,
            Carrier::Tls => Transport::Tls,
        };
        let settings = Settings {
            transport,
            speed: options.speed,
            max_pause: options.max_pause,
            patience: options.patience,
            linger: Duration::ZERO,
            user: options.user.clone(),
            password: options.password.clone(),
            keep_ids: options.keep_ids,
            relay,
            hosts,
        };
        let mut route = Route::new(target, addresses);
        relay.iter().for_each(|relay| route.allow(relay.ip()));
        Ok(Stage { target, bind, route, settings })
    }

    /// The local address of a side.
    fn address(&self, side: Side, sides: usize) -> anyhow::Result<SocketAddr> {
        if let Some(bind) = self.bind.filter(|_| side == Side::Focus || sides == 1) {
            return Ok(bind);
        }
        let ip = match (self.target, self.bind) {
            (Some(target), _) if target.ip().is_loopback() => target.ip(),
            (Some(target), _) => local_ip(target).with_context(|| format!("{target} cannot be reached"))?,
            (None, Some(bind)) => bind.ip(),
            (None, None) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        Ok(SocketAddr::new(ip, 0))
    }

    fn play(
        self,
        options: &Options,
        plans: Vec<Plan>,
        original: Option<(&Analysis, usize)>,
    ) -> anyhow::Result<ExitCode> {
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
        }
        let tls = match self.settings.transport {
            Transport::Tls => Some(tls_config(options)?),
            _ => None,
        };
        let mut driver = Driver::new(tls)?;
        let temporary = tempfile::tempdir()?;
        let result_path = options.save.clone().unwrap_or_else(|| temporary.path().join("result.pcapng"));
        if options.save.is_some() || options.copies == 1 {
            let writer = PcapngWriter::create(&result_path)
                .with_context(|| format!("{}: cannot be written", result_path.display()))?;
            driver.record(writer);
        }
        let mut endpoints: Vec<(usize, Local)> = vec![];
        for plan in &plans {
            let address = self.address(plan.side, plans.len())?;
            let bound = driver.bind(address, self.settings.transport);
            endpoints.push(bound.with_context(|| format!("{address}: cannot listen"))?);
        }
        let settings = Arc::new(self.settings.clone());
        let lengths = plans.iter().map(|plan| played_length(plan, &settings)).max().unwrap_or_default();
        let identities = options.identities.as_deref().map(Identities::read).transpose()?;
        let mut hosts: Vec<String> = settings.hosts.iter().map(|(from, _)| from.clone()).collect();
        hosts.extend(identities.iter().flat_map(|identities| identities.originals.iter().cloned()));
        let scores: Vec<Arc<Score>> = plans.into_iter().map(|plan| Arc::new(Score::new(plan, hosts.clone()))).collect();
        let mut hub = Hub::default();
        let pause = options.rate.map_or(0.0, |rate| 1.0 / rate);
        for copy in 0..options.copies {
            let start = Duration::from_secs_f64(pause * copy as f64);
            let settings = of_copy(&settings, copy, identities.as_ref());
            let players = scores.iter().zip(&endpoints).map(|(score, (endpoint, local))| {
                let player = Player::new(Arc::clone(score), Arc::clone(&settings), self.route.clone(), *local);
                // Who is called waits from the beginning.
                let calls = score.plan.steps.first().is_some_and(|step| step.act == Act::Send);
                (player, *endpoint, if calls { start } else { Duration::ZERO })
            });
            hub.add(players.collect());
        }
        for (score, (_, local)) in scores.iter().zip(&endpoints) {
            if options.bind.is_some() || score.plan.side == Side::Focus {
                let _ = writeln!(io::stderr(), "listening on {}", local.sip);
            }
        }
        let last_start = Duration::from_secs_f64(pause * (options.copies - 1) as f64);
        let limit = options.timeout.unwrap_or(Duration::from_secs(60) + lengths + last_start);
        let began = std::time::Instant::now();
        let mut progress = Progress::new(options.copies > 1);
        let end = driver.run(&mut hub, limit, &interrupted, |hub, now| progress.turn(hub, now))?;
        progress.clear();
        let seconds = began.elapsed().as_secs_f64();
        let mut summary = Summary { seconds, ..Summary::default() };
        if hub.garbage_bytes > 0 {
            summary.notes.push(format!("{} bytes came that are no SIP or MSRP", hub.garbage_bytes));
        }
        if let Some(trace) = driver.take_trace() {
            let saved = trace.and_then(PcapngWriter::save);
            saved.with_context(|| format!("{}: cannot be written", result_path.display()))?;
            if hub.strangers > MAX_STRANGERS {
                summary.notes.push(format!("{} messages were for nobody: the result is not analysed", hub.strangers));
            } else if options.copies == 1 {
                match read_capture(&result_path) {
                    Ok(result) => {
                        summary.new_findings = new_findings(&result, original);
                        summary.differences = self.differences(options, &result, original);
                    }
                    Err(error) => summary.notes.push(format!("the result cannot be analysed: {error:#}")),
                }
            }
        }
        if options.copies > 1 {
            summary.load = Some(Load::of(hub.players(), seconds, progress.most_at_once));
        }
        report(options, &hub, &summary)?;
        let good = end == End::Done && hub.players().all(|player| player.verdict().is_good());
        // Freeing thousands of players takes longer than the system needs for all at once.
        std::mem::forget(hub);
        Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
    }

    /// What became of everybody, beside the original: where all of it was played, and the original is whole.
    fn differences(&self, options: &Options, result: &Analysis, original: Option<(&Analysis, usize)>) -> Vec<String> {
        let whole_side = options.roles.iter().any(|role| role == "clients" || role == "focus");
        let Some((analysis, session)) = original.filter(|(analysis, _)| whole_side && analysis.problems.is_empty())
        else {
            return vec![];
        };
        if !self.settings.hosts.is_empty() {
            return vec![];
        }
        match result.sessions.sessions.len() {
            1 => compare((analysis, session), (result, 0)),
            0 => vec!["there is no session in the result".to_owned()],
            count => vec![format!("there are {count} sessions in the result")],
        }
    }
}

/// What a file of `--identities` says.
struct Identities {
    originals: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Identities {
    fn read(path: &Path) -> anyhow::Result<Identities> {
        let text = fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))?;
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let cells = |line: &str| line.split(',').map(|cell| cell.trim().trim_matches('"').to_owned()).collect();
        let originals: Vec<String> = lines.next().map(cells).unwrap_or_default();
        let rows: Vec<Vec<String>> = lines.map(cells).collect();
        if rows.is_empty() || rows.iter().any(|row| row.len() != originals.len()) {
            bail!(
                "{}: it takes a line of what to replace, and a line with as many values for each copy",
                path.display()
            );
        }
        Ok(Identities { originals, rows })
    }
}

/// The settings of one copy: where something differs from copy to copy, they are its own.
fn of_copy(settings: &Arc<Settings>, copy: usize, identities: Option<&Identities>) -> Arc<Settings> {
    let has_pattern = settings.hosts.iter().any(|(_, to)| to.contains("{n}"));
    if !has_pattern && identities.is_none() {
        return Arc::clone(settings);
    }
    let mut own = Settings::clone(settings);
    own.hosts.iter_mut().for_each(|(_, to)| *to = to.replace("{n}", &(copy + 1).to_string()));
    if let Some(identities) = identities {
        let row = &identities.rows[copy % identities.rows.len()];
        own.hosts.extend(identities.originals.iter().cloned().zip(row.iter().cloned()));
    }
    Arc::new(own)
}

/// Tells on a terminal how a run with many copies goes on.
struct Progress {
    shown: bool,
    next: Duration,
    most_at_once: usize,
}

impl Progress {
    fn new(wanted: bool) -> Progress {
        Progress { shown: wanted && io::stderr().is_terminal(), next: Duration::ZERO, most_at_once: 0 }
    }

    fn turn(&mut self, hub: &Hub, now: Duration) {
        // Looked at four times a second: it means a walk over all copies.
        if now < self.next {
            return;
        }
        self.next = now + Duration::from_millis(250);
        let (mut up, mut done, mut failed) = (0, 0, 0);
        let (mut latency, mut responses) = (Duration::ZERO, 0);
        for player in hub.players() {
            match player.finished_at() {
                Some(_) => {
                    done += 1;
                    failed += usize::from(self.shown && (player.is_stopped() || !player.is_good_so_far()));
                }
                None if !player.is_untouched() => up += 1,
                None => {}
            }
            if let Some(last) = player.latencies.last() {
                latency += *last;
                responses += 1;
            }
        }
        self.most_at_once = self.most_at_once.max(up);
        if self.shown {
            let mean = latency.as_secs_f64() * 1000.0 / f64::from(responses.max(1));
            let rate = f64::from(done) / now.as_secs_f64().max(0.001);
            let _ = write!(
                io::stderr(),
                "\r\x1b[K{up} sessions up, {done} done ({rate:.1}/s), {failed} failed, last responses {mean:.1} ms"
            );
        }
    }

    fn clear(&self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// How long a plan takes when nothing goes wrong.
fn played_length(plan: &Plan, settings: &Settings) -> Duration {
    let mut previous = plan.steps.first().map_or(Duration::ZERO, |step| step.at);
    let mut sum = Duration::ZERO;
    for step in &plan.steps {
        // What the far end does takes its time, however fast we are.
        let pause = step.at.saturating_sub(previous).min(settings.max_pause);
        sum = sum.saturating_add(if step.act == Act::Send { settings.speed.scale(pause) } else { pause });
        previous = previous.max(step.at);
    }
    sum
}

fn tls_config(options: &Options) -> anyhow::Result<TlsConfig> {
    if options.ca.is_none() && options.cert.is_none() {
        bail!("--transport tls needs --ca, to trust the server, or --cert and --key, to be one");
    }
    let files =
        TlsFiles { ca: options.ca.as_deref(), certificate: options.cert.as_deref(), key: options.key.as_deref() };
    // A name is checked as it was given; an address is one in the certificate.
    let host = options.target.as_deref().and_then(|target| target.rsplit_once(':')).map(|(host, _)| host);
    let name = host.filter(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().is_err());
    TlsConfig::read(files, name.map(str::to_owned)).context("TLS cannot be used")
}

fn resolve(text: &str) -> anyhow::Result<SocketAddr> {
    let addresses: Vec<SocketAddr> = text.to_socket_addrs().with_context(|| format!("{text}: no HOST:PORT"))?.collect();
    // A name that stands for both, as localhost does: servers under test mostly listen on IPv4 alone.
    let chosen = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    chosen.copied().with_context(|| format!("{text}: no such host"))
}

/// Findings of rules that the original session does not break.
fn new_findings(result: &Analysis, original: Option<(&Analysis, usize)>) -> Vec<NewFinding> {
    let (profile, all) = (Profile::default(), rules::all());
    let known: HashSet<&str> = match original {
        Some((analysis, session)) => {
            let outcome = rules::check(analysis, &profile, &all);
            outcome.findings.iter().filter(|one| one.session == session).map(|one| one.rule.name).collect()
        }
        None => HashSet::new(),
    };
    let outcome = rules::check(result, &profile, &all);
    let new = outcome.findings.iter().filter(|one| !known.contains(one.rule.name));
    new.map(|one| NewFinding {
        rule: one.rule.name.to_owned(),
        severity: one.severity.as_str().to_owned(),
        message: one.message.clone(),
        frames: one.frames(result).iter().map(|frame| result.capture.table.place(*frame).number).collect(),
    })
    .collect()
}

fn report(options: &Options, hub: &Hub, summary: &Summary) -> anyhow::Result<()> {
    let verdicts: Vec<(&Plan, Verdict)> = hub.players().map(|player| (player.plan(), player.verdict())).collect();
    let runs: Vec<Run<'_>> = verdicts.iter().map(|(plan, verdict)| Run { plan, verdict }).collect();
    let mut out = super::plain_stdout();
    match options.format {
        Format::Text => out.write_all(report::text(&runs, summary).as_bytes())?,
        Format::Json => report::json(&mut out, &runs, summary)?,
        Format::Junit => report::junit(&mut out, &runs, summary)?,
    }
    out.flush()?;
    Ok(())
}
