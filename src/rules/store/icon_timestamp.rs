use super::object::{judge_latest, same_instant, same_text, text};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Where conference-info says when the picture was chosen, the group state object says the same time.
    ///
    /// ## Why it matters
    /// The client cannot tell an old picture from a new one.
    ///
    /// ## Example
    /// The NOTIFY has `timestamp` in `cpm:icon`, the object's `icon` has none: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_ICON_TIMESTAMP: Error = "cpm-store-gso-icon-timestamp", ["5.2.3.2.1-3.f.iii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.f.iii", |object, known| {
        let expected = text(&known.description.as_ref()?.icon.as_ref()?.timestamp)?;
        let own = object.icon.as_ref()?;
        Some(same_text("timestamp of the icon", &own.timestamp, expected, &own.range, same_instant))
    });
}
