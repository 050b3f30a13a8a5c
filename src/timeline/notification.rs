//! conference-info documents: who was told what about the participants, by NOTIFY (RFC 4575) or over MSRP (spec 9.2.14.3).

use super::envelope::{Content, OpenTransfer};
use super::participant::Cast;
use crate::session::{Session, Sessions, find_body};
use crate::wire::sip::Name;
use crate::wire::{MessageId, Messages, conference_info};

/// How a document came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    Notify,
    Msrp,
}

impl Source {
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Notify => "notify",
            Source::Msrp => "msrp",
        }
    }
}

/// One conference-info document as one recipient got it, on the hop nearest to the recipient that was captured.
#[derive(Clone, Debug)]
pub struct Notification {
    /// The message that carries it; over MSRP its first chunk.
    pub message: MessageId,
    /// Index of the recipient in [`super::SessionTimeline::participants`]; `None` for an observer who is no participant.
    pub to: Option<usize>,
    pub source: Source,
    /// The `state` attribute as written; over MSRP always `None`.
    pub state: Option<String>,
    /// The `version` attribute; over MSRP always `None`.
    pub version: Option<u32>,
    pub user_count: Option<u32>,
}

/// Finds the documents of a session, in order.
pub fn build(
    session: &Session,
    sessions: &Sessions,
    messages: &Messages,
    cast: &Cast,
    transfers: &[OpenTransfer<'_>],
) -> Vec<Notification> {
    let mut found: Vec<Notification> = Vec::new();
    for one in transfers.iter().filter(|one| one.content == Content::ConferenceInfo && one.receiver.is_some()) {
        // Where the client's own leg was captured, the hops before it tell nothing new.
        let nearer_leg_captured = transfers.iter().any(|other| {
            other.receiver == one.receiver && other.leg != one.leg && other.hops_from_client < one.hops_from_client
        });
        if nearer_leg_captured {
            continue;
        }
        let body = one.transfer.body(messages);
        let document = conference_info::parse(body.get(one.envelope.body_start..).unwrap_or_default()).ok();
        found.push(Notification {
            message: one.transfer.first,
            to: one.receiver,
            source: Source::Msrp,
            state: None,
            version: None,
            user_count: document.and_then(|document| document.user_count()),
        });
    }
    for &index in &session.subscriptions {
        let subscription = &sessions.subscriptions[index];
        let to = subscription.subscriber.as_ref().and_then(|who| cast.find(&who.key));
        found.extend(subscription.notifies.iter().filter_map(|&id| from_notify(id, to, messages)));
    }
    for leg in session.legs.iter().map(|&leg| &sessions.legs[leg]) {
        let to = leg.participant().and_then(|who| cast.find(&who.key));
        let requests = leg.messages.iter().filter(|id| messages[**id].sip().is_some_and(|summary| summary.is_request));
        found.extend(requests.filter_map(|&id| from_notify(id, to, messages)));
    }
    found.sort_by_key(|notification| notification.message);
    found.dedup_by_key(|notification| notification.message);
    found
}

/// The document in a NOTIFY of the conference event package.
fn from_notify(id: MessageId, to: Option<usize>, messages: &Messages) -> Option<Notification> {
    let message = messages.sip(&messages[id])?;
    let event = message.header(Name::Event)?;
    let conference = event.split(';').next().is_some_and(|package| package.trim().eq_ignore_ascii_case("conference"));
    let body = find_body(&message, "application/conference-info+xml").filter(|_| conference)?;
    let document = conference_info::parse(body).ok();
    let state = document.as_ref().and_then(|document| document.state_attribute().map(str::to_owned));
    Some(Notification {
        message: id,
        to,
        source: Source::Notify,
        state,
        version: document.as_ref().and_then(|document| document.version),
        user_count: document.as_ref().and_then(|document| document.user_count()),
    })
}
