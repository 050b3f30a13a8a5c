use super::away::{all, is_rejoin, is_up, refusal, restart};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// When a client comes back to a session that has ended, its participating function calls the focus for it: INVITE to the
    /// Group Session Identity with the ids of the client's INVITE.
    ///
    /// ## Why it matters
    /// The client is in a session with nobody else.
    ///
    /// ## Example
    /// Carol comes back, gets what was kept, and her function does not call the focus: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.2; the URIs are compared as in RFC 3261 19.1.4
    pub CPM_REJOIN_PF_RESTARTS_SESSION: Error = "cpm-rejoin-pf-restarts-session", ["5.2.3.4.1.2-1.2-restart"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.2-1.2-restart";
    let wait = case.profile.timings.sip_transaction;
    for away in all(case).iter().filter(|away| away.cause == 503) {
        let calls = case.invitations().iter().filter(|one| away.back.iter().any(|leg| std::ptr::eq(*leg, one.leg)));
        for own in calls.filter(|one| is_rejoin(one.leg) && refusal(one.leg).is_none()) {
            if is_up(away.hop.network, own.id) {
                continue;
            }
            let user = away.hop.user();
            let Some(restart) = restart(case, away.hop, own.id) else {
                if case.lossy || case.seconds_captured_after(own.id) <= wait {
                    judge.undecided(statement, format!("needs what the function of {user} sends"));
                } else {
                    judge.fail(
                        statement,
                        own.id,
                        format!("{user} comes back, and its function does not call the focus"),
                    );
                }
                continue;
            };
            let same = |name| restart.value(name) == own.value(name);
            let focus = away.hop.network.focus.as_ref().map(|(focus, _)| &focus.key);
            let called = restart.leg.request_uri.as_ref().map(|uri| &uri.key);
            let wrong = match () {
                () if !same(Name::ContributionId) => Some((Name::ContributionId, "Contribution-ID")),
                () if !same(Name::ConversationId) => Some((Name::ConversationId, "Conversation-ID")),
                () if focus.is_some() && called.is_some() && focus != called => Some((Name::To, "Request-URI")),
                () => None,
            };
            let place = wrong.map_or(restart.start_line(), |(name, _)| restart.place(name));
            let what = || {
                let field = wrong.map_or("", |(_, field)| field);
                format!("the function of {user} calls the focus for it, and {field} is not that of the session")
            };
            judge
                .expect(statement, wrong.is_none(), place, what)
                .into_iter()
                .for_each(|finding| _ = finding.also(own.id));
        }
    }
}
