use super::policy::{answers, judge_refusal};
use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A pre-defined group that is not one for CPM is answered with 404.
    ///
    /// ## Why it matters
    /// The client would get a session that the group's rules do not know.
    ///
    /// ## Example
    /// The profile has `unsupported-groups = ["sip:club@*"]`, and an INVITE to `sip:club@groups.example.com` is answered with
    /// 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5
    pub CPM_FOCUS_PREDEFINED_UNSUPPORTED: Error = "cpm-focus-predefined-unsupported", ["5.2.5-6.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for answer in answers(case) {
        let one = answer.invitation;
        let (Purpose::PreDefined | Purpose::JoinIn, Some(called)) = (one.purpose, one.leg.request_uri.as_ref()) else {
            continue;
        };
        let is_refused = case.profile.policy.supports(&called.uri).map(|supports| !supports);
        let missing = "policy.unsupported-groups";
        judge_refusal(judge, "5.2.5-6.a", &answer, is_refused, missing, "the group is not one for CPM", 404);
    }
}
