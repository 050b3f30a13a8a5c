use crate::rules::pager::pagers;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place};

rule! {
    /// ## What it checks
    /// While its session is up, a client writes to the group over MSRP, and not as SIP MESSAGE.
    ///
    /// ## Why it matters
    /// The message stands outside of the group, and reaches one of its users at most.
    ///
    /// ## Example
    /// Bob's session is up, and his client sends `MESSAGE` with the session's Conversation-ID: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.2
    pub CPM_MSRP_SEND_IN_SESSION: Warning = "cpm-msrp-send-in-session", ["5.2.2-3.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.2-3.c";
    for pager in pagers(case).iter().filter(|pager| pager.content_type.starts_with("text/")) {
        let Some(leg) = pager.session_of_sender(case) else { continue };
        let what = format!("{} writes as SIP MESSAGE while its session is up", pager.sender(leg));
        judge.fail(statement, Place::start_line(pager.id, &pager.message), what);
    }
    if !case.timeline.messages.is_empty() {
        judge.pass(statement);
    }
}
