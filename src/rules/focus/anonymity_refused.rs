use super::policy::{answers, judge_refusal};
use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// Where groups may not have anonymous participants, the focus refuses with 403 an INVITE with `Privacy: id`.
    ///
    /// ## Why it matters
    /// The others see a name that is none, against the rules of their network.
    ///
    /// ## Example
    /// The profile has `anonymity = false`, and an INVITE with `Privacy: id` is answered with 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.3, 5.2.1.4, 5.2.5; RFC 3325 §9.3
    pub CPM_FOCUS_ANONYMITY_REFUSED: Error = "cpm-focus-anonymity-refused", ["5.2.1.3-7-note", "5.2.1.4-7-note", "5.2.5-5.a", "5.2.5-6.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let is_refused = case.profile.policy.anonymity.map(|is_allowed| !is_allowed);
    for answer in answers(case) {
        let one = answer.invitation;
        let asks = one
            .values(Name::Privacy)
            .iter()
            .any(|value| value.split([';', ',']).any(|token| token.trim().eq_ignore_ascii_case("id")));
        let statement = match one.purpose {
            _ if !asks => continue,
            Purpose::Rejoin => "5.2.1.4-7-note",
            Purpose::JoinIn => "5.2.1.3-7-note",
            Purpose::PreDefined => "5.2.5-6.b",
            _ => "5.2.5-5.a",
        };
        judge_refusal(judge, statement, &answer, is_refused, "policy.anonymity", "anonymity is not allowed", 403);
    }
}
