use super::unanswered::unanswered;
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::wire::conference_info;

rule! {
    /// ## What it checks
    /// A client answers each SEND that asks for it (`Failure-Report` is `yes` or absent).
    ///
    /// ## Why it matters
    /// The focus takes the message for not delivered, and sends it again or stores it for later.
    ///
    /// ## Example
    /// A SEND of the focus to which nothing comes back, though the client goes on sending: broken.
    ///
    /// ## Source
    /// RFC 4975 §7.1.1, §7.2
    /// What the focus does not answer is told by cpm-msrp-send-200. Silent where packets are missing, and where neither
    /// the deadline has passed nor a later SEND was answered.
    pub MSRP_RESPONSE_MISSING: Error = "msrp-response-missing", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for stream in case.streams() {
        for one in unanswered(case, stream, true).into_iter().filter(|one| one.is_certain) {
            // Chat messages and documents of a group are for the rules of the specification.
            let kind = one.message.header("Content-Type").unwrap_or_default().to_ascii_lowercase();
            if case.is_group() && (kind.starts_with("message/cpim") || kind.starts_with(conference_info::MEDIA_TYPE)) {
                continue;
            }
            let tid = one.message.transaction_id();
            judge.report(Actor::Client, one.id, format!("SEND {tid} was not answered"));
        }
    }
}
