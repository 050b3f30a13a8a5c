use super::last::{LastList, is_asleep};
use crate::rules::invite::answer::{of_focus, refusals_of_focus};
use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::sdp::chatroom::closed_since;
use crate::rules::{Case, Judge, Severity};
use crate::session::Identity;
use crate::timeline::{Cause, State};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// Into a closed session, or one that sleeps, only those are let in who were in it at last: the focus refuses all others
    /// with 403.
    ///
    /// ## Why it matters
    /// Whoever was removed would come back, and read on.
    ///
    /// ## Example
    /// Eve was never in the closed group, and her INVITE to the focus is answered with 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6
    pub CPM_REJOIN_NOT_PARTICIPANT: Error = "cpm-rejoin-not-participant", ["5.2.6-4"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    let statement = "5.2.6-4";
    for answer in of_focus(case).chain(refusals_of_focus(case)) {
        let one = answer.invitation;
        if one.purpose != Purpose::Rejoin || one.leg.caller_anonymous {
            continue;
        }
        if closed_since(case).is_none() && !is_asleep(case, one) {
            continue;
        }
        let Some(last) = LastList::before(case, one) else {
            judge.undecided(statement, "needs the participants of the session before the re-join");
            continue;
        };
        match last.find(one.user()).or_else(|| had_left(case, one.user(), one.id)) {
            Some(false) => judge.pass(statement),
            Some(true) if answer.status < 300 => {
                let what = format!("{} had left the session, and was let in again", one.user());
                judge.remark(statement, Severity::Warning, answer.id, what).also(one.id);
            }
            Some(true) => judge.pass(statement),
            None => {
                let what = || format!("{} was let in, and was no participant", one.user());
                let finding = judge.expect(statement, answer.status >= 300, answer.id, what);
                finding.into_iter().for_each(|finding| _ = finding.expected("403").also(one.id).also(last.message));
            }
        }
    }
}

/// Was the user in the session once and left by itself, so long ago that the documents do not list it any more? `None` for one who was
/// never in, or was sent away.
fn had_left(case: &Case<'_>, uri: &str, before: MessageId) -> Option<bool> {
    let who = case.timeline.participant(&Identity::from_uri(uri).key)?;
    let mut changes = case.timeline.participants[who].timeline.iter().filter(|change| change.at < before);
    let last = changes.rfind(|change| change.state == State::Disconnected)?;
    (last.cause != Some(Cause::Booted)).then_some(true)
}
