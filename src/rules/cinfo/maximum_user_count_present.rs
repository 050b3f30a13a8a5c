use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The `conference-description` has a `maximum-user-count`.
    ///
    /// ## Why it matters
    /// Clients decide by it whether somebody can still be added.
    ///
    /// ## Example
    /// `<conference-description><subject>Trip</subject></conference-description>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.2 to §5.6
    /// After a partial document, which leaves out what did not change, the merged state is judged.
    pub CPM_CINFO_MAXIMUM_USER_COUNT_PRESENT: Error = "cpm-cinfo-maximum-user-count-present", ["9.2.14.3-n-7.e", "9.2.14.3-m-a.iv.b5"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-7.e", "9.2.14.3-m-a.iv.b5");
        let Some(info) = document.judged() else {
            if document.info.is_ok() {
                judge.undecided(statement, "needs the full document that a partial one is about");
            }
            continue;
        };
        let Some(description) = &info.description else { continue };
        match &description.maximum_user_count {
            Some(count) if count.to_u32().is_some_and(|count| count > 0) => judge.pass(statement),
            Some(count) => {
                judge
                    .fail(
                        statement,
                        document.at_judged(&count.range),
                        format!("maximum-user-count is {:?}", count.value),
                    )
                    .expected("a number above 0");
            }
            None => {
                _ = judge.fail(
                    statement,
                    document.at_judged(&description.range),
                    "conference-description without maximum-user-count",
                )
            }
        }
    }
}
