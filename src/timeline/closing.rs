//! Which stays ended because the focus closed the session for all, and not because it removed one participant.

use hashbrown::HashMap;

use crate::wire::{MessageId, Messages};

use super::stay::{End, Stay};

/// A focus that closes a session sends its BYEs at once; what is relayed between two of them within this time was under way.
const AT_ONCE_NANOS: i64 = 1_000_000_000;

/// Was a closing seen to its end?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    Seen,
    /// Of somebody no BYE was captured.
    Likely,
}

/// Tells the closings from the stays (by index): BYEs of one Reason from the focus that leave nobody, with nothing relayed between
/// them. `is_removal` says of a stay that somebody asked for its end. `relayed` are the messages that the focus sent on, in
/// order, and to whom.
pub fn closings(
    stays: &[Stay],
    is_removal: impl Fn(usize, &End) -> bool,
    relayed: &[(MessageId, usize)],
    messages: &Messages,
) -> HashMap<usize, Closing> {
    let ends = stays.iter().enumerate().filter_map(|(index, stay)| Some((index, stay.ended.as_ref()?)));
    let mut by_focus: Vec<(usize, &End)> =
        ends.filter(|(index, end)| !end.by_participant && !is_removal(*index, end)).collect();
    by_focus.sort_by_key(|(_, end)| std::cmp::Reverse(end.at));
    let relays = Relays { relayed, stays, messages };
    let mut found = HashMap::new();
    // Going back in time: the closing BYE after the one that is looked at, and the last one of that closing.
    let mut next: Option<(&End, MessageId)> = None;
    for (index, end) in by_focus {
        let next_in_closing = next.filter(|(next, _)| relays.is_one_closing(end, next));
        let others =
            || stays.iter().filter(|other| other.participant != stays[index].participant && other.is_in(end.at));
        let goes_too = |other: &Stay| match &other.ended {
            Some(other_end) => next_in_closing.is_some_and(|(_, last)| other_end.at <= last),
            None => !relays.is_relayed_to(other, end.at),
        };
        if others().all(goes_too) {
            let is_seen = others().all(|other| other.ended.is_some() || relays.next_stay(other).is_some());
            found.insert(index, if is_seen { Closing::Seen } else { Closing::Likely });
            next = Some((end, next_in_closing.map_or(end.at, |(_, last)| last)));
        }
    }
    found
}

struct Relays<'a> {
    relayed: &'a [(MessageId, usize)],
    stays: &'a [Stay],
    messages: &'a Messages,
}

impl Relays<'_> {
    /// A BYE that was not captured, or has no Reason, fits to any.
    fn is_one_closing(&self, end: &End, next: &End) -> bool {
        let code = |end: &End| end.reason.as_ref().and_then(|reason| reason.cause);
        let is_same_reason = code(end).zip(code(next)).is_none_or(|(one, other)| one == other);
        let nanos = self.messages[next.at].time.nanos_since(self.messages[end.at].time);
        let between = self.after(end.at).iter().any(|(at, _)| *at < next.at);
        is_same_reason && (nanos <= AT_ONCE_NANOS || !between)
    }

    /// Was something relayed to this participant after `from`, before it came again?
    fn is_relayed_to(&self, stay: &Stay, from: MessageId) -> bool {
        let again = self.next_stay(stay).and_then(|next| next.began);
        let before = |at: MessageId| again.is_none_or(|again| at < again);
        self.after(from).iter().take_while(|(at, _)| before(*at)).any(|(_, to)| *to == stay.participant)
    }

    fn next_stay(&self, stay: &Stay) -> Option<&Stay> {
        self.stays.iter().find(|other| other.participant == stay.participant && other.began > stay.began)
    }

    fn after(&self, from: MessageId) -> &[(MessageId, usize)] {
        &self.relayed[self.relayed.partition_point(|(at, _)| *at <= from)..]
    }
}
