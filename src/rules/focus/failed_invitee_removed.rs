use crate::rules::case::SETTLED_SECONDS;
use crate::rules::invite::answer::refusals_of_clients;
use crate::rules::invite::invitation::same_user;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::timeline::State;
use crate::wire::conference_info::EndpointStatus;

rule! {
    /// ## What it checks
    /// Who has refused an invitation is no participant: no document lists that user as connected or pending any more.
    ///
    /// ## Why it matters
    /// The others wait for somebody who has said no.
    ///
    /// ## Example
    /// Carol answers 486, and ten seconds later a document has her as `pending`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5, 7.2.3
    pub CPM_FOCUS_FAILED_INVITEE_REMOVED: Error = "cpm-focus-failed-invitee-removed", ["5.2.5-9.i"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-9.i";
    for refusal in refusals_of_clients(case) {
        let one = refusal.invitation;
        // From the refusal to the next time that the same user is called or calls.
        let again = case.invitations().iter().find(|other| {
            other.id > one.id && same_user(other.user(), one.user()) && other.leg.call_id != one.leg.call_id
        });
        // On several hops the last answer counts.
        if again.is_some_and(|again| again.id < refusal.id) {
            continue;
        }
        let until = again.map(|again| again.id);
        // Who is in all the same, by a call of its own, is listed rightly.
        let who = one.leg.participant().and_then(|who| case.timeline.participant(&who.key));
        let is_in =
            |at| who.is_some_and(|who| case.timeline.participants[who].state_before(at) == Some(State::Connected));
        let later = case.documents().iter().filter(|document| {
            document.message > refusal.id
                && !is_in(document.message)
                && until.is_none_or(|until| document.message < until)
                && case.seconds_between(refusal.id, document.message) > SETTLED_SECONDS
        });
        let mut is_seen = false;
        let listed =
            later.filter(|document| document.judged().is_some()).inspect(|_| is_seen = true).find_map(|document| {
                let users = document.judged()?.users.as_ref()?;
                let user = users
                    .users
                    .iter()
                    .find(|user| user.entity.as_ref().is_some_and(|entity| same_user(entity.as_str(), one.user())))?;
                let states = user.endpoints.iter().filter_map(|endpoint| endpoint.status.as_ref());
                let up = states.into_iter().find(|state| {
                    !matches!(
                        EndpointStatus::parse(state),
                        Some(EndpointStatus::Disconnected | EndpointStatus::Disconnecting) | None
                    )
                })?;
                Some((document, up.clone()))
            });
        match listed {
            Some((document, state)) => {
                let what = format!("{} answered {}, and is listed as {}", one.user(), refusal.status, state.as_str());
                judge.fail(statement, document.at_judged(&state.range), what).also(refusal.id);
            }
            None if is_seen => judge.pass(statement),
            None => judge.undecided(statement, "needs a later document"),
        }
    }
}
