use super::invitation::{Clauses, Invitation, added_by, originating};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::session::Identity;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// An anonymous INVITE has `Privacy: id`, and so have the invitations that follow from it.
    ///
    /// ## Why it matters
    /// Without it the network hands the asserted identity on to everybody.
    ///
    /// ## Example
    /// From `sip:anonymous@anonymous.invalid` and no Privacy header: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.3, 7.2.3; RFC 3323, RFC 3325 §9.3
    /// That a user wants to be anonymous is seen by the From. `Privacy: id` of the focus that nobody asked for is a note.
    pub CPM_INVITE_PRIVACY_ID: Error = "cpm-invite-privacy-id", ["5.2.1.1-7", "5.2.1.2-6", "5.2.1.3-7", "5.2.1.4-7", "5.2.3-7", "7.2.3-7"], check;
}

const CLAUSES: Clauses = Clauses {
    invitation: Some("7.2.3-7"),
    ..Clauses::of_clients(["5.2.1.1-7", "5.2.1.2-6", "5.2.1.3-7", "5.2.1.4-7", "5.2.3-7"])
};

fn check(case: &Case<'_>, judge: &mut Judge) {
    let all = case.invitations();
    for one in all {
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let origin = originating(all, one.id).filter(|_| one.is_from_focus());
        let is_wanted = match origin {
            Some(origin) => asks(origin) && added_by(case, one).is_none(),
            None => {
                !one.is_from_focus()
                    && Identity::of_header(&one.message, Name::From).is_some_and(|from| from.is_anonymous())
            }
        };
        let place = one.place(Name::Privacy);
        match (is_wanted, asks(one)) {
            (true, true) => judge.pass(statement),
            (true, false) => {
                let found = one.value(Name::Privacy).unwrap_or_else(|| "missing".to_owned());
                let message = format!("anonymous INVITE lacks id in Privacy: {found}");
                judge.fail(statement, place, message).expected("Privacy: id");
            }
            (false, true) if origin.is_some() => {
                let message = format!("INVITE to {} has Privacy: id, which nobody asked for", one.user());
                judge.remark(statement, Severity::Note, place, message);
            }
            _ => {}
        }
    }
}

fn asks(one: &Invitation<'_>) -> bool {
    let values = one.values(Name::Privacy);
    values.iter().flat_map(|value| value.split([';', ','])).any(|token| token.trim().eq_ignore_ascii_case("id"))
}
