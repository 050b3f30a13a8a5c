use super::answer::{of_clients, of_focus};
use super::form::path_difference;
use super::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// A 200 goes back the way that the INVITE came: it has the same Vias and Record-Routes in the same order, and the same
    /// Call-ID, CSeq and From.
    ///
    /// ## Why it matters
    /// A 200 on another way does not arrive, or the dialog leaves out a proxy that has to see it.
    ///
    /// ## Example
    /// The INVITE has two Record-Routes, the 200 one: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.2, 5.2.5, 5.2.6, 7.2.2; RFC 3261 §8.2.6.2, §12.1.1
    pub CPM_200_SEND_SIP_CORE: Error = "cpm-200-send-sip-core", ["5.2.2-9", "5.2.5-9.iii.3", "5.2.6-11", "7.2.2-4.a.ii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for answer in of_focus(case) {
        let is_rejoin = answer.invitation.purpose == Purpose::Rejoin;
        let statement = if is_rejoin { "5.2.6-11" } else { "5.2.5-9.iii.3" };
        look(case, judge, statement, answer.invitation.id, answer.id);
    }
    for answer in of_clients(case) {
        look(case, judge, "5.2.2-9", answer.invitation.id, answer.id);
    }
    for change in case.changes().iter().filter(|change| !change.is_from_focus) {
        if let Some((answer, 200..=299)) = change.answer {
            look(case, judge, "7.2.2-4.a.ii", change.id, answer);
        }
    }
}

fn look(case: &Case<'_>, judge: &mut Judge, statement: &'static str, request: MessageId, answer: MessageId) {
    let is_whole = |id: MessageId| !case.messages()[id].incomplete;
    let (Some(asked), Some(answered)) = (case.sip(request), case.sip(answer)) else { return };
    if !is_whole(request) || !is_whole(answer) {
        return;
    }
    let field = path_difference(&asked, &answered);
    let what = || format!("the 200 does not follow the path of its INVITE ({} differs)", field.unwrap_or_default());
    let finding = judge.expect(statement, field.is_none(), Place::start_line(answer, &answered), what);
    finding.into_iter().for_each(|finding| _ = finding.also(request));
}
