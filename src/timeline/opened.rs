//! The MSRP messages of a session, opened: what is in each, and who is at its ends.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::HashMap;
use memchr::memmem;

use super::envelope::{Content, Envelope, GROUP_DATA};
use super::onlooker::Onlooker;
use super::participant::{BareEnds, Cast};
use crate::session::{Leg, MsrpMedia, Session, Sessions, Transfer, find_body_in, uri_key};
use crate::wire::ahead::{read_ahead, touch};
use crate::wire::conference_info;
use crate::wire::cpim::{Address, Peek};
use crate::wire::msrp::session_id;
use crate::wire::seen::Seen;
use crate::wire::{MessageId, Messages};

/// An MSRP message on one leg of a session, opened.
pub struct OpenTransfer<'a> {
    pub transfer: &'a Transfer,
    /// Its index in [`crate::session::MsrpSessions::transfers`].
    pub index: u32,
    /// Index into [`Sessions::legs`]; `None` where its signalling was not captured.
    pub leg: Option<usize>,
    /// Who is at the sending end: a participant, or the focus's side.
    pub sender: Option<usize>,
    /// Who is at the receiving end.
    pub receiver: Option<usize>,
    /// Legs of a B2BUA between this leg and the sender, and the receiver.
    pub sender_hops: usize,
    pub receiver_hops: usize,
    pub envelope: Envelope<'a>,
    /// From of the envelope in [`Opened::addresses`]; To, too, where a user sent it.
    pub from: Option<usize>,
    pub to: Option<usize>,
    pub content: Content,
}

/// The MSRP messages of a session.
pub struct Opened<'a> {
    /// In order of their first chunk.
    pub transfers: Vec<OpenTransfer<'a>>,
    /// The addresses on their envelopes, each spelling once: a few stand in thousands of messages.
    pub addresses: Vec<KnownAddress>,
}

/// An address on an envelope.
pub struct KnownAddress {
    pub address: Address,
    /// As in `address`, for all messages that keep it.
    pub uri: Arc<str>,
    /// The same normalised.
    pub key: String,
    /// Did it stand in From?
    pub is_sender: bool,
}

impl Opened<'_> {
    /// The addresses that stood in From.
    pub fn senders(&self) -> impl Iterator<Item = &Address> {
        self.addresses.iter().filter(|known| known.is_sender).map(|known| &known.address)
    }
}

/// Who is at the ends of a leg, in the direction of a transfer, and how far away.
#[derive(Clone, Copy)]
struct Ends {
    leg: Option<usize>,
    sender: Option<usize>,
    receiver: Option<usize>,
    sender_hops: usize,
    receiver_hops: usize,
}

impl Ends {
    fn reversed(self) -> Ends {
        Ends {
            leg: self.leg,
            sender: self.receiver,
            receiver: self.sender,
            sender_hops: self.receiver_hops,
            receiver_hops: self.sender_hops,
        }
    }
}

/// Opens all MSRP messages of a session.
pub fn open_all<'a>(
    session: &Session,
    sessions: &'a Sessions,
    messages: &'a Messages,
    cast: &Cast,
    onlooker: &mut impl Onlooker<'a>,
) -> Opened<'a> {
    let mut places: Vec<(MessageId, u32, Ends)> = Vec::new();
    let mut add = |msrp: u32, first_end_sends: Ends| {
        places.extend(sessions.msrp.sessions[msrp as usize].transfers.iter().map(|&index| {
            let transfer = &sessions.msrp.transfers[index as usize];
            let ends = if transfer.from_first_end { first_end_sends } else { first_end_sends.reversed() };
            (transfer.first, index, ends)
        }));
    };
    for &index in &session.legs {
        let leg = &sessions.legs[index];
        let (Some(msrp), Some(ends)) = (leg.msrp, cast.ends(index)) else { continue };
        let caller_sends = Ends {
            leg: Some(index),
            sender: ends.caller,
            receiver: ends.callee,
            sender_hops: ends.hops_from_caller,
            receiver_hops: ends.hops_from_callee,
        };
        let caller_is_first = caller_is_first_end(leg, &sessions.msrp.sessions[msrp as usize].ends[0]);
        add(msrp, if caller_is_first { caller_sends } else { caller_sends.reversed() });
    }
    for msrp in session.bare_msrp.iter().map(|bare| bare.msrp) {
        let BareEnds { ends: [sender, receiver], hops } = cast.bare_ends(msrp);
        add(msrp, Ends { leg: None, sender, receiver, sender_hops: hops, receiver_hops: hops });
    }
    places.sort_by_key(|(first, ..)| *first);

    let mut reading = Reading::default();
    let mut open = |(_, index, ends): (MessageId, u32, Ends)| {
        let transfer = &sessions.msrp.transfers[index as usize];
        let Inside { number, glimpse, envelope, content, from, to } = reading.open(transfer, messages);
        onlooker.message(transfer.first, number, glimpse);
        let Ends { leg, sender, receiver, sender_hops, receiver_hops } = ends;
        OpenTransfer { transfer, index, leg, sender, receiver, sender_hops, receiver_hops, envelope, from, to, content }
    };
    let mut transfers = Vec::with_capacity(places.len());
    read_ahead(places.into_iter(), |(first, ..)| touch_envelope(*first, messages), |place| transfers.push(open(place)));
    Opened { transfers, addresses: reading.addresses.list }
}

/// How much of a body is read ahead: the headers of the envelope.
const ENVELOPE_BYTES: usize = 512;

fn touch_envelope(first: MessageId, messages: &Messages) {
    let message = &messages[first];
    let Some(summary) = message.msrp() else { return };
    let head = messages.head(message);
    let body = summary.body.range();
    touch(summary.content_type.of(head));
    touch(head.get(body.start..body.end.min(body.start + ENVELOPE_BYTES).min(head.len())).unwrap_or_default());
}

/// The addresses of a session by their spelling.
#[derive(Default)]
struct Addresses {
    by_value: HashMap<String, usize>,
    list: Vec<KnownAddress>,
}

impl Addresses {
    /// Opens a message and enters its addresses.
    fn look<'a>(
        &mut self,
        transfer: &Transfer,
        messages: &'a Messages,
        content_type: &'a str,
        start: &'a [u8],
        number: Option<u32>,
    ) -> Inside<'a> {
        let (glimpse, envelope, content) = open(transfer, messages, content_type, start);
        let from = envelope.from.as_ref().map(|value| self.add(value, true));
        let to = envelope.to.as_ref().filter(|_| content == Content::User);
        let to = to.map(|value| self.add(value, false));
        Inside { number, glimpse, envelope, content, from, to }
    }

    fn add(&mut self, value: &str, is_sender: bool) -> usize {
        let index = match self.by_value.get(value) {
            Some(&index) => index,
            None => {
                let address = Address::parse(value);
                let (uri, key) = (Arc::from(address.uri.as_str()), uri_key(&address.uri));
                self.list.push(KnownAddress { address, uri, key, is_sender });
                self.by_value.insert(value.to_owned(), self.list.len() - 1);
                self.list.len() - 1
            }
        };
        self.list[index].is_sender |= is_sender;
        index
    }
}

/// What is inside of a message, with the numbers of its addresses.
#[derive(Clone)]
struct Inside<'a> {
    /// As in [`Onlooker::message`].
    number: Option<u32>,
    glimpse: Option<Peek<'a>>,
    envelope: Envelope<'a>,
    content: Content,
    from: Option<usize>,
    to: Option<usize>,
}

/// Opens messages, those that are the same once.
#[derive(Default)]
struct Reading<'a> {
    /// By content type and body.
    seen: Seen<(&'a str, &'a [u8]), Inside<'a>>,
    addresses: Addresses,
}

impl<'a> Reading<'a> {
    fn open(&mut self, transfer: &Transfer, messages: &'a Messages) -> Inside<'a> {
        let first = &messages[transfer.first];
        let body = first.msrp().map_or(0..0, |summary| summary.body.range());
        let head = messages.head(first);
        let start = head.get(body.start..body.end.min(head.len())).unwrap_or_default();
        let content_type = transfer.content_type(messages);
        let Reading { seen, addresses } = self;
        let mut look = |number| addresses.look(transfer, messages, content_type, start, number);
        // What does not lie in one piece, is the same only if the rest is.
        if transfer.more().is_empty() && start.len() == body.len() {
            seen.look((content_type, start), body.len(), &mut look)
        } else {
            look(None)
        }
    }
}

/// Opens a message; `start` is as much of its body as stands in the first packet, where the envelope mostly is: the others need not be
/// put together.
fn open<'a>(
    transfer: &Transfer,
    messages: &'a Messages,
    content_type: &'a str,
    start: &'a [u8],
) -> (Option<Peek<'a>>, Envelope<'a>, Content) {
    let body_len = messages[transfer.first].msrp().map_or(0, |summary| summary.body.range().len());
    let (glimpse, envelope) = Envelope::peek(content_type, start).unwrap_or_else(|| match transfer.body(messages) {
        Cow::Borrowed(body) => (None, Envelope::open(content_type, body)),
        Cow::Owned(body) => (None, Envelope::open(content_type, &body).into_owned()),
    });
    let content = match envelope.content(body_len) {
        // An icon comes in one body with the request or the document that names it.
        Content::User if envelope.content_type.starts_with("multipart/") => {
            let body = transfer.body(messages);
            let has = |essence| find_body_in(content_type, &body, essence).is_some();
            match () {
                () if has(GROUP_DATA) => Content::GroupData,
                () if has(conference_info::MEDIA_TYPE) => Content::ConferenceInfo,
                () => Content::User,
            }
        }
        // The focus may have named the type of its document wrongly; that is for the rules.
        Content::User if is_xml(&envelope.content_type) => {
            let is_conference_info = memmem::find(start, conference_info::NAMESPACE.as_bytes()).is_some();
            if is_conference_info { Content::ConferenceInfo } else { Content::User }
        }
        content => content,
    };
    (glimpse, envelope, content)
}

/// Is the session's first end (who sent first) the caller of the leg? Told by the session-ids of the paths in the SDP.
fn caller_is_first_end(leg: &Leg, first_end: &str) -> bool {
    let caller = leg.media.caller.as_ref().and_then(MsrpMedia::session_id);
    let callee = leg.media.callee.as_ref().and_then(MsrpMedia::session_id);
    let first = session_id(first_end);
    match (caller, callee) {
        (Some(caller), _) if Some(caller) == first => true,
        (_, Some(callee)) => Some(callee) != first,
        (Some(_), None) => false,
        (None, None) => true,
    }
}

fn is_xml(essence: &str) -> bool {
    matches!(essence, "text/xml" | "application/xml")
}
