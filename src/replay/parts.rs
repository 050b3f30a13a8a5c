//! The dialogs of a session: who is at their ends, which hop they are, and which MSRP session belongs to them.

use std::net::SocketAddr;

use hashbrown::HashMap;

use super::hops::{Hop, nearest};
use crate::Analysis;
use crate::capture::Time;
use crate::session::{Call, Session, uri_key};
use crate::wire::msrp::session_id;
use crate::wire::sip::{Method, Name};
use crate::wire::uri::NameAddr;
use crate::wire::{MessageId, Messages};

/// One dialog of the session, as its INVITE or SUBSCRIBE made it.
pub(super) struct Part<'a> {
    pub(super) call: &'a Call,
    pub(super) caller_tag: String,
    pub(super) callee_tag: String,
    /// The INVITE is that of a part before: it forked.
    pub(super) is_fork: bool,
    pub(super) caller: Option<String>,
    pub(super) callee: Option<String>,
    /// For people.
    pub(super) participant_uri: String,
    pub(super) client_calls: bool,
    pub(super) hop: Hop,
    /// The MSRP session, and whether its first end is the caller's.
    pub(super) msrp: Option<(u32, bool)>,
    pub(super) is_leg: bool,
}

impl Part<'_> {
    pub(super) fn participant(&self) -> Option<&String> {
        if self.client_calls { self.caller.as_ref() } else { self.callee.as_ref() }
    }
}

/// The dialogs of a session, with the hops of each participant told apart.
pub(super) fn parts(analysis: &Analysis, session: usize) -> Vec<Part<'_>> {
    let sessions = &analysis.sessions;
    let described: &Session = &sessions.sessions[session];
    let mut parts: Vec<Part<'_>> = vec![];
    let mut known: HashMap<usize, usize> = HashMap::new();
    let legs = described.legs.iter().map(|&leg| &sessions.legs[leg]);
    for leg in legs {
        let msrp = leg.msrp.map(|msrp| (msrp, first_end_calls(analysis, leg, msrp)));
        let first = known.get(&leg.call).map(|&place| &mut parts[place]);
        let is_fork = first.is_some();
        match first {
            // An answer without a tag was no fork's.
            Some(first) if first.callee_tag.is_empty() => {
                (first.callee_tag, first.msrp) = (leg.to_tag.clone(), msrp);
                continue;
            }
            Some(first) if first.caller_tag != leg.from_tag || leg.to_tag.is_empty() => continue,
            Some(_) => {}
            None => _ = known.insert(leg.call, parts.len()),
        }
        let participant = leg.participant();
        parts.push(Part {
            call: &sessions.calls[leg.call],
            caller_tag: leg.from_tag.clone(),
            callee_tag: leg.to_tag.clone(),
            is_fork,
            caller: leg.caller.as_ref().map(|who| who.key.clone()).or_else(|| first_sender(analysis, leg)),
            callee: leg.callee.as_ref().map(|who| who.key.clone()),
            participant_uri: participant.map(|who| who.uri.clone()).unwrap_or_default(),
            client_calls: leg.participant_is_caller(),
            hop: Hop::default(),
            msrp,
            is_leg: true,
        });
    }
    for subscription in described.subscriptions.iter().map(|&index| &sessions.subscriptions[index]) {
        if known.contains_key(&subscription.call) {
            continue;
        }
        known.insert(subscription.call, parts.len());
        parts.push(Part {
            call: &sessions.calls[subscription.call],
            caller_tag: subscription.from_tag.clone(),
            callee_tag: subscription.to_tag.clone(),
            is_fork: false,
            caller: subscription.subscriber.as_ref().map(|who| who.key.clone()),
            callee: subscription.target.as_ref().map(|who| who.key.clone()),
            participant_uri: subscription.subscriber.as_ref().map(|who| who.uri.clone()).unwrap_or_default(),
            client_calls: true,
            hop: Hop::default(),
            msrp: None,
            is_leg: false,
        });
    }
    let ends = parts.iter().map(|part| super::hops::Ends {
        participant: part.participant().cloned().unwrap_or_default(),
        client_calls: part.client_calls,
        is_leg: part.is_leg,
        addresses: addresses(part.call, &analysis.messages),
        span: span(part.call),
        bye: bye(part.call, &analysis.messages),
    });
    let hops = nearest(&ends.collect::<Vec<_>>());
    for (part, hop) in parts.iter_mut().zip(hops) {
        part.hop = hop;
    }
    parts
}

/// Who called, where the INVITE was not captured: its answers name the caller, too.
fn first_sender(analysis: &Analysis, leg: &crate::session::Leg) -> Option<String> {
    let messages = &analysis.messages;
    let is_answer = |id: &&MessageId| messages[**id].sip().is_some_and(|summary| !summary.is_request);
    let answer = messages.sip(&messages[*leg.messages.iter().find(is_answer)?])?;
    let from = answer.header(Name::From)?;
    Some(uri_key(NameAddr::parse(&from)?.uri()))
}

fn first_end_calls(analysis: &Analysis, leg: &crate::session::Leg, msrp: u32) -> bool {
    let first = session_id(&analysis.sessions.msrp.sessions[msrp as usize].ends[0]);
    let caller = leg.media.caller.as_ref().and_then(|media| media.session_id());
    let callee = leg.media.callee.as_ref().and_then(|media| media.session_id());
    first.is_some() && (caller == first || callee != first)
}

/// Where the first request of a call came from and went to.
fn addresses(call: &Call, messages: &Messages) -> Option<(SocketAddr, SocketAddr)> {
    let first = &messages[call.transactions.first()?.request()?];
    Some(messages.flow(first).ends(first.from_client))
}

/// When its first BYE was sent.
fn bye(call: &Call, messages: &Messages) -> Option<Time> {
    let byes = call.transactions.iter().filter(|one| one.method == Method::Bye);
    byes.filter_map(|one| Some(messages[one.request()?].time)).min()
}

fn span(call: &Call) -> (u32, u32) {
    let ids = call.transactions.iter().flat_map(|one| one.requests.iter().chain(&one.responses)).map(|id| id.0);
    let (mut first, mut last) = (u32::MAX, 0);
    ids.for_each(|id| (first, last) = (first.min(id), last.max(id)));
    (first, last)
}
