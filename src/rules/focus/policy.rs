//! What the focus is to refuse by the policy of its network.

use crate::rules::invite::answer::{Answer, of_focus, refusals_of_focus};
use crate::rules::{Case, Judge, Severity};

/// Judges the answer of the focus to an INVITE that the policy wants refused (`Some(true)`), or not (`Some(false)`); where the profile
/// does not say, `missing` names the key.
pub fn judge_refusal(
    judge: &mut Judge,
    statement: &'static str,
    answer: &Answer<'_, '_>,
    is_refused: Option<bool>,
    missing: &str,
    why: &str,
    status: u16,
) {
    let one = answer.invitation;
    match is_refused {
        None => judge.undecided(statement, format!("needs {missing} in the profile")),
        Some(false) => judge.pass(statement),
        Some(true) if answer.status == status => judge.pass(statement),
        Some(true) if answer.status < 300 => {
            let what = format!("{why}, and the INVITE of {} was answered {}", one.user(), answer.status);
            judge.fail(statement, answer.id, what).expected(status.to_string()).also(one.id);
        }
        Some(true) => {
            let what = format!("{why}, and the INVITE of {} was answered {}", one.user(), answer.status);
            judge.remark(statement, Severity::Note, answer.id, what).expected(status.to_string()).also(one.id);
        }
    }
}

/// The final responses of the focus to clients.
pub fn answers<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = Answer<'c, 'a>> {
    of_focus(case).chain(refusals_of_focus(case))
}
