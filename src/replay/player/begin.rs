//! How a run begins: with what waits for nothing, at the first message that comes, or once all it is played with have registered.

use std::time::Duration;

use super::*;

impl Player {
    /// Begins to play.
    pub fn start(&mut self, now: Duration) {
        if self.begun {
            return;
        }
        self.begun = true;
        if !self.held || self.score.registrations > 0 {
            self.play_first(now);
        }
    }

    /// What waits for nothing.
    fn play_first(&mut self, now: Duration) {
        let plays_first = self.score.plan.steps.first().is_some_and(|step| step.act == Act::Send);
        self.started = plays_first;
        let first: Vec<usize> = (0..self.steps.len()).filter(|&step| self.steps[step].waiting == 0).collect();
        first.into_iter().for_each(|step| self.come_due(step, now));
        self.settle_passed(now);
    }

    /// After its own registrations the player waits until [`Player::release`]: those it plays with register as well.
    pub fn hold(&mut self) {
        self.held = true;
    }

    pub fn is_held(&self) -> bool {
        self.held
    }

    /// Are all registered that this plan lets register? Those who were refused, or got no answer, count too.
    pub fn has_registered(&self) -> bool {
        let last = self.score.registrations.checked_sub(1);
        last.is_none_or(|last| self.steps[last].progress != Progress::Open)
    }

    /// The others have registered too: what comes after registrations begins.
    pub fn release(&mut self, now: Duration) {
        self.held = false;
        match self.score.registrations.checked_sub(1) {
            Some(last) => {
                self.to_pass.push(last);
                self.settle_passed(now);
            }
            None if self.begun => self.play_first(now),
            None => {}
        }
    }

    /// Nothing was sent or received yet.
    pub fn is_untouched(&self) -> bool {
        !self.started
    }

    /// The first message: from now on there is something to wait for.
    pub(super) fn wake(&mut self, now: Duration) {
        if !self.started {
            self.started = true;
            let due = (0..self.steps.len())
                .filter(|&step| self.steps[step].waiting == 0 && self.steps[step].progress == Progress::Open);
            let due: Vec<usize> = due.filter(|&step| self.score.plan.steps[step].act == Act::Expect).collect();
            due.into_iter().for_each(|step| self.be_patient(step, now));
        }
    }
}
