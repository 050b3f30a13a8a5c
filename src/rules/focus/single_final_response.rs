use crate::rules::invite::answer::of_focus;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Method;

rule! {
    /// ## What it checks
    /// After its 200 to the INVITE that made the session, the focus sends no other response to it: the answers of further
    /// invitees stay with the focus.
    ///
    /// ## Why it matters
    /// A second final response ends the client's transaction twice: it hangs up, or drops the session.
    ///
    /// ## Example
    /// `200 OK`, then `486 Busy Here` on the same transaction, because one of the invitees was busy: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5; RFC 3261 §13.3.1
    pub CPM_FOCUS_SINGLE_FINAL_RESPONSE: Error = "cpm-focus-single-final-response", ["5.2.5-9.iii.4"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-9.iii.4";
    for answer in of_focus(case) {
        let leg = answer.invitation.leg;
        let call = &case.sessions().calls[leg.call];
        let invite = call
            .transactions
            .iter()
            .find(|one| one.method == Method::Invite && one.requests.contains(&answer.invitation.id));
        let Some(transaction) = invite else { continue };
        let mut is_single = true;
        for &id in transaction.responses.iter().filter(|&&id| id > answer.id) {
            let whole = &case.messages()[id];
            let Some(summary) = whole.sip() else { continue };
            let is_late = case.seconds_between(answer.id, id) > REORDERED_SECONDS;
            let is_other = summary.to_tag.of(case.messages().head(whole)) != leg.to_tag.as_bytes();
            let is_wrong = match summary.status {
                ..200 => is_late,
                200..300 => is_other,
                _ => true,
            };
            if is_wrong {
                is_single = false;
                let what = format!("{} follows the 200 to the INVITE", summary.status);
                judge.fail(statement, id, what).also(answer.id).also(answer.invitation.id);
            }
        }
        if is_single {
            judge.pass(statement);
        }
    }
}

/// UDP may turn two responses around.
const REORDERED_SECONDS: f64 = 0.5;
