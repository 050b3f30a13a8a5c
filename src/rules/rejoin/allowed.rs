use super::last::{LastList, is_asleep};
use crate::rules::focus::farewell::{farewell, is_gone};
use crate::rules::invite::answer::{of_focus, refusals_of_focus};
use crate::rules::invite::invitation::{Invitation, Purpose};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// Whoever was in a session at last, and knows its Conversation-ID, is let in again: the focus answers neither 403 nor
    /// 404.
    ///
    /// ## Why it matters
    /// The user cannot write to a group that is on the screen.
    ///
    /// ## Example
    /// Bob was in the group when it fell asleep, and his INVITE to the focus is answered with 403: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2, 5.2.6
    pub CPM_REJOIN_ALLOWED_FOR_LAST_PARTICIPANT: Error = "cpm-rejoin-allowed-for-last-participant", ["5.2-4.b", "5.2.6-7"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for answer in of_focus(case).chain(refusals_of_focus(case)) {
        let one = answer.invitation;
        if one.purpose != Purpose::Rejoin {
            continue;
        }
        let Some(last) = LastList::before(case, one) else {
            judge.undecided("5.2.6-7", "needs the participants of the session before the re-join");
            continue;
        };
        // Who has left, was sent away for good, or does not know the conversation, may be refused.
        let knows = one.value(Name::ConversationId).is_some()
            && one.value(Name::ConversationId) == case.session.conversation_id;
        if last.find(one.user()) != Some(false) || !knows || is_told_gone(case, one) {
            continue;
        }
        // A session that sleeps, answered with 404, is for the rule on the cause 480.
        if answer.status == 404 && farewell(case, one).is_some_and(|(_, cause)| cause == 480) {
            continue;
        }
        let begins_late = case.invitations().first().is_some_and(|first| first.purpose == Purpose::Rejoin);
        let lacks_calls = !case.session.bare_msrp.is_empty() || case.legs().any(|(_, leg)| leg.invited.is_none());
        let is_late = begins_late || lacks_calls;
        if answer.status == 404 && is_late {
            judge.undecided("5.2.6-7", "needs the capture from the beginning of the session");
            continue;
        }
        let kept = !matches!(answer.status, 403 | 404);
        if !kept && case.lossy {
            judge.undecided("5.2.6-7", "needs what may be missing between the list and the re-join");
            continue;
        }
        let what =
            || format!("{} was in the session at last, and its re-join was answered {}", one.user(), answer.status);
        let finding = judge.expect("5.2.6-7", kept, answer.id, what);
        finding.into_iter().for_each(|finding| _ = finding.also(one.id).also(last.message));
        if is_asleep(case, one) {
            judge.same("5.2-4.b", kept);
        }
    }
}

/// Was it told that the session is over for good, or had it to find that out by itself?
fn is_told_gone(case: &Case<'_>, rejoin: &Invitation<'_>) -> bool {
    farewell(case, rejoin).is_some_and(|(_, cause)| cause == 410) || is_gone(case, rejoin)
}
