use super::object::{judge_latest, same_instant, same_text, text};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Where conference-info says when the subject was set, the group state object says the same time.
    ///
    /// ## Why it matters
    /// The client cannot tell an old name from a new one.
    ///
    /// ## Example
    /// The NOTIFY has `subject-ext` with `timestamp`, the object's `subject` has none: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_SUBJECT_TIMESTAMP: Error = "cpm-store-gso-subject-timestamp", ["5.2.3.2.1-3.e.iii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.e.iii", |object, known| {
        let expected = text(&known.description.as_ref()?.subject_ext.as_ref()?.timestamp)?;
        let subject = object.subject.as_ref()?;
        Some(same_text("timestamp of the subject", &subject.timestamp, expected, &subject.range, same_instant))
    });
}
