use crate::rules::pf::hop::nodes;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::MessageId;
use crate::wire::sip::{Method, Name};

rule! {
    /// ## What it checks
    /// A participating function that is told that the session is gone (`reason=noresource`) does not subscribe to it again,
    /// unless somebody wakes it up.
    ///
    /// ## Why it matters
    /// There is nothing to be told of any more.
    ///
    /// ## Example
    /// `Subscription-State: terminated;reason=noresource`, and a second later another SUBSCRIBE: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1; RFC 6665 §4.1.3
    pub CPM_NOTIFY_NORESOURCE: Warning = "cpm-notify-noresource", ["5.2.3.2.1-2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.2.1-2";
    let functions = nodes(case);
    let sender = |id: MessageId| {
        let message = &case.messages()[id];
        let flow = case.messages().flow(message);
        if message.from_client { flow.client.ip() } else { flow.server.ip() }
    };
    for (_, subscription) in case.subscriptions().filter(|(_, one)| one.tells_who_is_in()) {
        let Some(&first) = subscription.messages.first().filter(|&&first| functions.contains(&sender(first))) else {
            continue;
        };
        let ended = subscription.notifies.iter().copied().find(|&notify| {
            let state = case
                .sip(notify)
                .and_then(|message| message.header(Name::SubscriptionState).map(|value| value.to_ascii_lowercase()));
            state.is_some_and(|state| state.replace(' ', "").starts_with("terminated") && state.contains("noresource"))
        });
        let Some(ended) = ended else { continue };
        let again = case
            .subscriptions()
            .filter(|(_, other)| {
                other.subscriber.as_ref().map(|who| &who.key) == subscription.subscriber.as_ref().map(|who| &who.key)
            })
            .filter_map(|(_, other)| other.messages.first().copied())
            .find(|&other| {
                let is_subscribe =
                    case.messages()[other].sip().is_some_and(|summary| summary.method == Method::Subscribe);
                let woken = case.invitations().iter().any(|one| {
                    let is_own = one.leg.participant().map(|who| &who.key)
                        == subscription.subscriber.as_ref().map(|who| &who.key);
                    one.id > ended && one.id < other && is_own
                });
                other > ended
                    && is_subscribe
                    && !woken
                    && sender(other) == sender(first)
                    && case.seconds_between(ended, other) <= case.profile.timings.sip_transaction
            });
        if again.is_some() && case.lossy {
            judge.undecided(statement, "needs the re-join that may be missing between the subscriptions");
            continue;
        }
        let what = || "the participating function subscribes again to a session that is gone".to_owned();
        let finding = judge.expect(statement, again.is_none(), again.unwrap_or(ended), what);
        finding.into_iter().for_each(|finding| _ = finding.also(ended));
    }
}
