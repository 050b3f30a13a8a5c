//! Who is in at one moment: by signalling, and as every observer was told.

use crate::wire::MessageId;

use super::state::{Change, State};
use super::{Observer, SessionTimeline};

/// The participants of a session at one moment.
#[derive(Clone, Debug)]
pub struct Roster<'a> {
    /// Who was told anything so far and has not left: indices in [`SessionTimeline::participants`], each once, also where it is told on
    /// several hops or in several ways. `None` for one who is not known.
    pub observers: Vec<Option<usize>>,
    pub entries: Vec<RosterEntry<'a>>,
}

/// A participant at that moment.
#[derive(Clone, Debug)]
pub struct RosterEntry<'a> {
    /// Index in [`SessionTimeline::participants`].
    pub participant: usize,
    /// Its last change; `None` before the first.
    pub change: Option<&'a Change>,
    /// The state that each of [`Roster::observers`] was told last.
    pub told: Vec<Option<State>>,
}

impl RosterEntry<'_> {
    /// Is what an observer was told other than signalling shows? Who is out need not be listed.
    pub fn differs(&self, told: Option<State>) -> bool {
        match self.change.map(|change| change.state) {
            None => false,
            Some(State::Disconnected) => told == Some(State::Connected),
            state => told != state,
        }
    }
}

impl SessionTimeline {
    /// Every participant after message `until`. An observer that has left knows nothing any more.
    pub fn roster(&self, until: MessageId) -> Roster<'_> {
        let mut observers: Vec<(Option<usize>, Vec<&Observer>)> = Vec::new();
        for observer in self.observers.iter().filter(|observer| self.observes(observer, until)) {
            match observers.iter_mut().find(|(who, _)| who.is_some() && *who == observer.who) {
                Some((_, same)) => same.push(observer),
                None => observers.push((observer.who, vec![observer])),
            }
        }
        let entries = self.participants.iter().enumerate().map(|(participant, one)| {
            let last = |same: &[&Observer]| {
                let known = same.iter().filter_map(|observer| observer.knows(participant, until));
                known.max_by_key(|(told, _)| told.at).and_then(|(_, seen)| seen.state)
            };
            RosterEntry {
                participant,
                change: one.timeline.iter().rfind(|change| change.at <= until),
                told: observers.iter().map(|(_, same)| last(same)).collect(),
            }
        });
        Roster { entries: entries.collect(), observers: observers.iter().map(|(who, _)| *who).collect() }
    }

    /// Was it told something, and has not left since?
    fn observes(&self, observer: &Observer, until: MessageId) -> bool {
        let Some(first) = observer.told.first().filter(|told| told.at <= until) else { return false };
        let timeline = observer.who.map_or(&[][..], |who| &self.participants[who].timeline);
        !timeline.iter().any(|change| change.state == State::Disconnected && first.at < change.at && change.at <= until)
    }
}
