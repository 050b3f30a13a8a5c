use super::offers::{Described, is_untyped};
use super::stream::{fault, mismatch};
use crate::rules::invite::answer::{Answer, of_clients, of_focus};
use crate::rules::invite::change::Change;
use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place, Severity};
use crate::wire::MessageId;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A 200 to the INVITE of a group session answers its SDP: as many streams, of the same kind, in the same order, and an
    /// MSRP stream that is taken, with `a=path` and `a=accept-types`.
    ///
    /// ## Why it matters
    /// With another answer the two sides do not agree on any media, and the chat stays empty.
    ///
    /// ## Example
    /// `SIP/2.0 200 OK` without a body, or with `m=message 0 TCP/MSRP *`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.2, 5.2.5; RFC 3264 §6; RFC 4975 §8
    ///
    /// The specification does not ask for an SDP answer to a re-join, although the session needs one: a warning there.
    pub CPM_200_SDP_ANSWER: Error = "cpm-200-sdp-answer", ["5.2.2-8.a", "5.2.5-9.iii.2", "7.2.2-4.a.i"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for answer in of_focus(case) {
        // Of the answer to a re-join the specification says nothing.
        let severity = if answer.invitation.purpose == Purpose::Rejoin { Severity::Warning } else { Severity::Error };
        look(case, judge, &answer, "5.2.5-9.iii.2", severity);
    }
    for answer in of_clients(case) {
        look(case, judge, &answer, "5.2.2-8.a", Severity::Error);
    }
    for change in case.changes().iter().filter(|change| !change.is_from_focus) {
        let Some((answer, 200..=299)) = change.answer else { continue };
        look_at_change(case, judge, change, answer);
    }
}

fn look<'a>(case: &Case<'a>, judge: &mut Judge, answer: &Answer<'_, 'a>, statement: &'static str, severity: Severity) {
    let one = answer.invitation;
    if answer.message.is_body_cut() || one.message.is_body_cut() {
        return;
    }
    let mut tell = |place: Place, what: String| {
        let what = format!("the SDP answer in the 200 is not that of a CPM session: {what}");
        match severity {
            Severity::Error => judge.fail(statement, place, what),
            _ => judge.remark(statement, severity, place, what),
        }
        .also(one.id);
    };
    // Without an offer there is no answer to judge.
    let Some(offer) = Described::of(case, one.leg, one.id) else { return };
    let Some(described) = Described::of(case, one.leg, answer.id) else {
        if !is_untyped(&answer.message) {
            tell(answer.place(Name::ContentType), "there is none".to_owned());
        }
        return;
    };
    let (Some(offered), Some(answered)) = (offer.session(case), described.session(case)) else { return };
    match mismatch(&offered, &answered).or_else(|| fault(&answered, false)) {
        Some(fault) => tell(described.place(fault.range), fault.what),
        None => judge.pass(statement),
    }
}

fn look_at_change<'a>(case: &Case<'a>, judge: &mut Judge, change: &Change<'a>, answer: MessageId) {
    let statement = "7.2.2-4.a.i";
    let Some(offer) = Described::of(case, change.leg, change.id) else { return };
    let Some(message) = case.sip(answer).filter(|message| !message.is_body_cut()) else { return };
    let prefix = "the SDP answer in the 200 to the re-INVITE is not that of its offer";
    let Some(described) = Described::of(case, change.leg, answer) else {
        if !is_untyped(&message) {
            judge.fail(statement, answer, format!("{prefix}: there is none")).also(change.id);
        }
        return;
    };
    let (Some(offered), Some(answered)) = (offer.session(case), described.session(case)) else { return };
    match mismatch(&offered, &answered).or_else(|| fault(&answered, false)) {
        Some(fault) => {
            let place = described.place(fault.range);
            judge.fail(statement, place, format!("{prefix}: {}", fault.what)).also(change.id);
        }
        None => judge.pass(statement),
    }
}
