use super::group_data::supports_group_data;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Where the recipient supports group data, `conference-description` has a `subject`; it is empty where the group has none.
    ///
    /// ## Why it matters
    /// The client shows it as the name of the chat.
    ///
    /// ## Example
    /// `<conference-description><maximum-user-count>…`, and both SDPs list the type of group data: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.3
    /// After a partial document the merged state is judged. Supported is what offer and answer of the recipient list in `a=accept-types`; without the SDPs nothing is said.
    pub CPM_CINFO_SUBJECT_PRESENT: Error = "cpm-cinfo-subject-present", ["9.2.14.3-n-7.a", "9.2.14.3-m-a.iv.b1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-7.a", "9.2.14.3-m-a.iv.b1");
        let Some(description) = document.judged().and_then(|info| info.description.as_ref()) else { continue };
        if !supports_group_data(case, document.to()) {
            continue;
        }
        let place = document.at_judged(&description.range);
        judge.expect(statement, description.subject.is_some(), place, || {
            "group data are supported but conference-description has no subject".to_owned()
        });
    }
}
