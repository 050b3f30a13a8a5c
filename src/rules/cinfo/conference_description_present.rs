use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A conference-info document has a `conference-description`.
    ///
    /// ## Why it matters
    /// Subject, icon and the limit of participants stand in it.
    ///
    /// ## Example
    /// `<conference-info …><conference-state>…`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.2 to §5.6
    /// After a partial document, which leaves out what did not change, the merged state is judged.
    pub CPM_CINFO_CONFERENCE_DESCRIPTION_PRESENT: Error = "cpm-cinfo-conference-description-present", ["9.2.14.3-n-7", "9.2.14.3-m-a.iv"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-7", "9.2.14.3-m-a.iv");
        let Some(info) = document.judged() else {
            if document.info.is_ok() {
                judge.undecided(statement, "needs the full document that a partial one is about");
            }
            continue;
        };
        match &info.description {
            Some(_) => judge.pass(statement),
            None => _ = judge.fail(statement, document.at_root(), "conference-info without conference-description"),
        }
    }
}
