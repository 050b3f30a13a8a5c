use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The `conference-state` has a `user-count`.
    ///
    /// ## Why it matters
    /// Clients show it as the size of the group.
    ///
    /// ## Example
    /// `<conference-state/>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.2 to §5.6
    /// After a partial document, which leaves out what did not change, the merged state is judged.
    pub CPM_CINFO_USER_COUNT_PRESENT: Error = "cpm-cinfo-user-count-present", ["9.2.14.3-n-8.a", "9.2.14.3-m-a.v.b1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-8.a", "9.2.14.3-m-a.v.b1");
        let Some(info) = document.judged() else {
            if document.info.is_ok() {
                judge.undecided(statement, "needs the full document that a partial one is about");
            }
            continue;
        };
        let Some(state) = &info.conference_state else { continue };
        match &state.user_count {
            Some(count) if count.to_u32().is_some() => judge.pass(statement),
            Some(count) => {
                judge
                    .fail(statement, document.at_judged(&count.range), format!("user-count is {:?}", count.value))
                    .expected("a number");
            }
            None => _ = judge.fail(statement, document.at_judged(&state.range), "conference-state without user-count"),
        }
    }
}
