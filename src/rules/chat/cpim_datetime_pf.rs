use super::dated::{is_of_function, odd_times};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Behind the participating function of its sender, every chat message has one DateTime, of RFC 3339.
    ///
    /// ## Why it matters
    /// Clients sort the conversation by it.
    ///
    /// ## Example
    /// The copy that Bob gets has no DateTime: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2; RFC 3862 §4.4
    ///
    /// The leg on which the client itself writes is not judged: its function puts the time in.
    pub CPM_MSRP_CPIM_DATETIME: Error = "cpm-msrp-cpim-datetime", ["5.2-11.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-11.a";
    let mut is_kept = true;
    for one in odd_times(case).into_iter().filter(|one| !one.is_imdn && is_of_function(case, &one.sent)) {
        is_kept = false;
        judge.fail(statement, one.sent.transfer.first, format!("the copy of a chat message has {}", one.what));
    }
    if is_kept && !case.timeline.messages.is_empty() && case.is_group() {
        judge.pass(statement);
    }
}
