use crate::rules::pf::hop::nodes;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Method;
use hashbrown::HashSet;

rule! {
    /// ## What it checks
    /// A participating function that has subscribed answers the NOTIFYs with 200.
    ///
    /// ## Why it matters
    /// The focus ends a subscription whose NOTIFYs are refused, and tells nothing more.
    ///
    /// ## Example
    /// `NOTIFY`, answered with `500`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1; RFC 6665 §4.1.3
    ///
    /// A NOTIFY without any answer is found by `sip-request-unanswered`.
    pub CPM_NOTIFY_ANSWERED_200: Error = "cpm-notify-answered-200", ["5.2.3.2.1-1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.2.1-1";
    let functions: HashSet<std::net::IpAddr> = nodes(case);
    for (_, subscription) in case.subscriptions().filter(|(_, one)| one.tells_who_is_in() && !functions.is_empty()) {
        let call = &case.sessions().calls[subscription.call];
        for transaction in call.transactions.iter().filter(|one| one.method == Method::Notify) {
            let Some(notify) = transaction.request() else { continue };
            let message = &case.messages()[notify];
            let flow = case.messages().flow(message);
            let receiver = if message.from_client { flow.server.ip() } else { flow.client.ip() };
            let sender = if message.from_client { flow.client.ip() } else { flow.server.ip() };
            // From the network to a function.
            if !functions.contains(&receiver) || functions.contains(&sender) {
                continue;
            }
            let Some((answer, status)) = transaction.final_response("", case.messages()) else { continue };
            let what = || format!("NOTIFY to the participating function was answered {status}");
            let finding = judge.expect(statement, status < 300 || status == 481, answer, what);
            finding.into_iter().for_each(|finding| _ = finding.expected("200").also(notify));
        }
    }
}
