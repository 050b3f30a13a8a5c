use super::object::{Difference, judge_latest, text};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A group state object has a `subject` where the group has one.
    ///
    /// ## Why it matters
    /// The client shows a group without its name.
    ///
    /// ## Example
    /// The NOTIFY has `<subject>Weekend</subject>`, the object has no `subject`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided. An empty subject may be left out.
    pub CPM_STORE_GSO_SUBJECT: Error = "cpm-store-gso-subject", ["5.2.3.2.1-3.e"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.e", |object, known| {
        let expected = text(&known.description.as_ref()?.subject)?.to_owned();
        let missing = || Difference { range: object.start_tag.clone(), message: "no subject".to_owned(), expected };
        Some(object.subject.as_ref().map(|_| ()).ok_or_else(missing))
    });
}
