use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::wire::sip::Method;

rule! {
    /// ## What it checks
    /// Each SUBSCRIBE that is accepted is followed by a NOTIFY at once.
    ///
    /// ## Why it matters
    /// The subscriber knows nothing of the group, and cannot tell that its subscription stands.
    ///
    /// ## Example
    /// SUBSCRIBE, 200, and no NOTIFY: broken.
    ///
    /// ## Source
    /// RFC 6665 §4.2.1.2
    /// At once means within the deadline for changes. Silent where packets are missing, and where the capture ends before.
    pub SIP_NOTIFY_MISSING_AFTER_SUBSCRIBE: Error = "sip-notify-missing-after-subscribe", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let wait = case.profile.timings.notify;
    for (_, subscription) in case.subscriptions().filter(|(_, one)| one.event == "conference" && !case.lossy) {
        let call = &case.sessions().calls[subscription.call];
        let subscribes = call
            .transactions
            .iter()
            .filter(|one| one.method == Method::Subscribe && one.from_tag == subscription.from_tag);
        let mut nexts = subscribes.clone().skip(1);
        for transaction in subscribes {
            let next = nexts.next().and_then(|next| next.request());
            let Some(request) = transaction.request() else { continue };
            let Some((answer, 200..=299)) = transaction.final_response("", case.messages()) else { continue };
            let at = subscription.notifies.partition_point(|&notify| notify < request);
            let told = subscription.notifies.get(at).filter(|&&notify| case.seconds_between(answer, notify) <= wait);
            let is_renewed = next.is_some_and(|next| case.seconds_between(answer, next) <= wait);
            if told.is_none() && !is_renewed && case.seconds_captured_after(answer) > wait {
                let what = "no NOTIFY follows the SUBSCRIBE that was accepted";
                judge.report(Actor::ControllingFunction, answer, what).also(request);
            }
        }
    }
}
