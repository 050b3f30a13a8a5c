//! Copies that begin later: their players are made when they do, so that a run of many holds only those that are under way.

use std::time::Duration;

use super::Hub;
use crate::replay::player::Player;

/// Makes the players of a copy, with their endpoints and when they begin.
type Make = Box<dyn FnMut(usize) -> Vec<(Player, usize, Duration)>>;

/// Copies that are to come, one after the other.
#[derive(Default)]
pub(super) struct Later {
    next: usize,
    count: usize,
    /// Between the beginnings of two copies.
    pause: Duration,
    make: Option<Make>,
}

impl Later {
    /// So many are to come.
    pub(super) fn copies(&self) -> usize {
        self.count - self.next
    }

    pub(super) fn next_start(&self) -> Option<Duration> {
        (self.next < self.count).then(|| self.pause * self.next as u32)
    }
}

impl Hub {
    /// So many copies begin one after the other. Nobody in them may be called before: `make` is asked for its players when a copy begins.
    pub fn add_later(
        &mut self,
        count: usize,
        pause: Duration,
        make: impl FnMut(usize) -> Vec<(Player, usize, Duration)> + 'static,
    ) {
        self.later = Later { next: 0, count, pause, make: Some(Box::new(make)) };
    }

    /// Makes the players of the copies that begin until then.
    pub(super) fn begin_until(&mut self, end: Duration) {
        while self.later.next_start().is_some_and(|start| start <= end) {
            let copy = self.later.next;
            self.later.next += 1;
            let players = self.later.make.as_mut().map(|make| make(copy)).unwrap_or_default();
            self.add(players);
        }
    }
}
