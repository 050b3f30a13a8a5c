use super::object::{Difference, judge_latest, text};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Where the group has no picture, the `icon` of a group state object names none.
    ///
    /// ## Why it matters
    /// The client shows a picture that was taken away.
    ///
    /// ## Example
    /// The NOTIFY has `<cpm:icon/>`, the object `<icon-uri>https://…/1.png`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_ICON_SOURCE_EMPTY: Error = "cpm-store-gso-icon-source-empty", ["5.2.3.2.1-3.f.i-empty"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.f.i-empty", |object, known| {
        let icon = known.description.as_ref()?.icon.as_ref()?;
        if text(&icon.icon_uri).or(text(&icon.file_info)).is_some() {
            return None;
        }
        let Some(source) = &object.icon.as_ref()?.source else { return Some(Ok(())) };
        let message = format!("the icon has a source, {}", source.as_str());
        Some(Err(Difference { range: source.range.clone(), message, expected: "no source".to_owned() }))
    });
}
