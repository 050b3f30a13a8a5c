use super::object::{judge_latest, same_text, text};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Where conference-info says who set the subject, the group state object says so too.
    ///
    /// ## Why it matters
    /// The client cannot show who has renamed the group.
    ///
    /// ## Example
    /// The NOTIFY has `subject-ext` with `participant` Alice, the object's `subject` has none: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_SUBJECT_PARTICIPANT: Error = "cpm-store-gso-subject-participant", ["5.2.3.2.1-3.e.ii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.e.ii", |object, known| {
        let expected = text(&known.description.as_ref()?.subject_ext.as_ref()?.participant)?;
        let subject = object.subject.as_ref()?;
        let range = &subject.range;
        Some(same_text("participant of the subject", &subject.participant, expected, range, |one, other| one == other))
    });
}
