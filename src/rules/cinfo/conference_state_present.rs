use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A conference-info document has a `conference-state`.
    ///
    /// ## Why it matters
    /// The number of participants stands in it.
    ///
    /// ## Example
    /// `<conference-info …><conference-description/><users/>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.2 to §5.6
    /// After a partial document, which leaves out what did not change, the merged state is judged.
    pub CPM_CINFO_CONFERENCE_STATE_PRESENT: Error = "cpm-cinfo-conference-state-present", ["9.2.14.3-n-8", "9.2.14.3-m-a.v"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-8", "9.2.14.3-m-a.v");
        let Some(info) = document.judged() else {
            if document.info.is_ok() {
                judge.undecided(statement, "needs the full document that a partial one is about");
            }
            continue;
        };
        match &info.conference_state {
            Some(_) => judge.pass(statement),
            None => _ = judge.fail(statement, document.at_root(), "conference-info without conference-state"),
        }
    }
}
