use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A conference-info document has `users`.
    ///
    /// ## Why it matters
    /// It is the list of participants.
    ///
    /// ## Example
    /// `<conference-info …><conference-state/></conference-info>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.2 to §5.6
    /// After a partial document, which leaves out what did not change, the merged state is judged.
    pub CPM_CINFO_USERS_PRESENT: Error = "cpm-cinfo-users-present", ["9.2.14.3-n-9", "9.2.14.3-m-a.vi"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-9", "9.2.14.3-m-a.vi");
        let Some(info) = document.judged() else {
            if document.info.is_ok() {
                judge.undecided(statement, "needs the full document that a partial one is about");
            }
            continue;
        };
        match &info.users {
            Some(_) => judge.pass(statement),
            None => _ = judge.fail(statement, document.at_root(), "conference-info without users"),
        }
    }
}
