//! When steps are done: what waits for what, patience, and what becomes of steps that cannot be any more.

use std::sync::Arc;
use std::time::Duration;

use super::*;

impl Player {
    /// All that comes before a step is behind it.
    pub(super) fn come_due(&mut self, step: usize, now: Duration) {
        if self.steps[step].progress == Progress::Settled {
            self.to_pass.push(step);
            return;
        }
        let planned = &self.score.plan.steps[step];
        match planned.act {
            Act::Send => {
                let pause = self.settings.speed.scale(self.score.gap[step].min(self.settings.max_pause));
                let delays: Duration = planned.faults.iter().map(crate::replay::mutate::Fault::delay).sum();
                let at = now + pause + delays;
                self.steps[step].due = Some(at);
                self.push(at, Task::Run(step));
            }
            Act::Expect => {
                self.steps[step].due = Some(now);
                if self.started {
                    self.be_patient(step, now);
                }
            }
        }
    }

    pub(super) fn be_patient(&mut self, step: usize, now: Duration) {
        // Each disappointment makes the next one shorter.
        let patience = (self.settings.patience / (1 << self.impatience.min(4))).max(Duration::from_millis(200));
        let at = now + patience + self.score.gap[step].min(MAX_PATIENCE_PAUSE);
        self.push(at, Task::Patience(step));
    }

    pub(super) fn lose_patience(&mut self, step: usize, now: Duration) {
        if self.steps[step].progress != Progress::Open || self.steps[step].waiting > 0 {
            return;
        }
        let planned = &self.score.plan.steps[step];
        // A transaction that runs knows itself how long it waits.
        let is_awaited = matches!(planned.kind, Kind::Response)
            && planned.about.is_some_and(|request| {
                self.clients.iter().any(|one| one.step == Some(request) && !one.transaction.is_done())
            });
        if is_awaited {
            self.push(now + Duration::from_secs(1), Task::Patience(step));
            return;
        }
        self.impatience += 1;
        self.be_late(step, now);
        self.settle_passed(now);
    }

    /// Others go on without this step. What needs it cannot be for now, so it holds nobody up either.
    pub(super) fn be_late(&mut self, step: usize, now: Duration) {
        self.steps[step].progress = Progress::Late;
        self.to_pass.push(step);
        let score = Arc::clone(&self.score);
        for &dependent in &score.dependents[step] {
            if self.steps[dependent].due.is_some() && score.plan.steps[dependent].act == Act::Send {
                self.push(now, Task::Run(dependent));
            }
        }
    }

    /// Lets go on what waited for steps that are passed now.
    pub(super) fn settle_passed(&mut self, now: Duration) {
        while let Some(step) = self.to_pass.pop() {
            let is_held = self.held && step + 1 == self.score.registrations;
            if self.steps[step].passed || self.steps[step].waiting > 0 || is_held {
                continue;
            }
            self.steps[step].passed = true;
            let score = Arc::clone(&self.score);
            for &follower in &score.followers[step] {
                let state = &mut self.steps[follower];
                state.waiting = state.waiting.saturating_sub(1);
                if state.waiting == 0 {
                    self.come_due(follower, now);
                }
            }
        }
    }

    /// Records what became of a step. `holds`: what needs it can be done.
    pub(super) fn settle(&mut self, step: usize, outcome: Outcome, holds: bool, now: Duration) {
        if self.steps[step].progress == Progress::Settled {
            return;
        }
        let state = &mut self.steps[step];
        (state.progress, state.holds, state.outcome) = (Progress::Settled, holds, Some(outcome));
        self.open -= 1;
        if self.steps[step].waiting == 0 {
            self.to_pass.push(step);
        }
        let score = Arc::clone(&self.score);
        for &dependent in &score.dependents[step] {
            if self.steps[dependent].progress == Progress::Settled {
                continue;
            }
            if !holds {
                let label = &score.plan.steps[step].label;
                let why = format!("step {} ({label}) was not as it has to be", step + 1);
                self.settle(dependent, never(score.plan.steps[dependent].act, why), false, now);
            } else if self.steps[dependent].due.is_some() && score.plan.steps[dependent].act == Act::Send {
                self.push(now, Task::Run(dependent));
            }
        }
    }

    /// An expected step that came, with what was different.
    pub(super) fn meet(&mut self, step: usize, differences: Vec<Difference>, holds: bool, now: Duration) {
        let outcome = if differences.is_empty() { Outcome::Expected } else { Outcome::Different { differences } };
        self.settle(step, outcome, holds, now);
    }

    pub(super) fn run(&mut self, step: usize, now: Duration) {
        let state = &self.steps[step];
        let planned = &self.score.plan.steps[step];
        let is_time = state.waiting == 0 && state.due.is_some_and(|due| due <= now);
        if state.progress == Progress::Settled || !is_time || planned.act != Act::Send || self.hanging_up {
            return;
        }
        // Those that do not hold have settled it.
        if planned.needs.iter().all(|&need| self.steps[need].progress == Progress::Settled) {
            self.perform(step, now);
        } else if state.progress == Progress::Open
            && planned.needs.iter().any(|&need| self.steps[need].progress == Progress::Late)
        {
            self.be_late(step, now);
            self.settle_passed(now);
        }
    }

    /// Does what a step says.
    pub(super) fn perform(&mut self, step: usize, now: Duration) {
        self.started = true;
        match self.score.plan.steps[step].kind {
            Kind::Request => self.send_request(step, now),
            Kind::Response => self.send_response(step, now),
            Kind::Ack => self.send_planned_ack(step, now),
            Kind::Connect => self.open_msrp(step, now),
            Kind::Msrp => self.send_msrp(step, now),
            Kind::MsrpResponse => self.settle(step, Outcome::Expected, true, now),
        }
    }

    /// What is open on a leg will not be.
    pub(super) fn end_leg(&mut self, leg: usize, why: &str, now: Duration) {
        self.legs[leg].killed = true;
        let score = Arc::clone(&self.score);
        for (step, planned) in score.plan.steps.iter().enumerate().filter(|(_, planned)| planned.leg == leg) {
            if planned.optional {
                self.settle(step, Outcome::Skipped, true, now);
            } else {
                self.settle(step, never(planned.act, why.to_owned()), false, now);
            }
        }
        self.settle_passed(now);
    }

    pub(super) fn look_whether_done(&mut self, now: Duration) {
        if self.finished_at.is_some() || !self.begun {
            return;
        }
        let all_settled = self.open == 0;
        let is_stuck = self.started
            && !self.held
            && self.step_tasks == 0
            && self.to_pass.is_empty()
            && !self.legs.iter().any(|leg| leg.connecting)
            && !self.clients.iter().any(|one| one.step.is_some() && !one.transaction.is_done());
        if all_settled || is_stuck {
            self.finish(now);
        }
    }

    /// What is open now stays undone.
    pub(super) fn finish(&mut self, now: Duration) {
        if self.finished_at.is_some() {
            return;
        }
        self.finished_at = Some(now);
        let score = Arc::clone(&self.score);
        for (step, planned) in score.plan.steps.iter().enumerate() {
            if self.steps[step].progress == Progress::Settled {
                continue;
            }
            let outcome = match planned.act {
                _ if planned.optional => Outcome::Skipped,
                Act::Expect => Outcome::Missing { why: "it did not come".into() },
                Act::Send => Outcome::NotRun { why: "what it waits for did not happen".into() },
            };
            self.settle(step, outcome, false, now);
        }
        self.to_pass.clear();
        if self.settings.linger.is_zero() || self.stopped.is_some() {
            self.hang_up(now);
        } else {
            self.push(now + self.settings.linger, Task::HangUp);
        }
    }
}

/// The outcome of a step that cannot be any more.
pub(super) fn never(act: Act, why: String) -> Outcome {
    match act {
        Act::Send => Outcome::NotRun { why },
        Act::Expect => Outcome::Missing { why },
    }
}
