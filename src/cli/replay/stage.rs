//! A run over real sockets: addresses and settings are checked before anything is opened.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::cast::{Cast, Place};
use super::outcome::Played;
use super::progress::Progress;
use super::{Carrier, MsrpCarrier, Options};
use crate::capture::PcapngWriter;
use crate::replay::{Act, Driver, End, Fresh, Plan, Route, Settings, Side, TlsConfig, TlsFiles, Transport, local_ip};

/// Addresses and settings, checked before anything is opened.
pub(super) struct Stage {
    target: Option<SocketAddr>,
    bind: Option<SocketAddr>,
    route: Route,
    settings: Settings,
}

impl Stage {
    pub(super) fn new(options: &Options, plans: &[Plan]) -> anyhow::Result<Stage> {
        let target = options.target.as_deref().map(resolve).transpose()?;
        let bind = options.bind.as_deref().map(resolve).transpose()?;
        let relay = options.msrp_relay.as_deref().map(resolve).transpose()?;
        let (addresses, hosts) = maps(options)?;
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
        let settings = settings(options, relay, hosts);
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

    /// Plays the plans. What is exchanged is written to `result`, if wanted.
    pub(super) fn play(self, options: &Options, plans: Vec<Plan>, result: Option<&Path>) -> anyhow::Result<Played> {
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
        }
        let tls = tls_config(options)?;
        let mut settings = self.settings.clone();
        settings.fingerprint = tls.as_ref().and_then(TlsConfig::fingerprint);
        let mut driver = Driver::new(tls)?;
        let cannot_be_written = |path: &Path| format!("{}: cannot be written", path.display());
        if let Some(path) = result {
            driver.record(PcapngWriter::create(path).with_context(|| cannot_be_written(path))?);
        }
        let mut places = vec![];
        for plan in &plans {
            let address = self.address(plan.side, plans.len())?;
            let bound = driver.bind(address, self.settings.transport);
            let (endpoint, local) = bound.with_context(|| format!("{address}: cannot listen"))?;
            places.push(Place { endpoint, local, route: self.route.clone() });
        }
        let cast = Cast::new(options, settings, plans)?;
        for (score, place) in cast.scores.iter().zip(&places) {
            if options.bind.is_some() || score.plan.side == Side::Focus {
                let _ = writeln!(io::stderr(), "listening on {}", place.local.sip);
            }
        }
        let limit = cast.limit();
        let mut hub = cast.hub(places, Fresh::default);
        let began = Instant::now();
        let mut progress = Progress::new(options.copies > 1);
        let end = driver.run(&mut hub, limit, &interrupted, |hub, now| progress.turn(hub, now))?;
        progress.clear();
        let seconds = began.elapsed().as_secs_f64();
        if let (Some(path), Some(trace)) = (result, driver.take_trace()) {
            trace.and_then(PcapngWriter::save).with_context(|| cannot_be_written(path))?;
        }
        Ok(Played { hub, seconds, most_at_once: progress.most_at_once, is_whole: end == End::Done })
    }
}

/// How the plans are played.
pub(super) fn settings(options: &Options, relay: Option<SocketAddr>, hosts: Vec<(String, String)>) -> Settings {
    let transport = match options.transport {
        Carrier::Udp => Transport::Udp,
        Carrier::Tcp => Transport::Tcp,
        Carrier::Tls => Transport::Tls,
    };
    Settings {
        transport,
        speed: options.speed,
        max_pause: options.max_pause,
        patience: options.patience,
        linger: Duration::ZERO,
        user: options.user.clone(),
        password: options.password.clone(),
        keep_ids: options.keep_ids,
        msrp_tls: options.msrp_transport == MsrpCarrier::Tls,
        fingerprint: None,
        relay,
        hosts,
    }
}

/// What `--map` maps to addresses, and what to other names.
#[allow(clippy::type_complexity, reason = "two lists of pairs")]
pub(super) fn maps(options: &Options) -> anyhow::Result<(Vec<(String, SocketAddr)>, Vec<(String, String)>)> {
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
    Ok((addresses, hosts))
}

fn tls_config(options: &Options) -> anyhow::Result<Option<TlsConfig>> {
    if options.msrp_transport == MsrpCarrier::Tls && options.cert.is_none() {
        bail!("--msrp-transport tls needs --cert and --key: SDP tells the fingerprint of our certificate");
    }
    if options.ca.is_none() && options.cert.is_none() {
        if options.transport == Carrier::Tls {
            bail!("--transport tls needs --ca, to trust the server, or --cert and --key, to be one");
        }
        return Ok(None);
    }
    let files =
        TlsFiles { ca: options.ca.as_deref(), certificate: options.cert.as_deref(), key: options.key.as_deref() };
    // A name is checked as it was given; an address is one in the certificate.
    let host = options.target.as_deref().and_then(|target| target.rsplit_once(':')).map(|(host, _)| host);
    let name = host.filter(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().is_err());
    TlsConfig::read(files, name.map(str::to_owned)).map(Some).context("TLS cannot be used")
}

fn resolve(text: &str) -> anyhow::Result<SocketAddr> {
    let addresses: Vec<SocketAddr> = text.to_socket_addrs().with_context(|| format!("{text}: no HOST:PORT"))?.collect();
    // A name that stands for both, as localhost does: servers under test mostly listen on IPv4 alone.
    let chosen = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    chosen.copied().with_context(|| format!("{text}: no such host"))
}
