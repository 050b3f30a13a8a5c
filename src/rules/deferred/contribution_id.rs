use super::original::judge_id;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A deferred INVITE has the Contribution-ID of the session whose messages it delivers.
    ///
    /// ## Why it matters
    /// The client takes the messages for those of another group.
    ///
    /// ## Example
    /// The session has Contribution-ID `abc`, the deferred INVITE `def`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1
    pub CPM_DEFERRED_INVITE_CONTRIBUTION_ID: Error = "cpm-deferred-invite-contribution-id", ["5.2.3.4.1.1-a.i-contribution"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_id(case, judge, "5.2.3.4.1.1-a.i-contribution", Name::ContributionId, "Contribution-ID");
}
