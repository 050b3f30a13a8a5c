//! Where the signalling of a participant was not captured, what the observers were told stands in for it.

use crate::wire::MessageId;

use super::observer::{Observer, Sighting};
use super::participant::Participant;
use super::state::{Change, Source, State};

/// Adds to the timelines what only conference-info documents tell: of who has no signalling at all, of others what is missing behind
/// their last step, and before the first one when the session was `entered_in_the_middle`. What signalling shows stays as it is.
pub fn complete(participants: &mut [Participant], observers: &[Observer], entered_in_the_middle: bool) {
    let mut sightings: Vec<(MessageId, Source, &Sighting)> = Vec::new();
    for observer in observers {
        for told in &observer.told {
            sightings.extend(told.seen.iter().map(|seen| (told.at, observer.source, seen)));
        }
    }
    sightings.sort_by_key(|(at, ..)| *at);
    // Of each participant the first and the last message of its signalling.
    let ends = |participant: &Participant| {
        let signalled = || participant.timeline.iter().filter(|change| change.source == Source::Signalling);
        (signalled().next().map(|change| change.at), signalled().next_back().map(|change| change.at))
    };
    let signalled: Vec<(Option<MessageId>, Option<MessageId>)> = participants.iter().map(ends).collect();
    let mut early: Vec<Vec<Change>> = vec![Vec::new(); participants.len()];
    for (at, source, seen) in sightings {
        let Some(state) = seen.state else { continue };
        let timeline = &mut participants[seen.participant].timeline;
        let told = match signalled[seen.participant] {
            (Some(first), _) if at < first && entered_in_the_middle => &mut early[seen.participant],
            (_, Some(last)) if at < last => continue,
            _ => timeline,
        };
        let is_new = match (told.last(), state) {
            (Some(known), state) if known.state == state => false,
            // Who left comes back by an INVITE.
            (Some(Change { state: State::Disconnected, source: Source::Signalling, .. }), _) => false,
            (Some(Change { state: State::Connected, .. }), State::Pending) => false,
            _ => true,
        };
        if is_new {
            let (cause, by) = (seen.cause, seen.by.as_deref().map(str::to_owned));
            told.push(Change { at, state, cause, by, source, uncertain: None });
        }
    }
    for (participant, early) in participants.iter_mut().zip(early) {
        participant.timeline.splice(0..0, early);
    }
}
