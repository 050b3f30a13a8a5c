use super::policy::{answers, judge_refusal};
use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Who may not make or join groups is refused with 403.
    ///
    /// ## Why it matters
    /// Groups cost money, or are not for everybody.
    ///
    /// ## Example
    /// The profile has `refused-originators = ["sip:alice@*"]`, and Alice's INVITE is answered with 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5
    pub CPM_FOCUS_REJECT_ORIGINATOR: Error = "cpm-focus-reject-originator", ["5.2.5-1", "5.2.5-6.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for answer in answers(case) {
        let one = answer.invitation;
        let statement = match one.purpose {
            Purpose::Rejoin => continue,
            Purpose::PreDefined | Purpose::JoinIn => "5.2.5-6.c",
            _ => "5.2.5-1",
        };
        let is_refused = case.profile.policy.may_originate(one.user()).map(|may| !may);
        judge_refusal(
            judge,
            statement,
            &answer,
            is_refused,
            "policy.refused-originators",
            "the originator is not authorised",
            403,
        );
    }
}
