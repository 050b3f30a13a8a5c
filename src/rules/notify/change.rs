//! Was everybody told of every change? What the timelines compare, as verdicts.

use hashbrown::HashSet;

use crate::rules::{Case, Judge};
use crate::timeline::{DisagreementKind, Source, State};
use crate::wire::MessageId;

/// Judges the observers of one kind: those who were told too late or never. Out come the changes of which somebody was not told.
pub fn judge_changes(case: &Case<'_>, judge: &mut Judge, source: Source, id: &'static str) -> HashSet<MessageId> {
    let mut untold = HashSet::new();
    let wait = case.profile.timings.notify;
    let timeline = case.timeline;
    for one in &timeline.disagreements {
        let observer = &timeline.observers[one.observer];
        if observer.source != source {
            continue;
        }
        // Who was never in cannot have left, whatever the observer was told before.
        let timeline_of = &timeline.participants[one.participant].timeline;
        let was_in = timeline_of.iter().any(|change| change.at < one.at && change.state == State::Connected);
        if one.state == State::Disconnected && !was_in {
            continue;
        }
        let who = case.uri(one.participant);
        let to = observer.who.map_or("an observer", |to| case.uri(to));
        let state = one.state.as_str();
        match one.kind {
            _ if case.lossy || one.uncertain.is_some() => {
                judge.undecided(id, one.uncertain.unwrap_or("needs the packets that are missing from the capture"));
            }
            DisagreementKind::Never if case.seconds_captured_after(one.at) < wait => {
                judge.undecided(id, "needs more of the capture after the change");
            }
            DisagreementKind::Never => {
                untold.insert(one.at);
                judge.fail(id, one.at, format!("{to} was not told that {who} is {state}"));
            }
            DisagreementKind::Late { told } if case.seconds_between(one.at, told) > wait => {
                untold.insert(one.at);
                let seconds = case.seconds_between(one.at, told);
                judge.fail(id, told, format!("{to} was told {seconds:.0} s late that {who} is {state}")).also(one.at);
            }
            DisagreementKind::Late { .. } | DisagreementKind::Other { .. } => {}
        }
    }
    let told = timeline.observers.iter().filter(|observer| observer.source == source);
    if told.into_iter().any(|observer| observer.told.len() > 1) {
        judge.pass(id);
    }
    untold
}
