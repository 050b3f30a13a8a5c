use super::fallback::fallbacks;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A client that makes the group anew, because its re-join was refused, keeps the Contribution-ID.
    ///
    /// ## Why it matters
    /// The messages of before and after are one contribution; with another one they fall apart.
    ///
    /// ## Example
    /// The re-join has `Contribution-ID: 65d2…` and is answered with 404; the INVITE to the factory that follows has another
    /// one: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.4
    ///
    /// The procedure for ad-hoc groups asks for a new Contribution-ID; this one, which refers to it, does not.
    pub CPM_REJOIN_FALLBACK_CONTRIBUTION_ID: Error = "cpm-rejoin-fallback-contribution-id", ["5.2.1.4-err-iii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.1.4-err-iii";
    for (refused, new) in fallbacks(case) {
        let (Some(expected), found) = (refused.value(Name::ContributionId), new.value(Name::ContributionId)) else {
            continue;
        };
        let kept = found.as_ref() == Some(&expected);
        let shown = found.unwrap_or_else(|| "none".to_owned());
        let what = || format!("Contribution-ID {shown} of the new group is not that of the refused re-join");
        let finding = judge.expect(statement, kept, new.place(Name::ContributionId), what);
        finding.into_iter().for_each(|finding| _ = finding.expected(&expected).found(&shown).also(refused.id));
    }
}
