use super::object::{Difference, judge_latest};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A group state object has an `icon` where the conference-info of the group has one.
    ///
    /// ## Why it matters
    /// The client shows a group without its picture.
    ///
    /// ## Example
    /// The NOTIFY has `cpm:icon`, the object has no `icon`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_ICON: Error = "cpm-store-gso-icon", ["5.2.3.2.1-3.f"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.f", |object, known| {
        known.description.as_ref()?.icon.as_ref()?;
        let range = object.start_tag.clone();
        let missing = || Difference { range, message: "no icon".to_owned(), expected: "icon".to_owned() };
        Some(object.icon.as_ref().map(|_| ()).ok_or_else(missing))
    });
}
