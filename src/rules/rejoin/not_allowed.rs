use crate::rules::focus::policy::{answers, judge_refusal};
use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Who may not come back to a group by its rules is refused with 403.
    ///
    /// ## Why it matters
    /// Whoever was excluded reads on.
    ///
    /// ## Example
    /// The profile has `rejoin-denied = ["sip:bob@*"]`, and Bob's re-join is answered with 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6
    pub CPM_REJOIN_NOT_ALLOWED: Error = "cpm-rejoin-not-allowed", ["5.2.6-3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for answer in answers(case).filter(|answer| answer.invitation.purpose == Purpose::Rejoin) {
        let is_refused = case.profile.policy.may_rejoin(answer.invitation.user()).map(|may| !may);
        judge_refusal(judge, "5.2.6-3", &answer, is_refused, "policy.rejoin-denied", "the user may not come back", 403);
    }
}
