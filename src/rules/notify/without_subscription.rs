use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::wire::sip::Method;

rule! {
    /// ## What it checks
    /// A NOTIFY comes in a dialog that a SUBSCRIBE or a REFER has made.
    ///
    /// ## Why it matters
    /// The client refuses it with 481, and learns nothing.
    ///
    /// ## Example
    /// A conference NOTIFY in the INVITE dialog of a client that never subscribed: broken.
    ///
    /// ## Source
    /// RFC 6665 §4.1.3, §4.2.2
    /// Judged are dialogs whose beginning was captured, without loss: a NOTIFY alone may follow a SUBSCRIBE from before the capture.
    pub SIP_NOTIFY_WITHOUT_SUBSCRIPTION: Error = "sip-notify-without-subscription", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for call in case.calls().filter(|_| !case.lossy) {
        let asks = |method: &Method| matches!(method, Method::Subscribe | Method::Refer);
        let is_followed = call.dialogs.iter().all(|dialog| dialog.start_seen);
        let is_asked = call.transactions.iter().any(|one| asks(&one.method));
        for transaction in call.transactions.iter().filter(|one| one.method == Method::Notify) {
            let Some(notify) = transaction.request() else { continue };
            let refusal = transaction.final_response("", case.messages()).filter(|(_, status)| *status == 481);
            if is_followed && !is_asked {
                let finding =
                    judge.report(Actor::ControllingFunction, notify, "NOTIFY to somebody who has not subscribed");
                refusal.into_iter().for_each(|(refusal, _)| _ = finding.also(refusal));
            }
        }
    }
}
