use super::object::{judge_latest, same_text, text};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Where conference-info says who chose the picture, the group state object says so too.
    ///
    /// ## Why it matters
    /// The client cannot show who has changed the picture.
    ///
    /// ## Example
    /// The NOTIFY has `participant` Alice in `cpm:icon`, the object's `icon` has none: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_ICON_PARTICIPANT: Error = "cpm-store-gso-icon-participant", ["5.2.3.2.1-3.f.ii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.f.ii", |object, known| {
        let expected = text(&known.description.as_ref()?.icon.as_ref()?.participant)?;
        let own = object.icon.as_ref()?;
        Some(same_text("participant of the icon", &own.participant, expected, &own.range, |one, other| one == other))
    });
}
