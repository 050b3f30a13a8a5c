use super::recipient::{Recipients, described};
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
    /// After a partial document the merged state is judged. Supported is what offer and answer of the recipient list in `a=accept-types`; without the SDPs it is undecided.
    pub CPM_CINFO_SUBJECT_PRESENT: Error = "cpm-cinfo-subject-present", ["9.2.14.3-n-7.a", "9.2.14.3-m-a.iv.b1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (notify, msrp) = ("9.2.14.3-n-7.a", "9.2.14.3-m-a.iv.b1");
    let recipients = Recipients::new(case);
    for (document, _, description) in described(case, judge, notify, msrp) {
        let statement = document.pick(notify, msrp);
        match recipients.has_group_data(case, document) {
            Some(true) => {
                let place = document.at_judged(&description.range);
                judge.expect(statement, description.subject.is_some(), place, || {
                    "group data are supported but conference-description has no subject".to_owned()
                });
            }
            Some(false) => {}
            None => judge.undecided(statement, "needs offer and answer of the recipient"),
        }
    }
}
