use super::object::{judge_latest, same_text, text};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The `icon` of a group state object names the picture that conference-info names.
    ///
    /// ## Why it matters
    /// The client shows another picture, or none.
    ///
    /// ## Example
    /// The NOTIFY has `<cpm:icon-uri>https://…/2.png`, the object `<icon-uri>https://…/1.png`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_ICON_SOURCE: Error = "cpm-store-gso-icon-source", ["5.2.3.2.1-3.f.i-source"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.f.i-source", |object, known| {
        let icon = known.description.as_ref()?.icon.as_ref()?;
        let expected = text(&icon.icon_uri).or(text(&icon.file_info))?;
        let own = object.icon.as_ref()?;
        Some(same_text("source of the icon", &own.source, expected, &own.range, |one, other| one == other))
    });
}
