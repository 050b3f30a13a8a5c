use super::object::{judge_latest, same_text, text};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use std::collections::BTreeSet;

rule! {
    /// ## What it checks
    /// A group state object has the policy of the group: the tokens of `keywords` in conference-info.
    ///
    /// ## Why it matters
    /// The client offers what the group does not allow.
    ///
    /// ## Example
    /// The NOTIFY has `<keywords>closed</keywords>`, the object has no `policy`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_POLICY: Error = "cpm-store-gso-policy", ["5.2.3.2.1-3.h"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.h", |object, known| {
        let expected = text(&known.description.as_ref()?.keywords)?;
        let tokens = |text: &str| text.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
        let is_same = |one: &str, other: &str| tokens(one) == tokens(other);
        Some(same_text("policy", &object.policy, expected, &object.start_tag, is_same))
    });
}
