use super::object::{judge_latest, same_text, text};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A group state object has the `max-user-count` that conference-info gives as `maximum-user-count`.
    ///
    /// ## Why it matters
    /// The client offers to add more people than the group takes.
    ///
    /// ## Example
    /// The NOTIFY has `<maximum-user-count>100`, the object `max-user-count="10"`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_MAX_USER_COUNT: Error = "cpm-store-gso-max-user-count", ["5.2.3.2.1-3.g"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.g", |object, known| {
        let expected = text(&known.description.as_ref()?.maximum_user_count)?;
        let is_same = |one: &str, other: &str| one.parse::<u32>().ok() == other.parse().ok();
        Some(same_text("max-user-count", &object.max_user_count, expected, &object.start_tag, is_same))
    });
}
