//! What somebody who comes back to a group has to repeat (5.2.1.4).

use super::invitation::{Invitation, Purpose, originating};
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

/// Judges a header that the re-join INVITEs repeat from the session; `written` is its name.
pub fn judge_repeated(case: &Case<'_>, judge: &mut Judge, statement: &'static str, name: Name, written: &str) {
    let all = case.invitations();
    for one in all.iter().filter(|one| one.purpose == Purpose::Rejoin) {
        let values = one.values(name);
        let place = one.place(name);
        let [value] = values.as_slice() else {
            let what = if values.is_empty() { "missing" } else { "repeated" };
            judge.fail(statement, place, format!("{written} of the re-join INVITE is {what}"));
            continue;
        };
        let Some(expected) = of_session(case, all, one, name) else {
            judge.undecided(statement, "needs the session before the re-join");
            continue;
        };
        let message = || format!("{written} {value} of the re-join INVITE is not that of the group session");
        let finding = judge.expect(statement, *value == expected, place, message);
        finding.into_iter().for_each(|finding| _ = finding.expected(&expected).found(value));
    }
}

/// The value that this header has in the session that somebody comes back to: as its user was invited, else as the INVITE that
/// made it says, else as the 200 says.
fn of_session(case: &Case<'_>, all: &[Invitation<'_>], rejoin: &Invitation<'_>, name: Name) -> Option<String> {
    let mut before = all.iter().filter(|one| one.id < rejoin.id && one.purpose != Purpose::Rejoin);
    let invited = before.rfind(|one| one.is_from_focus() && !one.is_deferred(case)).and_then(|one| one.value(name));
    let made = || originating(all, rejoin.id).and_then(|one| one.agreed_value(case, name));
    let answered = || {
        let (answer, 200..=299) = rejoin.leg.answered? else { return None };
        case.sip(answer)?.header(name).map(|value| value.trim().to_owned())
    };
    invited.or_else(made).or_else(answered)
}
