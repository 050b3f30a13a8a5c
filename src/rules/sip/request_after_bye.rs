use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::MessageId;
use crate::wire::sip::Method;

rule! {
    /// ## What it checks
    /// After the BYE of a dialog was answered with 200 nobody sends another request in it.
    ///
    /// ## Why it matters
    /// The other side answers 481: it has forgotten the dialog. Who sends has not, and goes on to count the participant.
    ///
    /// ## Example
    /// BYE, 200, and ten seconds later an INVITE in the same dialog: broken.
    ///
    /// ## Source
    /// RFC 3261 §15.1.1, §15.1.2
    /// Requests that cross the BYE and BYEs of both sides are right, so are NOTIFYs that end a subscription.
    pub SIP_REQUEST_AFTER_BYE: Error = "sip-request-after-bye", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for (_, leg) in case.legs() {
        let Some((bye, _)) = leg.ended else { continue };
        let is_answer = |&&id: &&MessageId| {
            case.messages()[id].sip().is_some_and(|summary| {
                id > bye && !summary.is_request && summary.method == Method::Bye && summary.status == 200
            })
        };
        let Some(&answer) = leg.messages.iter().find(is_answer) else { continue };
        for &id in leg.messages.iter().filter(|&&id| id > answer) {
            let Some(summary) = case.messages()[id].sip().filter(|summary| summary.is_request) else { continue };
            let is_late = case.seconds_between(answer, id) > CROSSING_SECONDS;
            let may_come = matches!(summary.method, Method::Bye | Method::Ack | Method::Notify | Method::Cancel);
            if is_late && !may_come && !summary.to_tag.is_empty() && !case.sessions().is_retransmission(id) {
                let method = case.sip(id).and_then(|message| message.method().map(str::to_owned)).unwrap_or_default();
                judge.report(case.sender_on(leg, id), id, format!("{method} in a dialog that was ended")).also(bye);
            }
        }
    }
}

/// A request on its way when the dialog ends: 64 × T1 with all its retransmissions (RFC 3261 §17.1.2.2).
const CROSSING_SECONDS: f64 = 32.0;
