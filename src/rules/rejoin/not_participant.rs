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

fn check(case: &Case<'_>, judge: &mut Judge) {
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
        match last.find(one.user()).map_or_else(|| earlier(case, one.user(), one.id), Standing::Listed) {
            Standing::Listed(false) => judge.pass(statement),
            Standing::Listed(true) if answer.status < 300 => {
                let what = format!("{} had left the session, and was let in again", one.user());
                judge.remark(statement, Severity::Warning, answer.id, what).also(one.id);
            }
            Standing::Listed(true) => judge.pass(statement),
            Standing::Unknown => judge.undecided(statement, "needs how the user left the session"),
            Standing::Stranger => {
                let what = || format!("{} was let in, and was no participant", one.user());
                let finding = judge.expect(statement, answer.status >= 300, answer.id, what);
                finding.into_iter().for_each(|finding| _ = finding.expected("403").also(one.id).also(last.message));
            }
        }
    }
}

/// What somebody who comes back was in the session.
enum Standing {
    /// A participant; one that had left by itself?
    Listed(bool),
    /// One whose end was not captured.
    Unknown,
    /// Never in, or sent away.
    Stranger,
}

/// Who is not listed any more may have been in once.
fn earlier(case: &Case<'_>, uri: &str, before: MessageId) -> Standing {
    let Some(who) = case.timeline.participant(&Identity::from_uri(uri).key) else { return Standing::Stranger };
    let mut changes = case.timeline.participants[who].timeline.iter().filter(|change| change.at < before);
    match changes.rfind(|change| change.state == State::Disconnected).map(|change| change.cause) {
        None | Some(Some(Cause::Booted)) => Standing::Stranger,
        Some(Some(Cause::Departed)) => Standing::Listed(true),
        Some(Some(_)) => Standing::Listed(false),
        Some(None) => Standing::Unknown,
    }
}
