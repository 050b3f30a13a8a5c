use super::fallback::{earlier_way_in, fallbacks};
use crate::rules::invite::invitation::{Purpose, same_user};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// A client that has lost the address of a session makes a new group with the Conversation-ID of the old one.
    ///
    /// ## Why it matters
    /// It explains why one conversation has two groups.
    ///
    /// ## Example
    /// An INVITE to the factory with the Conversation-ID of last week's group: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.4
    pub CPM_REJOIN_FALLBACK_NEW_SESSION: Note = "cpm-rejoin-fallback-new-session", ["5.2.1.4-B"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.1.4-B";
    let after_refusal = fallbacks(case);
    let all = case.invitations();
    for (at, one) in all.iter().enumerate().filter(|(_, one)| one.purpose == Purpose::AdHoc) {
        // Further hops of such an INVITE are none either.
        if after_refusal.iter().any(|(_, new)| same_user(new.user(), one.user())) {
            continue;
        }
        let earlier = earlier_way_in(&all[..at], one);
        // A refusal may have been lost.
        if let Some(earlier) = earlier.filter(|_| !case.lossy) {
            let what = format!("{} makes the group of an earlier session anew", one.user());
            judge.remark(statement, Severity::Note, one.start_line(), what).also(earlier.id);
        }
    }
}
