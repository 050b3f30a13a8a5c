use super::body::odd_cpim;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// A CPIM message that asks for a disposition notification has an imdn.Message-ID.
    ///
    /// ## Why it matters
    /// The notification has nothing else to name the message by.
    ///
    /// ## Example
    /// `imdn.Disposition-Notification: positive-delivery` without `imdn.Message-ID`: broken.
    ///
    /// ## Source
    /// RFC 5438 §6.3, §7.1.1.1
    pub IMDN_MESSAGE_ID: Error = "imdn-message-id", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    // In groups a rule of the specification asks the clients for it; the focus only copies.
    if case.is_group() {
        return;
    }
    for one in odd_cpim(case) {
        let Ok(message) = cpim::parse(&one.body) else { continue };
        let asks = message.disposition_notification().any(|wanted| !wanted.eq_ignore_ascii_case("none"));
        if asks && message.message_id().is_none() {
            let what = "CPIM message asks for notifications and has no imdn.Message-ID";
            judge.report(one.actor, one.sent.transfer.first, what);
        }
    }
}
