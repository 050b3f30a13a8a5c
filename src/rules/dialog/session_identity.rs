use crate::rules::invite::invitation::Clauses;
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Place};
use crate::session::{Identity, uri_key};
use crate::wire::MessageId;
use crate::wire::sip::Method;

rule! {
    /// ## What it checks
    /// A client addresses the group session by the URI in the Contact of the focus: its SUBSCRIBE and its REFER go there.
    ///
    /// ## Why it matters
    /// A request to the factory, or to the group address, reaches no session.
    ///
    /// ## Example
    /// The Contact of the 200 is `<sip:conf1@focus.example.com>;isfocus`, and the client subscribes to
    /// `sip:conference-factory@example.com`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.2, 5.2.3; RFC 4579 §5.2
    ///
    /// A re-join INVITE that goes elsewhere is found by `cpm-rejoin-request-uri-focus`.
    pub CPM_SESSION_IDENTITY_FROM_CONTACT: Error = "cpm-session-identity-from-contact", ["5.2.1.1-resp-2.a", "5.2.1.2-resp-2", "5.2.1.3-resp-b", "5.2.1.4-resp-b", "5.2.2-7.a", "5.2.3-resp-2"], check;
}

const CLAUSES: Clauses = Clauses {
    invitation: Some("5.2.2-7.a"),
    ..Clauses::of_clients(["5.2.1.1-resp-2.a", "5.2.1.2-resp-2", "5.2.1.3-resp-b", "5.2.1.4-resp-b", "5.2.3-resp-2"])
};

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations() {
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let (Some((focus, _)), Some(who), Some(up)) = (&one.leg.focus, one.leg.participant(), one.leg.established)
        else {
            continue;
        };
        let until = one.leg.ended.map(|(bye, _)| bye);
        let is_during = |id: MessageId| id > up && until.is_none_or(|until| id < until);
        let subscribes = case.subscriptions().filter_map(|(_, subscription)| {
            let is_own = subscription.subscriber.as_ref().is_some_and(|own| own.key == who.key);
            subscription.messages.first().copied().filter(|&id| {
                let method = case.messages()[id].sip().map(|summary| summary.method);
                is_own && subscription.tells_who_is_in() && method == Some(Method::Subscribe)
            })
        });
        let is_refer = |id: &MessageId| {
            let summary = case.messages()[*id].sip();
            summary.is_some_and(|summary| summary.is_request && summary.method == Method::Refer)
                && case.sender_on(one.leg, *id) == Actor::Client
        };
        let refers = one.leg.messages.iter().copied().filter(is_refer);
        let mut seen = 0;
        for id in subscribes.chain(refers).filter(|id| is_during(*id)) {
            let Some(request) = case.sip(id).filter(|_| !case.messages()[id].incomplete) else { continue };
            let Some(called) = request.request_uri() else { continue };
            // The address of another session is meant for that.
            let is_other = case.sessions().sessions.iter().filter_map(|session| session.focus_uri.as_deref());
            if Identity::from_uri(&called).key != focus.key
                && is_other
                    .take(MAX_SESSIONS)
                    .any(|uri| uri_key(uri) == Identity::from_uri(&called).key && uri_key(uri) != focus.key)
            {
                continue;
            }
            let kept = Identity::from_uri(&called).key == focus.key;
            // Its leg may be missing.
            if !kept && case.lossy {
                continue;
            }
            seen += 1;
            let method = request.method().unwrap_or_default();
            let what = || format!("{method} of {} goes to {called}, not to the Group Session Identity", who.uri);
            let finding = judge.expect(statement, kept, Place::start_line(id, &request), what);
            finding.into_iter().for_each(|finding| _ = finding.expected(&focus.uri).also(one.id));
        }
        if seen == 0 {
            judge.undecided(statement, "needs a SUBSCRIBE or REFER of the client");
        }
    }
}

/// Sessions whose addresses are compared with one that is wrong.
const MAX_SESSIONS: usize = 10_000;
