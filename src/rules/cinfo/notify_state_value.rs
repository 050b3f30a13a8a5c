use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// The `state` of the root and of `users` in a NOTIFY is `full` or `partial`, if it is there.
    ///
    /// ## Why it matters
    /// A client does not know what to do with a document of any other state, and drops it.
    ///
    /// ## Example
    /// `<conference-info state="complete" …>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §4.4, §5.2
    pub CPM_CINFO_NOTIFY_STATE_VALUE: Warning = "cpm-cinfo-notify-state-value", ["9.2.14.3-n-5", "9.2.14.3-n-9.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| document.is_notify()) {
        let Ok(info) = &document.info else { continue };
        let users = info.users.as_ref().and_then(|users| users.state.as_ref());
        for (statement, what, state) in
            [("9.2.14.3-n-5", "root", info.state.as_ref()), ("9.2.14.3-n-9.a", "users", users)]
        {
            let Some(state) = state else { continue };
            // A full element has full children only (RFC 4575 §4.4).
            if what == "users" && document.is_full() && matches!(state.as_str(), "partial" | "deleted") {
                let message = format!("users has state={:?} in a full document", state.value);
                judge.fail(statement, document.at(&state.range), message).severity(Severity::Error).expected("full");
                continue;
            }
            match state.as_str() {
                "full" | "partial" => judge.pass(statement),
                // RFC 4575 knows it, the profile of CPM does not.
                "deleted" => {
                    _ = judge.fail(statement, document.at(&state.range), format!("{what} has state=\"deleted\""))
                }
                other => {
                    judge
                        .fail(statement, document.at(&state.range), format!("{what} has state={other:?}"))
                        .severity(Severity::Error)
                        .expected("full or partial");
                }
            }
        }
    }
}
