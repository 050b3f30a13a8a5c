use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::session::Direction;

rule! {
    /// ## What it checks
    /// A participating function may accept for a client that does not answer, and deliver later. A note says that it did.
    ///
    /// ## Why it matters
    /// In the conference the user is listed as connected, though it has seen nothing yet.
    ///
    /// ## Example
    /// The INVITE to Carol's client is answered with 480, and her function answers the focus with 200: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2
    pub CPM_DEFERRED_SESSION_MAY_DEFER: Note = "cpm-deferred-session-may-defer", ["5.2-13"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-13";
    for hop in case.hops().iter().filter(|hop| hop.network.direction == Direction::FocusToClient) {
        let Some((accepted, 200..=299)) = hop.network.answered else { continue };
        match hop.client.answered {
            Some((refused, status @ (408 | 480 | 487 | 503))) => {
                let what =
                    format!("the INVITE to {} came to {status}, and its function defers the session", hop.user());
                judge.remark(statement, Severity::Note, accepted, what).also(refused);
            }
            _ => judge.pass(statement),
        }
    }
}
