use super::policy::{answers, judge_refusal};
use crate::rules::invite::invitation::{Icsi, Purpose, icsi};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A focus that does not serve the service which an INVITE asks for refuses it with 403.
    ///
    /// ## Why it matters
    /// A client that is let in expects what the focus does not do.
    ///
    /// ## Example
    /// The profile has `serves-cpm = false`, and an INVITE with the ICSI of CPM sessions is answered with 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5
    pub CPM_FOCUS_REJECT_FEATURE_TAG: Error = "cpm-focus-reject-feature-tag", ["5.2.5-0"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let is_refused = case.profile.policy.serves_cpm.map(|serves| !serves);
    for answer in answers(case).filter(|answer| answer.invitation.purpose != Purpose::Rejoin) {
        let values = answer.invitation.values(Name::AcceptContact);
        if icsi(values.iter().map(String::as_str), true) == Icsi::Missing {
            continue;
        }
        judge_refusal(judge, "5.2.5-0", &answer, is_refused, "policy.serves-cpm", "the focus does not serve CPM", 403);
    }
}
