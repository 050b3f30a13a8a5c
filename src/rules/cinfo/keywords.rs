use super::recipient::{Recipients, described};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Where ad-hoc groups have a policy, `keywords` names its values to recipients with group data, and nothing else.
    ///
    /// ## Why it matters
    /// Clients offer what the policy forbids, and the focus refuses it.
    ///
    /// ## Example
    /// With `group-policies = ["closed"]` in the profile, a `conference-description` without `<keywords>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3 (Appendix Q); RFC 4575 §5.3
    ///
    /// The values are not in the specification at hand: without `group-policies` in the profile the rule is undecided. The specification
    /// speaks of `keywords` elements; RFC 4575 has one with a list.
    pub CPM_CINFO_KEYWORDS: Error = "cpm-cinfo-keywords", ["9.2.14.3-n-7.c", "9.2.14.3-m-a.iv.b3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (notify, msrp) = ("9.2.14.3-n-7.c", "9.2.14.3-m-a.iv.b3");
    let policies = &case.profile.group_policies;
    let recipients = Recipients::new(case);
    let is_ad_hoc = recipients.ad_hoc_beginning(case).is_some();
    for (document, _, description) in described(case, judge, notify, msrp) {
        if recipients.has_group_data(case, document) != Some(true) {
            continue;
        }
        let statement = document.pick(notify, msrp);
        if policies.is_empty() {
            judge.undecided(statement, "needs group-policies in the profile");
            continue;
        }
        if !is_ad_hoc {
            judge.undecided(statement, "needs the INVITE of an ad-hoc group");
            continue;
        }
        let keywords = description.keywords.as_ref().filter(|keywords| !keywords.value.is_empty());
        let Some(keywords) = keywords else {
            let place = document.at_judged(&description.range);
            judge.fail(statement, place, "ad-hoc groups have a policy, but there are no keywords");
            continue;
        };
        match keywords.value.split_whitespace().find(|word| !policies.iter().any(|policy| policy == word)) {
            None => judge.pass(statement),
            Some(word) => {
                let place = document.at_judged(&keywords.range);
                let finding = judge.fail(statement, place, format!("keywords has {word:?}, which is no policy"));
                finding.expected(policies.join(" ")).found(&keywords.value);
            }
        }
    }
}
