use super::invitation::{Purpose, session_replaces};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::SessionKind;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The Session-Replaces in the list of an extension names a 1-1 session that its sender has.
    ///
    /// ## Why it matters
    /// The clients look for a session that is not there, and refuse the group.
    ///
    /// ## Example
    /// `<entry uri="sip:bob@example.com?Session-Replaces=unknown"/>`: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2, 5.2.3
    pub CPM_INVITE_SESSION_REPLACES_KNOWN: Warning = "cpm-invite-session-replaces-known", ["5.2-1.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-1.b";
    for one in case.invitations().iter().filter(|one| one.purpose == Purpose::Extension) {
        let named: Vec<String> = one.recipients().iter().filter_map(|uri| session_replaces(uri)).collect();
        let key = one.leg.participant().map(|who| &who.key);
        let of_one =
            case.sessions().sessions.iter().filter(|session| session.kind == SessionKind::OneToOne).take(MAX_SESSIONS);
        let own: Vec<_> = of_one
            .flat_map(|session| &session.legs)
            .map(|&leg| &case.sessions().legs[leg])
            .filter(|leg| {
                leg.invited < Some(one.id)
                    && [&leg.caller, &leg.callee].into_iter().flatten().any(|who| Some(&who.key) == key)
            })
            .collect();
        for value in &named {
            let is_known = own.iter().any(|leg| leg.contribution_ids.iter().any(|(id, _)| id == value));
            if is_known {
                judge.pass(statement);
            } else if own.is_empty() {
                judge.undecided(statement, "needs the 1-1 session that is extended");
            } else {
                let what = format!("Session-Replaces={value} names no 1-1 session of {}", one.user());
                judge.fail(statement, one.place(Name::ContentType), what).found(value);
            }
        }
    }
}

/// 1-1 sessions that are looked at.
const MAX_SESSIONS: usize = 10_000;
