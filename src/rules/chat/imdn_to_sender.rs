use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::cpim::Address;

rule! {
    /// ## What it checks
    /// A notification about a message is addressed to whoever sent the message.
    ///
    /// ## Why it matters
    /// Addressed to the group, it goes to all; addressed to somebody else, the sender never gets it.
    ///
    /// ## Example
    /// Alice writes, and Bob's notification has `To: <sip:conf1@focus.example.com>`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1; RFC 5438 §8
    pub CPM_MSRP_IMDN_TO_SENDER: Error = "cpm-msrp-imdn-to-sender", ["5.2.3.1-1.a-scope"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.1-1.a-scope";
    for message in case.timeline.messages.iter().filter(|_| case.is_group()) {
        let Some(from) = message.from.as_deref() else { continue };
        for notification in message.copies.iter().flat_map(|copy| [copy.delivered, copy.displayed]).flatten() {
            // What is not plain is rare, and its To is not worth another reading.
            let Some(to) = case.envelope(notification).and_then(|envelope| envelope.to) else { continue };
            let to_uri = to.rsplit_once('<').map_or(to, |(_, rest)| rest.trim_end_matches('>'));
            let kept = case.key(to_uri) == case.address_key(from);
            let what =
                || format!("notification about message {} goes to {to}, not to its sender {from}", message.message_id);
            let finding = judge.expect(statement, kept, notification, what);
            if let Some(finding) = finding {
                finding.expected(Address::parse(from).uri).found(to).also(message.sent);
            }
        }
    }
}
