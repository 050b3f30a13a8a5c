//! How a run with many copies goes on, for a terminal.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use crate::replay::Hub;

/// Tells on a terminal how a run with many copies goes on.
pub(super) struct Progress {
    shown: bool,
    next: Duration,
    pub(super) most_at_once: usize,
}

impl Progress {
    pub(super) fn new(wanted: bool) -> Progress {
        Progress { shown: wanted && io::stderr().is_terminal(), next: Duration::ZERO, most_at_once: 0 }
    }

    pub(super) fn turn(&mut self, hub: &Hub, now: Duration) {
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
                    failed += usize::from(player.is_stopped() || !player.is_good_so_far());
                }
                None if !player.is_untouched() => up += 1,
                None => {}
            }
        }
        for run in hub.ended().filter(|_| self.shown) {
            done += 1;
            failed += usize::from(!run.verdict.is_good());
            if let Some(last) = run.latencies.last() {
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

    pub(super) fn clear(&self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
