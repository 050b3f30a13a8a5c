use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::timeline::State;

rule! {
    /// ## What it checks
    /// That somebody is writing reaches those whose clients take it.
    ///
    /// ## Why it matters
    /// They see no sign of an answer to come.
    ///
    /// ## Example
    /// Alice's client tells the focus that she writes, and Bob's client is not told: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2
    pub CPM_MSRP_ISCOMPOSING_DELIVERED: Note = "cpm-msrp-iscomposing-delivered", ["5.2-5.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-5.a";
    let wait = case.profile.timings.relay;
    if !case.is_group() || !case.hops().is_empty() {
        return;
    }
    let told: Vec<_> = case
        .glance()
        .composing
        .iter()
        .filter(|sent| sent.stream(case).is_from_focus(sent.transfer) == Some(true))
        .collect();
    for sent in
        case.glance().composing.iter().filter(|sent| sent.stream(case).is_from_focus(sent.transfer) == Some(false))
    {
        let at = sent.transfer.first;
        if case.lossy || case.seconds_captured_after(at) <= wait {
            continue;
        }
        for (index, stream) in case.streams().iter().enumerate().filter(|(index, _)| *index != sent.stream) {
            let Some(participant) = stream.participant else { continue };
            let media =
                if stream.leg.participant_is_caller() { &stream.leg.media.caller } else { &stream.leg.media.callee };
            let takes = media.as_ref().is_some_and(|media| {
                media
                    .accept_types
                    .iter()
                    .chain(&media.accept_wrapped_types)
                    .any(|kind| kind.to_ascii_lowercase().contains("im-iscomposing"))
            });
            let is_in = case.timeline.participants[participant].state_before(at) == Some(State::Connected)
                && stream.leg.established.is_some_and(|ack| case.seconds_between(ack, at) > 0.0 && ack < at)
                && stream.leg.ended.is_none_or(|(bye, _)| bye > at && case.seconds_between(at, bye) > wait);
            if !takes || !is_in || Some(participant) == sent.stream(case).participant {
                continue;
            }
            let is_soon = |other: &crate::rules::Sent<'_>| {
                let seconds = case.seconds_between(at, other.transfer.first);
                other.stream == index && seconds > -1.0 && seconds <= wait
            };
            // What is not plain may be one.
            let came = told.iter().any(|other| is_soon(other)) || case.glance().cpim.iter().any(is_soon);
            if came {
                judge.pass(statement);
            } else {
                let what = format!("{} was not told that somebody writes", case.uri(participant));
                judge.remark(statement, Severity::Note, at, what);
            }
        }
    }
}
