use super::recipient::{Recipients, described};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Where the recipient has group data, `conference-description` has one `icon`, in whatever namespace.
    ///
    /// ## Why it matters
    /// Without the element a client cannot tell a group without icon from a focus that does not tell of icons, and keeps an old picture.
    ///
    /// ## Example
    /// ```xml
    /// <conference-description><subject>Trip</subject><maximum-user-count>9</maximum-user-count></conference-description>   <!-- broken -->
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3 (Appendix P.2)
    ///
    /// The verb of the sentence is missing in the specification, therefore a warning.
    pub CPM_CINFO_ICON_PRESENT: Warning = "cpm-cinfo-icon-present", ["9.2.14.3-n-7.f", "9.2.14.3-m-a.iv.b6"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (notify, msrp) = ("9.2.14.3-n-7.f", "9.2.14.3-m-a.iv.b6");
    let recipients = Recipients::new(case);
    for (document, _, description) in described(case, judge, notify, msrp) {
        if recipients.has_group_data(case, document) != Some(true) {
            continue;
        }
        let statement = document.pick(notify, msrp);
        let again = description.extras.iter().find(|extra| !extra.attribute && extra.name == "icon");
        if description.icon.is_none() {
            let place = document.at_judged(&description.range);
            judge.fail(statement, place, "group data are supported, but conference-description has no icon");
        } else if let Some(again) = again {
            judge.fail(statement, document.at(&again.range), "conference-description has more than one icon");
        } else {
            judge.pass(statement);
        }
    }
}
