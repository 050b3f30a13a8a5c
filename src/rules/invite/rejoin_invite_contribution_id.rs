use super::rejoin::judge_repeated;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// Who comes back to a group repeats its Contribution-ID.
    ///
    /// ## Why it matters
    /// The focus refuses it, or the message store files what follows under another session.
    ///
    /// ## Example
    /// The group has `Contribution-ID: X`, and the re-join INVITE `Contribution-ID: Y`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.4, Appendix C
    /// The value of the group is that of the INVITE that made it, or of the invitation of this user; where neither was captured, that of the 200.
    pub CPM_REJOIN_INVITE_CONTRIBUTION_ID: Error = "cpm-rejoin-invite-contribution-id", ["5.2.1.4-9"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_repeated(case, judge, "5.2.1.4-9", Name::ContributionId, "Contribution-ID");
}
