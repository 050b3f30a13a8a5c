//! Many copies of a session: how many went well, how fast they were answered, and what failed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::player::Ended;

/// What became of many copies.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Load {
    pub copies: usize,
    pub good: usize,
    pub seconds: f64,
    pub copies_per_second: f64,
    /// Most copies that were under way at once.
    pub most_at_once: usize,
    pub responses: usize,
    /// Time from a request to its final response: percentiles in milliseconds.
    pub response_millis: Vec<(f64, f64)>,
    /// Responses by how long they took: below so many milliseconds, how many.
    pub histogram: Vec<(f64, usize)>,
    /// Steps that were not as expected, by what was wrong, most frequent first.
    pub failures: Vec<(String, usize)>,
}

const PERCENTILES: &[f64] = &[50.0, 90.0, 99.0, 99.9, 100.0];
/// Upper ends of the histogram's bars in milliseconds.
const BARS_MILLIS: &[f64] = &[0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 5000.0, f64::INFINITY];
/// Kinds of failures that are told.
const MAX_FAILURES: usize = 20;

impl Load {
    /// `copies`: so many there are, each of as many players, one copy after the other.
    pub fn of(ended: &[Ended], copies: usize, seconds: f64, most_at_once: usize) -> Load {
        let mut load = Load { copies, seconds, most_at_once, ..Load::default() };
        let mut are_good: Vec<bool> = vec![];
        let mut latencies: Vec<Duration> = vec![];
        let mut failures: BTreeMap<String, usize> = BTreeMap::new();
        let mut last_end: Option<Duration> = None;
        for run in ended {
            last_end = last_end.max(run.finished_at);
            are_good.push(run.verdict.is_good());
            latencies.extend(&run.latencies);
            let outcomes = run.plan().steps.iter().zip(&run.verdict.outcomes);
            for (step, outcome) in outcomes.filter(|(_, one)| !one.is_good()) {
                *failures.entry(format!("{}: {}", step.label, super::report::words(outcome))).or_default() += 1;
            }
        }
        let sides = (are_good.len() / copies.max(1)).max(1);
        load.good = are_good.chunks(sides).filter(|copy| copy.iter().all(|is_good| *is_good)).count();
        // Until the last one was done; that nobody asks again is not their time.
        load.seconds = last_end.map_or(seconds, |end| end.as_secs_f64().min(seconds));
        load.copies_per_second = load.copies as f64 / load.seconds.max(1e-6);
        latencies.sort_unstable();
        let millis = |latency: &Duration| latency.as_secs_f64() * 1000.0;
        load.responses = latencies.len();
        if let Some(last) = latencies.len().checked_sub(1) {
            let at = |percent: f64| millis(&latencies[(percent / 100.0 * last as f64).round() as usize]);
            load.response_millis = PERCENTILES.iter().map(|&percent| (percent, at(percent))).collect();
            let mut from = 0;
            for &bar in BARS_MILLIS {
                let to = latencies.partition_point(|latency| millis(latency) < bar);
                load.histogram.push((bar, to - from));
                from = to;
            }
        }
        load.failures = failures.into_iter().collect();
        load.failures.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        load.failures.truncate(MAX_FAILURES);
        load
    }

    /// For people.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "{} of {} copies as expected, in {:.2} s ({:.1} per second), at most {} at once",
            self.good, self.copies, self.seconds, self.copies_per_second, self.most_at_once
        );
        if self.responses > 0 {
            let each = self.response_millis.iter().map(|(percent, millis)| format!("p{percent} {millis:.2} ms"));
            let _ = writeln!(out, "{} responses: {}", self.responses, each.collect::<Vec<_>>().join(", "));
            let most = self.histogram.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
            let last = self.histogram.iter().rposition(|(_, count)| *count > 0).unwrap_or(0);
            for (bar, count) in &self.histogram[..=last] {
                let name = if bar.is_finite() { format!("< {bar} ms") } else { "more".into() };
                let _ = writeln!(out, "  {name:>10} {count:>9} {}", "#".repeat(count * 50 / most));
            }
        }
        for (what, count) in &self.failures {
            let _ = writeln!(out, "  {count} times {}", crate::view::terminal(what));
        }
        out
    }
}
