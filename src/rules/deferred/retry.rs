use super::away::refusal;
use super::original::deferred;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// When a deferred INVITE is refused with anything but 603, its participating function may try again. A note says whether
    /// it did.
    ///
    /// ## Why it matters
    /// A tester wants to see how often a client is called.
    ///
    /// ## Example
    /// The client answers 480, and a minute later is invited again: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1
    pub CPM_DEFERRED_RETRY_AFTER_ERROR: Note = "cpm-deferred-retry-after-error", ["5.2.3.4.1.1-c.2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-c.2";
    for one in deferred(case) {
        let Some((refused, status)) = refusal(one.invite.leg).filter(|(_, status)| *status != 603) else { continue };
        let again =
            deferred(case).any(|other| other.invite.id > refused && std::ptr::eq(other.lost.client, one.lost.client));
        let what = if again { "is tried again" } else { "is not tried again" };
        let what = format!("the deferred INVITE to {} was answered with {status}, and {what}", one.invite.user());
        judge.remark(statement, Severity::Note, refused, what).also(one.invite.id);
    }
}
