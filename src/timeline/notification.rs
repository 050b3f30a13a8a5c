//! conference-info documents: who was told what about the participants, by NOTIFY (RFC 4575) or over MSRP (spec 9.2.14.3).

use std::borrow::Cow;
use std::ops::Range;

use hashbrown::HashMap;

use super::envelope::Content;
use super::onlooker::Tree;
use super::opened::OpenTransfer;
use super::participant::Cast;
use super::state::Source;
use crate::session::{MsrpSessions, Session, Sessions, find_body, find_body_in};
use crate::wire::conference_info::{self, ConferenceInfo};
use crate::wire::sip::{Method, Name};
use crate::wire::xml::{self, XmlError};
use crate::wire::{MessageId, Messages};

/// What a document came over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Index in [`Sessions::subscriptions`].
    Subscription(usize),
    /// NOTIFYs in the INVITE dialog: index in [`Sessions::legs`].
    Leg(usize),
    /// Index in [`MsrpSessions::sessions`].
    Msrp(u32),
}

/// One conference-info document as one recipient got it, on the hop nearest to the recipient that was captured.
#[derive(Clone, Debug)]
pub struct Notification {
    /// The message that carries it; over MSRP its first chunk.
    pub message: MessageId,
    /// Index of the recipient in [`super::SessionTimeline::participants`]; `None` for an observer who is no participant.
    pub to: Option<usize>,
    pub source: Source,
    pub channel: Channel,
    /// Does its Subscription-State end the subscription (RFC 6665 §4.1.3)?
    pub is_last: bool,
    /// A participating function had kept it: what it says was so before the session ended.
    pub is_kept: bool,
    /// Over MSRP: its index in [`MsrpSessions::transfers`].
    transfer: Option<u32>,
    /// Where the document stands in the body of that transfer, or in the NOTIFY.
    place: Range<usize>,
}

/// Where a run of a document's bytes stands: its offset in the document, the message, and its offset in the message.
pub type Run = (usize, MessageId, usize);

impl Notification {
    /// Reads the document; `None` when it is none that can be read.
    pub fn document(&self, msrp: &MsrpSessions, messages: &Messages) -> Option<ConferenceInfo> {
        self.read(msrp, messages, |_, _| ())?.ok()
    }

    /// Reads the document, or says why it cannot be read; `look` sees the tree, too. `None` when there are no bytes to be read.
    pub fn read(
        &self,
        msrp: &MsrpSessions,
        messages: &Messages,
        look: impl FnOnce(&Tree<'_>, &Result<ConferenceInfo, XmlError>),
    ) -> Option<Result<ConferenceInfo, XmlError>> {
        let bytes = self.bytes(msrp, messages)?;
        let mut tree = xml::parse(&bytes);
        let info = tree.as_mut().map_err(|error| error.clone()).and_then(conference_info::read);
        look(&tree, &info);
        Some(info)
    }

    /// The document as it was sent.
    pub fn bytes<'m>(&self, msrp: &MsrpSessions, messages: &'m Messages) -> Option<Cow<'m, [u8]>> {
        let Some(transfer) = self.transfer else {
            return Some(messages.bytes(&messages[self.message], self.place.clone()));
        };
        match msrp.transfers.get(transfer as usize)?.body(messages) {
            Cow::Borrowed(body) => Some(Cow::Borrowed(body.get(self.place.clone())?)),
            Cow::Owned(body) => Some(Cow::Owned(body.get(self.place.clone())?.to_vec())),
        }
    }

    /// Where its bytes stand.
    pub fn runs(&self, msrp: &MsrpSessions, messages: &Messages) -> Vec<Run> {
        let Some(transfer) = self.transfer.and_then(|index| msrp.transfers.get(index as usize)) else {
            return vec![(0, self.message, self.place.start)];
        };
        let start = self.place.start;
        let runs = transfer.body_runs(messages).into_iter().filter_map(|(at, id)| {
            let body = messages[id].msrp()?.body.range();
            let skipped = start.saturating_sub(at);
            let is_in = skipped < body.len() || body.is_empty();
            is_in.then(|| (at.saturating_sub(start), id, body.start + skipped))
        });
        runs.collect()
    }

    /// Was every byte of it captured?
    pub fn is_whole(&self, msrp: &MsrpSessions, messages: &Messages) -> bool {
        match &self.transfer {
            Some(transfer) => {
                msrp.transfers.get(*transfer as usize).is_some_and(|transfer| transfer.is_complete(messages))
            }
            None => !messages[self.message].incomplete,
        }
    }

    /// The content type of the message that carries it, with parameters.
    pub fn content_type(&self, msrp: &MsrpSessions, messages: &Messages) -> Option<String> {
        match &self.transfer {
            Some(transfer) => Some(msrp.transfers.get(*transfer as usize)?.content_type(messages).to_owned()),
            None => Some(messages.sip(&messages[self.message])?.header(Name::ContentType)?.into_owned()),
        }
    }

    /// The content type and the body of the message that carries the document, with all parts of a multipart.
    pub fn carrier(&self, msrp: &MsrpSessions, messages: &Messages) -> Option<(String, Vec<u8>)> {
        let body = match &self.transfer {
            Some(transfer) => msrp.transfers.get(*transfer as usize)?.body(messages).into_owned(),
            None => messages.sip(&messages[self.message])?.body().to_vec(),
        };
        Some((self.content_type(msrp, messages)?, body))
    }
}

/// Finds the documents of a session, in order; `kept` are the MSRP sessions in which only what was kept is delivered, and until when.
pub fn build(
    session: &Session,
    sessions: &Sessions,
    messages: &Messages,
    cast: &Cast,
    transfers: &[OpenTransfer<'_>],
    kept: &HashMap<u32, Option<MessageId>>,
) -> Vec<Notification> {
    let mut found: Vec<Notification> = Vec::new();
    let mut nearest: HashMap<Option<usize>, usize> = HashMap::new();
    for one in transfers {
        let hops = nearest.entry(one.receiver).or_insert(one.receiver_hops);
        *hops = one.receiver_hops.min(*hops);
    }
    for one in transfers.iter().filter(|one| one.content == Content::ConferenceInfo && one.receiver.is_some()) {
        // Where a leg nearer to the client was captured, the hops before it tell nothing new.
        if nearest.get(&one.receiver).is_some_and(|hops| *hops < one.receiver_hops) {
            continue;
        }
        found.push(Notification {
            message: one.transfer.first,
            to: one.receiver,
            source: Source::Msrp,
            channel: Channel::Msrp(one.transfer.session),
            is_last: false,
            is_kept: kept
                .get(&one.transfer.session)
                .is_some_and(|until| until.is_none_or(|until| one.transfer.first < until)),
            transfer: Some(one.index),
            place: place_in_body(one, messages),
        });
    }
    for &index in &session.subscriptions {
        let subscription = &sessions.subscriptions[index];
        let to = subscription.subscriber.as_ref().and_then(|who| cast.find(&who.key));
        let channel = Channel::Subscription(index);
        found.extend(subscription.notifies.iter().filter_map(|&id| from_notify(id, to, channel, messages)));
    }
    for &index in &session.legs {
        let leg = &sessions.legs[index];
        let to = leg.participant().and_then(|who| cast.find(&who.key));
        let requests = leg.messages.iter().filter(|id| {
            messages[**id].sip().is_some_and(|summary| summary.is_request && summary.method == Method::Notify)
        });
        found.extend(requests.filter_map(|&id| from_notify(id, to, Channel::Leg(index), messages)));
    }
    found.sort_by_key(|notification| notification.message);
    found.dedup_by_key(|notification| notification.message);
    found
}

/// Where in the body of an MSRP message the document stands: behind the envelope, or in its part of a multipart.
fn place_in_body(one: &OpenTransfer<'_>, messages: &Messages) -> Range<usize> {
    if one.envelope.content_type.starts_with("multipart/") {
        let body = one.transfer.body(messages);
        let part = find_body_in(one.transfer.content_type(messages), &body, conference_info::MEDIA_TYPE);
        if let Some((part, start)) = part.and_then(|part| Some((part, offset_in(&body, part)?))) {
            return start..start + part.len();
        }
    }
    one.envelope.body_start..one.transfer.body_len(messages) as usize
}

/// Where `part`, a slice of `whole`, begins in it.
fn offset_in(whole: &[u8], part: &[u8]) -> Option<usize> {
    part.as_ptr().addr().checked_sub(whole.as_ptr().addr()).filter(|offset| *offset <= whole.len())
}

/// The document in a NOTIFY of the conference event package.
fn from_notify(id: MessageId, to: Option<usize>, channel: Channel, messages: &Messages) -> Option<Notification> {
    let message = messages.sip(&messages[id])?;
    let event = message.header(Name::Event)?;
    let conference = event.split(';').next().is_some_and(|package| package.trim().eq_ignore_ascii_case("conference"));
    let body = find_body(&message, conference_info::MEDIA_TYPE).filter(|_| conference)?;
    let start = offset_in(message.raw(), body)?;
    let standing = message.header(Name::SubscriptionState);
    let is_last = standing.is_some_and(|value| {
        value.split(';').next().is_some_and(|value| value.trim().eq_ignore_ascii_case("terminated"))
    });
    Some(Notification {
        message: id,
        to,
        source: Source::Notify,
        channel,
        is_last,
        is_kept: false,
        transfer: None,
        place: start..start + body.len(),
    })
}
