use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A conference-info document over MSRP has no `state` on its root and none on `users`.
    ///
    /// ## Why it matters
    /// Over MSRP each document is the complete state. A client that finds `state` may take the document for a partial one and merge it.
    ///
    /// ## Example
    /// `<conference-info state="full" …>` in a SEND: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §4.4
    pub CPM_CINFO_MSRP_NO_STATE: Error = "cpm-cinfo-msrp-no-state", ["9.2.14.3-m-a.ii", "9.2.14.3-m-a.vi.b1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_notify()) {
        let Ok(info) = &document.info else { continue };
        match &info.state {
            Some(state) => {
                judge
                    .fail(
                        "9.2.14.3-m-a.ii",
                        document.at(&state.range),
                        format!("root of a conference-info over MSRP has state={:?}", state.value),
                    )
                    .expected("no state");
            }
            None => judge.pass("9.2.14.3-m-a.ii"),
        }
        let Some(users) = &info.users else { continue };
        match &users.state {
            Some(state) => {
                judge
                    .fail(
                        "9.2.14.3-m-a.vi.b1",
                        document.at(&state.range),
                        format!("users of a conference-info over MSRP has state={:?}", state.value),
                    )
                    .expected("no state");
            }
            None => judge.pass("9.2.14.3-m-a.vi.b1"),
        }
    }
}
