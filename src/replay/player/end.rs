//! How a run ends: before its time or after its last step, and what became of it.

use std::time::Duration;

use super::*;

impl Player {
    /// Ends the run before its time.
    pub fn stop(&mut self, why: &str, now: Duration) {
        if self.finished_at.is_none() {
            if self.open > 0 || !self.begun {
                self.stopped = Some(why.to_owned());
            }
            self.begun = true;
            self.finish(now);
        }
    }

    /// When the last step was settled.
    pub fn finished_at(&self) -> Option<Duration> {
        self.finished_at
    }

    /// Was the run cut short?
    pub fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Nothing has gone wrong so far.
    pub fn is_good_so_far(&self) -> bool {
        self.steps.iter().all(|step| step.outcome.as_ref().is_none_or(Outcome::is_good))
    }

    /// When there will be nothing more to say or to answer, once the last step is done.
    pub fn gone_at(&self) -> Option<Duration> {
        let finished = self.finished_at?;
        let waits = self.clients.iter().any(|one| one.step.is_none() && !one.transaction.is_done());
        let answers = !self.settings.transport.is_reliable() && !self.servers.is_empty();
        let linger = match (waits, answers) {
            (true, _) => Duration::from_secs(3),
            (false, true) => LINGER,
            (false, false) => Duration::ZERO,
        };
        Some(finished + self.settings.linger + linger)
    }

    /// What is kept once there is nothing more to say or to answer.
    pub fn end(&self) -> Ended {
        let (finished_at, latencies) = (self.finished_at, self.latencies.clone());
        Ended { score: Arc::clone(&self.score), verdict: self.verdict(), finished_at, latencies }
    }

    pub fn verdict(&self) -> Verdict {
        let missing = || Outcome::Missing { why: "the run was not finished".into() };
        let mut notes = self.notes.clone();
        if self.extras_count > self.extras.len() {
            notes.push(format!("{} messages came that no step expected", self.extras_count));
        }
        Verdict {
            outcomes: self.steps.iter().map(|step| step.outcome.clone().unwrap_or_else(missing)).collect(),
            extras: self.extras.clone(),
            notes,
            stopped: self.stopped.clone(),
        }
    }
}
