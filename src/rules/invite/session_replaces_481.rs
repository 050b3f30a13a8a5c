use super::answer::{of_clients, refusals_of_clients};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::{Outcome, SessionKind};

rule! {
    /// ## What it checks
    /// An INVITE with a Session-Replaces that names no 1-1 session of the client is refused with 481; one that names one is
    /// not.
    ///
    /// ## Why it matters
    /// Else the client waits for a session to end that it never had, or drops a group that it should be in.
    ///
    /// ## Example
    /// Bob has a 1-1 session with the Contribution-ID that the INVITE names, and answers 481: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.2
    ///
    /// A session that is not in the capture may have been there: an INVITE that is accepted without one is undecided.
    pub CPM_INVITE_SESSION_REPLACES_481: Error = "cpm-invite-session-replaces-481", ["5.2.2-2", "5.2.2-2-481"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for answer in of_clients(case).chain(refusals_of_clients(case)) {
        let one = answer.invitation;
        let Some((replaced, _)) = &one.leg.session_replaces else { continue };
        let key = one.leg.participant().map(|who| &who.key);
        let of_one = case.sessions().sessions.iter().filter(|session| session.kind == SessionKind::OneToOne);
        let legs = of_one.take(MAX_SESSIONS).flat_map(|session| &session.legs).map(|&leg| &case.sessions().legs[leg]);
        let up = legs.into_iter().find(|leg| {
            leg.outcome == Outcome::Established
                && leg.contribution_ids.iter().any(|(id, _)| id == replaced)
                && leg.ended.is_none_or(|(bye, _)| bye > one.id)
                && [&leg.caller, &leg.callee].into_iter().flatten().any(|who| Some(&who.key) == key)
        });
        match (up, answer.status) {
            (Some(leg), 481) => {
                let what = format!("{} answered 481, and has the 1-1 session {replaced}", one.user());
                let finding = judge.fail("5.2.2-2", answer.id, what);
                finding.also(one.id);
                leg.invited.into_iter().for_each(|invite| _ = finding.also(invite));
            }
            (Some(_), _) => judge.pass("5.2.2-2"),
            (None, 481) => judge.pass("5.2.2-2-481"),
            // Whether there is none, or it was not captured, cannot be told.
            (None, _) => judge.undecided("5.2.2-2-481", "needs all that the client did before"),
        }
    }
}

/// 1-1 sessions that are compared with the one that is replaced.
const MAX_SESSIONS: usize = 10_000;
