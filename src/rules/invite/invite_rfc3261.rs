use super::form::of_invite;
use super::invitation::Clauses;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// An INVITE that makes or enters a group session has what every INVITE has: To, From, Call-ID, CSeq, Max-Forwards, Via
    /// and Contact, each well-formed, and the first five once.
    ///
    /// ## Why it matters
    /// Servers refuse what they cannot route, or lose the dialog that it makes.
    ///
    /// ## Example
    /// An INVITE without Contact: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.3, 7.2.3; RFC 3261 §8.1.1
    pub CPM_INVITE_RFC3261: Error = "cpm-invite-rfc3261", ["5.2.1.1-0.d", "5.2.1.2-0", "5.2.1.3-0", "5.2.1.4-0", "5.2.3-0.c", "7.2.3-1"], check;
}

const CLAUSES: Clauses = Clauses {
    invitation: Some("7.2.3-1"),
    ..Clauses::of_clients(["5.2.1.1-0.d", "5.2.1.2-0", "5.2.1.3-0", "5.2.1.4-0", "5.2.3-0.c"])
};

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations() {
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let wrong = of_invite(&one.message);
        let what = || format!("the INVITE is not well-formed: {}", wrong.as_deref().unwrap_or_default());
        judge.expect(statement, wrong.is_none(), one.start_line(), what);
    }
}
