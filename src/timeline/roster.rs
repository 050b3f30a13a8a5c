//! Who is in at one moment: by signalling, and as every observer was told.

use crate::wire::MessageId;

use super::SessionTimeline;
use super::state::{Change, State};

/// A participant at one moment.
#[derive(Clone, Debug)]
pub struct RosterEntry<'a> {
    /// Index in [`SessionTimeline::participants`].
    pub participant: usize,
    /// Its last change; `None` before the first.
    pub change: Option<&'a Change>,
    /// What each observer that was told anything so far knows: its index in [`SessionTimeline::observers`], and the state it was told.
    pub told: Vec<(usize, Option<State>)>,
}

impl SessionTimeline {
    /// Every participant after message `until`. An observer that has left knows nothing any more.
    pub fn roster(&self, until: MessageId) -> Vec<RosterEntry<'_>> {
        let entries = self.participants.iter().enumerate().map(|(index, participant)| {
            let observers = self.observers.iter().enumerate().filter(|(_, observer)| {
                let has_begun = observer.told.first().is_some_and(|told| told.at <= until);
                has_begun && !self.has_left(observer.who, observer.told[0].at, until)
            });
            RosterEntry {
                participant: index,
                change: participant.timeline.iter().rfind(|change| change.at <= until),
                told: observers
                    .map(|(place, observer)| (place, observer.knows(index, until).and_then(|(_, seen)| seen.state)))
                    .collect(),
            }
        });
        entries.collect()
    }

    /// Was the participant disconnected between these messages?
    fn has_left(&self, who: Option<usize>, from: MessageId, until: MessageId) -> bool {
        let timeline = who.map_or(&[][..], |who| &self.participants[who].timeline);
        timeline.iter().any(|change| change.state == State::Disconnected && from < change.at && change.at <= until)
    }
}
