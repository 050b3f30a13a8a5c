use super::dated::{is_of_function, odd_times};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Behind the participating function of its sender, the envelope of every notification has one DateTime, of RFC 3339.
    ///
    /// ## Why it matters
    /// Clients tell by it when the message was read.
    ///
    /// ## Example
    /// The notification that Alice gets has no DateTime: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2; RFC 3862 §4.4
    pub CPM_MSRP_IMDN_CPIM_DATETIME: Error = "cpm-msrp-imdn-cpim-datetime", ["5.2-11.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-11.b";
    let mut is_kept = true;
    for one in odd_times(case).into_iter().filter(|one| one.is_imdn && is_of_function(case, &one.sent)) {
        is_kept = false;
        judge.fail(statement, one.sent.transfer.first, format!("the envelope of a notification has {}", one.what));
    }
    if is_kept
        && case.timeline.messages.iter().any(|message| message.copies.iter().any(|copy| copy.delivered.is_some()))
        && case.is_group()
    {
        judge.pass(statement);
    }
}
