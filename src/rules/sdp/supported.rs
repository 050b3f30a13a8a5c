//! Content types that an end takes over MSRP: known from all its session descriptions.

use std::net::IpAddr;
use std::rc::Rc;

use hashbrown::HashSet;

use super::offers::Described;
use crate::rules::invite::answer::{of_clients, of_focus};
use crate::rules::invite::invitation::{Clauses, Purpose};
use crate::rules::{Case, Judge};
use crate::session::{Leg, MsrpMedia};
use crate::wire::MessageId;

/// The statements for the answers in 2xx.
pub struct Answers {
    pub of_client: &'static str,
    pub of_focus: &'static str,
    pub to_rejoin: &'static str,
    /// Of the focus to a re-INVITE.
    pub to_change: &'static str,
}

/// Who describes itself: the user, where it is a client, and its address. A user may have devices that differ.
type End = (Option<String>, IpAddr);

fn end(case: &Case<'_>, leg: &Leg, id: MessageId, is_client: bool) -> End {
    let message = &case.messages()[id];
    let flow = case.messages().flow(message);
    let sender = if message.from_client { flow.client } else { flow.server };
    let user = leg.participant().filter(|_| is_client).map(|who| who.key.clone());
    (user, sender.ip())
}

/// Judges that every description of an end that takes `kind` somewhere lists it.
pub fn judge_supported(case: &Case<'_>, judge: &mut Judge, kind: &str, clauses: &Clauses, answers: &Answers) {
    let lists = |media: &MsrpMedia| {
        media.accept_types.iter().any(|one| one.split(';').next().unwrap_or(one).trim().eq_ignore_ascii_case(kind))
    };
    // A stream without any types is found by another rule.
    let is_told = |media: &Rc<MsrpMedia>| media.port != Some(0) && !media.accept_types.is_empty();
    // The descriptions, who made each, the statement that applies, and whether it lists the type.
    let mut all: Vec<(End, Option<&'static str>, &Leg, MessageId, bool)> = Vec::new();
    for one in case.invitations().iter().filter(|one| !one.message.is_body_cut()) {
        let Some(media) = case.media(one.id).filter(is_told) else { continue };
        let end = end(case, one.leg, one.id, !one.is_from_focus());
        all.push((end, clauses.statement(one.purpose), one.leg, one.id, lists(&media)));
    }
    for answer in of_focus(case).chain(of_clients(case)).filter(|answer| !answer.message.is_body_cut()) {
        let Some(media) = case.media(answer.id).filter(is_told) else { continue };
        let one = answer.invitation;
        let is_offered = case.media(one.id).is_some_and(|media| lists(&media));
        let statement = match (one.is_from_focus(), one.purpose) {
            (true, _) => answers.of_client,
            (false, Purpose::Rejoin) => answers.to_rejoin,
            (false, _) => answers.of_focus,
        };
        // A focus need not take from a client what that does not send.
        let statement = Some(statement).filter(|_| is_offered || lists(&media));
        let end = end(case, one.leg, answer.id, one.is_from_focus());
        all.push((end, statement, one.leg, answer.id, lists(&media)));
    }
    for change in case.changes().iter().filter(|change| !change.is_from_focus) {
        let Some((answer, 200..=299)) = change.answer else { continue };
        if case.sip(answer).is_none_or(|message| message.is_body_cut()) {
            continue;
        }
        let Some(media) = case.media(answer).filter(is_told) else { continue };
        let is_offered = case.media(change.id).is_some_and(|media| lists(&media));
        let end = end(case, change.leg, answer, false);
        all.push((end, Some(answers.to_change).filter(|_| is_offered), change.leg, answer, lists(&media)));
    }
    let able: HashSet<End> = all.iter().filter(|(.., is_listed)| *is_listed).map(|(end, ..)| end.clone()).collect();
    for (end, statement, leg, id, is_listed) in &all {
        let Some(statement) = statement.filter(|_| able.contains(end)) else { continue };
        if *is_listed {
            judge.pass(statement);
            continue;
        }
        let who =
            end.0.as_ref().map_or("the focus", |_| leg.participant().map_or("the client", |who| who.uri.as_str()));
        let what = format!("{who} takes {kind} elsewhere, and does not list it here");
        let place = Described::of(case, leg, *id).map(|one| one.attribute("accept-types")).unwrap_or((*id).into());
        judge.fail(statement, place, what).expected(kind);
    }
}
