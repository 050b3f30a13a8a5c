use crate::rules::pager::pagers;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place, Severity};

rule! {
    /// ## What it checks
    /// A notification goes back in the session of the message that it is about, as long as that is up; as SIP MESSAGE only
    /// after that. A note says where it is otherwise.
    ///
    /// ## Why it matters
    /// It takes another way than the message, and arrives before or long after what follows.
    ///
    /// ## Example
    /// Bob's session is up, and his client sends `MESSAGE` with `message/imdn+xml`: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2; RFC 5438
    pub CPM_MSRP_IMDN_IN_OR_OUT_OF_SESSION: Note = "cpm-msrp-imdn-in-or-out-of-session", ["5.2-7"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-7";
    let all = pagers(case);
    for (pager, notified) in all.iter().filter_map(|pager| Some((pager, pager.notified()?))) {
        let is_ours = case.timeline.messages.iter().any(|message| *message.message_id == *notified);
        let Some(leg) = pager.session_of_sender(case).filter(|_| is_ours) else { continue };
        let what = format!("{} notifies as SIP MESSAGE while its session is up", pager.sender(leg));
        judge.remark(statement, Severity::Note, Place::start_line(pager.id, &pager.message), what);
    }
    if case.timeline.messages.iter().flat_map(|message| &message.copies).any(|copy| copy.delivered.is_some()) {
        judge.pass(statement);
    }
}
