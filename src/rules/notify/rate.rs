use hashbrown::HashSet;

use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Subscription;
use crate::wire::MessageId;
use crate::wire::sip::Method;

rule! {
    /// ## What it checks
    /// A subscriber gets no more than five NOTIFYs in five seconds.
    ///
    /// ## Why it matters
    /// Each one wakes a phone up. Changes in quick succession fit into one document.
    ///
    /// ## Example
    /// Ten participants join within two seconds, and each subscriber gets ten NOTIFYs: a warning.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §3.9, RFC 6665 §5.4.10
    ///
    /// The specification gives no number, and the one NOTIFY in five seconds of RFC 4575 is often exceeded: the profile sets
    /// `maximum-notifies` and `timings.notify-window`. Answers to a SUBSCRIBE and retransmissions do not count. Told once per subscription.
    pub CPM_NOTIFY_RATE: Warning = "cpm-notify-rate", ["9.2.14.3-n-rate"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "9.2.14.3-n-rate";
    let (most, window) = (case.profile.maximum_notifies as usize, case.profile.timings.notify_window);
    for (_, subscription) in case.subscriptions().filter(|(_, one)| one.tells_who_is_in()) {
        // Where the SUBSCRIBEs were not captured, any NOTIFY may answer one.
        if subscription.status == 0 || case.lossy {
            judge.undecided(statement, "needs the SUBSCRIBEs");
            continue;
        }
        let notifies = unasked(case, subscription);
        let mut bursts = notifies.windows(most + 1);
        match bursts.find(|burst| case.seconds_between(burst[0], burst[most]) <= window) {
            None if notifies.is_empty() => {}
            None => judge.pass(statement),
            Some(burst) => {
                let to = subscription.subscriber.as_ref().map_or("a subscriber", |who| who.uri.as_str());
                let message = format!("more than {most} NOTIFYs within {window} s to {to}");
                let finding = judge.fail(statement, burst[most], message);
                burst.iter().for_each(|&notify| _ = finding.also(notify));
            }
        }
    }
}

/// The NOTIFYs that answer no SUBSCRIBE, in order.
fn unasked(case: &Case<'_>, subscription: &Subscription) -> Vec<MessageId> {
    let notifies: HashSet<MessageId> = subscription.notifies.iter().copied().collect();
    let mut is_asked = false;
    let mut found = Vec::new();
    for &id in &subscription.messages {
        let subscribes = case.messages()[id].sip().is_some_and(|one| one.is_request && one.method == Method::Subscribe);
        is_asked |= subscribes;
        if notifies.contains(&id) && !std::mem::take(&mut is_asked) {
            found.push(id);
        }
    }
    found
}
