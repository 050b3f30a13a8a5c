//! Where what observers were told differs from what signalling shows: never told, told late, told something else.

use hashbrown::HashMap;

use crate::capture::Time;
use crate::wire::{MessageId, Messages};

use super::observer::{Observer, Sighting};
use super::participant::Participant;
use super::state::{Change, Source, State};

/// RFC 4575 §3.9 lets a notifier wait 5 s for changes to come together; what is told later is late.
const LATE_NANOS: i64 = 5_000_000_000;

/// A document that crosses the signalling within this time may be right or not: it says nothing against it.
const CROSSING_NANOS: i64 = 1_000_000_000;

/// Pairs of an observer and a participant that are compared: far more than the largest group has, where everybody observes everybody.
const MAX_COMPARED: usize = 1_000_000;

/// An observer and a participant of which it was told too late, nothing, or something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The message after which something was to be told, or that told something else.
    pub at: MessageId,
    /// Index in [`super::SessionTimeline::observers`].
    pub observer: usize,
    /// Index in [`super::SessionTimeline::participants`].
    pub participant: usize,
    /// The state that signalling shows.
    pub state: State,
    pub kind: DisagreementKind,
    /// What was not captured, so that the observer may have been told after all.
    pub uncertain: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DisagreementKind {
    /// Told, but only by this message.
    Late { told: MessageId },
    /// Not told while the observer was there.
    Never,
    /// Told another state (`None`: not listed) though signalling had shown it long enough.
    Other { told: Option<State> },
}

impl DisagreementKind {
    /// `late`, `never` or `other`.
    pub fn as_str(self) -> &'static str {
        match self {
            DisagreementKind::Late { .. } => "late",
            DisagreementKind::Never => "never",
            DisagreementKind::Other { .. } => "other",
        }
    }
}

/// Compares every observer with the signalling, in order of the messages.
pub fn find(
    participants: &[Participant],
    observers: &[Observer],
    messages: &Messages,
    lacks_packets: bool,
) -> Vec<Disagreement> {
    let mut found = Vec::new();
    // What was kept says how it was, not how it is.
    let is_live = |observer: &&Observer| !observer.told.iter().any(|told| told.is_kept);
    for (index, observer) in observers.iter().enumerate().filter(|(_, observer)| is_live(observer)) {
        let has_holes = observer.told.iter().any(|told| told.taken.is_none_or(|taken| !taken.is_coherent()));
        let uncertain = (lacks_packets || has_holes).then_some("documents may be missing from the capture");
        let mut view = View { observer, index, participants, messages, uncertain, end: Time(0) };
        view.end = view.end();
        let mut seen: HashMap<usize, Vec<(MessageId, &Sighting)>> = HashMap::new();
        for (at, sighting) in observer.told.iter().flat_map(|told| told.seen.iter().map(move |seen| (told.at, seen))) {
            seen.entry(sighting.participant).or_default().push((at, sighting));
        }
        for participant in 0..participants.len().min(MAX_COMPARED / observers.len()) {
            view.compare(participant, seen.get(&participant).map_or(&[], Vec::as_slice), &mut found);
        }
    }
    found.sort_by_key(|one| (one.at, one.observer, one.participant));
    found
}

/// What one observer was told, beside the signalling.
struct View<'a> {
    observer: &'a Observer,
    index: usize,
    participants: &'a [Participant],
    messages: &'a Messages,
    uncertain: Option<&'static str>,
    /// When it was told the last time, or could have been.
    end: Time,
}

impl View<'_> {
    fn compare(&self, participant: usize, seen: &[(MessageId, &Sighting)], found: &mut Vec<Disagreement>) {
        let timeline = &self.participants[participant].timeline;
        // Without signalling there is nothing to compare with.
        if timeline.iter().any(|change| change.source != Source::Signalling || change.uncertain.is_some()) {
            return;
        }
        let mut report = |at, state, kind| {
            found.push(Disagreement { at, observer: self.index, participant, state, kind, uncertain: self.uncertain });
        };
        for (step, change) in timeline.iter().enumerate() {
            if let Some(kind) = self.telling(participant, change, timeline.get(step + 1), seen) {
                report(change.at, change.state, kind);
            }
        }
        for &(at, sighting) in seen {
            if let Some(state) = self.contradicts(timeline, at, sighting) {
                report(at, state, DisagreementKind::Other { told: sighting.state });
            }
        }
    }

    /// Was the observer told of a change late, or never?
    fn telling(
        &self,
        participant: usize,
        change: &Change,
        next: Option<&Change>,
        seen: &[(MessageId, &Sighting)],
    ) -> Option<DisagreementKind> {
        // Who is called need not be listed, and nobody is told of its own leaving.
        let is_own = self.observer.who == Some(participant);
        if !matches!(change.state, State::Connected | State::Disconnected)
            || (is_own && change.state == State::Disconnected)
        {
            return None;
        }
        let first = self.observer.told.first()?.at;
        let changed = self.time(change.at);
        // Before its first document the observer is told nothing, and after it left nothing more.
        if change.at < first || self.end.nanos_since(changed) < LATE_NANOS {
            return None;
        }
        let is_so = |state: Option<State>| match change.state {
            State::Connected => state == Some(State::Connected),
            _ => state != Some(State::Connected),
        };
        let before = seen.iter().take_while(|(at, _)| *at <= change.at).last();
        if is_so(before.and_then(|(_, sighting)| sighting.state)) {
            return None;
        }
        let after = seen.iter().skip_while(|(at, _)| *at <= change.at);
        let told = after.clone().find(|(_, sighting)| is_so(sighting.state)).map(|(at, _)| *at);
        let until = next.map(|next| self.time(next.at));
        match told.filter(|told| until.is_none_or(|until| self.time(*told) < until)) {
            Some(told) if self.time(told).nanos_since(changed) > LATE_NANOS => Some(DisagreementKind::Late { told }),
            Some(_) => None,
            // It changed again before there was need to tell.
            None if until.is_some_and(|until| until.nanos_since(changed) < LATE_NANOS) => None,
            None => Some(DisagreementKind::Never),
        }
    }

    /// The state that signalling shows, where a document says something else.
    fn contradicts(&self, timeline: &[Change], at: MessageId, sighting: &Sighting) -> Option<State> {
        let told = self.time(at);
        let states =
            |time: Time| timeline.iter().rfind(|change| self.time(change.at) <= time).map(|change| change.state);
        let around = [
            states(Time(told.0.saturating_sub(CROSSING_NANOS))),
            states(told),
            states(Time(told.0.saturating_add(CROSSING_NANOS))),
        ];
        // Only what signalling says all the time around.
        let [Some(shown), Some(now), Some(then)] = around else { return None };
        let is_steady = shown == now && now == then;
        let differs = match sighting.state {
            Some(State::Connected) => shown == State::Disconnected,
            Some(State::Disconnected) | None => shown == State::Connected,
            Some(State::Pending | State::Invited) => shown == State::Connected,
        };
        (is_steady && differs).then_some(shown)
    }

    /// When the observer was no longer told anything: it left, or its last document said so, or the capture ended.
    fn end(&self) -> Time {
        let first = self.observer.told.first().map(|told| told.at);
        let own = self.observer.who.map(|who| &self.participants[who].timeline);
        let left = own.and_then(|timeline| {
            timeline.iter().find(|change| change.state == State::Disconnected && Some(change.at) > first)
        });
        let last = self.messages.list.len().checked_sub(1).map(|last| MessageId(last as u32));
        let left = left.map(|change| change.at).into_iter().chain(self.observer.ended).min();
        left.or(last).map_or(Time(0), |at| self.time(at))
    }

    fn time(&self, id: MessageId) -> Time {
        self.messages[id].time
    }
}
