use super::object::{judge_latest, same_text, text};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The `text` in the `subject` of a group state object is the subject of the group.
    ///
    /// ## Why it matters
    /// The client shows a name that the group does not have.
    ///
    /// ## Example
    /// The group is called `Weekend`, the object has `<text>Holidays</text>`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_SUBJECT_TEXT: Error = "cpm-store-gso-subject-text", ["5.2.3.2.1-3.e.i"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.e.i", |object, known| {
        let expected = text(&known.description.as_ref()?.subject)?;
        let subject = object.subject.as_ref()?;
        Some(same_text("text of the subject", &subject.text, expected, &subject.range, |one, other| one == other))
    });
}
