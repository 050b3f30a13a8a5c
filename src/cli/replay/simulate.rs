//! A run in a simulated network: both sides, virtual time, no sockets. The same seed gives the same capture.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, bail};
use clap::Args;

use super::cast::{Cast, Place};
use super::outcome::Played;
use super::{Carrier, MsrpCarrier, Options, stage};
use crate::capture::PcapngWriter;
use crate::replay::{Act, Fresh, Network, Plan, Route, Transport, Weather};

/// Network conditions of a simulated run.
#[derive(Args)]
pub struct Conditions {
    /// Play both sides in a simulated network: without sockets, in virtual time, which passes at once.
    #[arg(long, conflicts_with_all = ["target", "bind", "msrp_relay", "allow_remote"])]
    simulate: bool,

    /// With --simulate: milliseconds from one side to the other.
    #[arg(long, value_name = "MILLIS", default_value = "10", value_parser = parse_millis, requires = "simulate")]
    latency: Duration,

    /// With --simulate: up to so many milliseconds more for each datagram, so that some overtake others.
    #[arg(long, value_name = "MILLIS", default_value = "0", value_parser = parse_millis, requires = "simulate")]
    jitter: Duration,

    /// With --simulate: so many percent of the datagrams get lost.
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = parse_percent, requires = "simulate")]
    loss: f64,

    /// With --simulate: another number, other losses and other identifiers; the same number, the same capture.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "simulate")]
    seed: u64,
}

impl Conditions {
    pub(super) fn is_wanted(&self) -> bool {
        self.simulate
    }
}

fn parse_millis(text: &str) -> Result<Duration, String> {
    let millis = text.parse::<f64>().ok().filter(|millis| (0.0..=60_000.0).contains(millis));
    millis.map(|millis| Duration::from_secs_f64(millis / 1000.0)).ok_or_else(|| "a number from 0 to 60000".into())
}

fn parse_percent(text: &str) -> Result<f64, String> {
    let percent = text.parse::<f64>().ok().filter(|percent| (0.0..=100.0).contains(percent));
    percent.map(|percent| percent / 100.0).ok_or_else(|| "a number from 0 to 100".into())
}

/// Plays the plans against each other. `start`: what time it is when they begin, in nanoseconds since 1970.
pub(super) fn play(options: &Options, plans: Vec<Plan>, start: u64, result: &Path) -> anyhow::Result<Played> {
    let (addresses, hosts) = stage::maps(options)?;
    let over_tls = options.transport == Carrier::Tls || options.msrp_transport == MsrpCarrier::Tls;
    if over_tls || !addresses.is_empty() {
        bail!("--simulate has neither TLS nor addresses to --map to");
    }
    let speaks_first = |plan: &Plan| plan.steps.first().is_some_and(|step| step.act == Act::Send);
    if plans.len() != 2 || !plans.iter().any(speaks_first) {
        bail!("--simulate takes two sides that play with each other, of which one calls");
    }
    let conditions = &options.conditions;
    let weather = Weather {
        latency: conditions.latency,
        jitter: conditions.jitter,
        loss: conditions.loss,
        seed: conditions.seed,
    };
    let mut settings = stage::settings(options, None, hosts);
    if settings.transport == Transport::Udp {
        // What got lost is sent again for so long (RFC 3261 §17.1.1.2).
        settings.linger = Duration::from_secs(32);
    }
    let cannot_be_written = || format!("{}: cannot be written", result.display());
    let writer = PcapngWriter::create(result).with_context(cannot_be_written)?;
    let mut network = Network::new(weather, writer, UNIX_EPOCH + Duration::from_nanos(start));
    let locals: Vec<_> = plans.iter().map(|_| network.endpoint(settings.transport)).collect();
    let places: Vec<Place> = (0..locals.len())
        .map(|endpoint| {
            let others = Some(locals[locals.len() - 1 - endpoint].sip);
            Place { endpoint, local: locals[endpoint], route: Route::new(others, vec![]) }
        })
        .collect();
    let cast = Cast::new(options, settings, plans)?;
    let mut seed = conditions.seed.wrapping_mul(1 << 32);
    let limit = cast.limit();
    let mut hub = cast.hub(places, move || {
        seed = seed.wrapping_add(1);
        Fresh::seeded(seed)
    });
    let writer = network.run(&mut hub, limit)?;
    writer.save().with_context(cannot_be_written)?;
    let ends =
        hub.players().filter_map(|player| player.finished_at()).chain(hub.ended().filter_map(|run| run.finished_at));
    let seconds = ends.max().unwrap_or_default().as_secs_f64();
    let is_whole = !hub.is_any_stopped();
    Ok(Played { hub, seconds, most_at_once: options.copies, is_whole })
}
