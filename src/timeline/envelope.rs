//! What an MSRP message carries: the CPIM envelope around it, if there is one, and what kind of thing is inside.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::HashMap;
use memchr::memmem;

use super::participant::{BareEnds, Cast};
use crate::session::{Leg, MsrpMedia, Session, Sessions, Transfer, find_body_in, uri_key};
use crate::wire::ahead::{read_ahead, touch};
use crate::wire::cpim::{self, Address, CORE_NAMESPACE};
use crate::wire::media_type::MediaType;
use crate::wire::msrp::session_id;
use crate::wire::{MessageId, Messages};
use crate::wire::{conference_info, group_state};

/// What is inside an MSRP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// Something a user sent.
    User,
    /// A disposition notification (RFC 5438).
    Imdn,
    IsComposing,
    ConferenceInfo,
    /// A request or answer about subject, icon or roles.
    GroupData,
    /// What the message store knows of the group (spec 5.2.3.2.1).
    GroupState,
    /// A SEND without body, which only opens the session (RFC 4975 §5.4).
    Empty,
}

/// The addressing around a body. Texts are borrowed from the message wherever they stand there as they are meant.
#[derive(Clone, Debug, Default)]
pub struct Envelope<'a> {
    /// The first From as written, see [`Address::parse`].
    pub from: Option<Cow<'a, str>>,
    pub to: Option<Cow<'a, str>>,
    /// `imdn.Message-ID`, whatever the prefix.
    pub message_id: Option<Cow<'a, str>>,
    /// Content type of what is inside, without parameters, in lower case.
    pub content_type: Cow<'a, str>,
    /// Where in the MSRP body the inner body begins.
    pub body_start: usize,
}

impl<'a> Envelope<'a> {
    /// Opens the body of an MSRP message of `content_type`.
    pub fn open(content_type: &'a str, body: &'a [u8]) -> Envelope<'a> {
        Envelope::peek(content_type, body).unwrap_or_else(|| Envelope::read(content_type, body))
    }

    /// Opens what is no CPIM, or an ordinary CPIM message, of which the headers are enough; `None` for any other.
    fn peek(content_type: &'a str, body: &'a [u8]) -> Option<Envelope<'a>> {
        let outer = essence(content_type);
        if !is_cpim(&outer) {
            return Some(Envelope { content_type: outer, ..Envelope::default() });
        }
        let message = cpim::peek(body)?;
        Some(Envelope {
            from: message.from.map(Cow::Borrowed),
            to: message.to.map(Cow::Borrowed),
            message_id: message.message_id.map(Cow::Borrowed),
            content_type: message.content_type.map_or(DEFAULT_TYPE, essence),
            body_start: message.body_start,
        })
    }

    fn read(content_type: &'a str, body: &'a [u8]) -> Envelope<'a> {
        let Ok(message) = cpim::parse_first_chunk(body) else {
            return Envelope { content_type: essence(content_type), ..Envelope::default() };
        };
        let value = |name| message.first(CORE_NAMESPACE, name).map(|header| header.value());
        let content_type = message.content_headers.get("Content-Type").map(|value| match value {
            Cow::Borrowed(value) => essence(value),
            Cow::Owned(value) => Cow::Owned(essence(&value).into_owned()),
        });
        Envelope {
            from: value("From"),
            to: value("To"),
            message_id: message.message_id(),
            content_type: content_type.unwrap_or(DEFAULT_TYPE),
            body_start: message.body.start,
        }
    }

    pub fn into_owned(self) -> Envelope<'static> {
        let owned = |text: Cow<'a, str>| -> Cow<'static, str> { Cow::Owned(text.into_owned()) };
        Envelope {
            from: self.from.map(owned),
            to: self.to.map(owned),
            message_id: self.message_id.map(owned),
            content_type: owned(self.content_type),
            body_start: self.body_start,
        }
    }

    pub fn content(&self, body_len: usize) -> Content {
        match self.content_type.as_ref() {
            "message/imdn+xml" => Content::Imdn,
            "application/im-iscomposing+xml" => Content::IsComposing,
            conference_info::MEDIA_TYPE => Content::ConferenceInfo,
            GROUP_DATA => Content::GroupData,
            group_state::MEDIA_TYPE => Content::GroupState,
            _ if body_len == 0 => Content::Empty,
            _ => Content::User,
        }
    }
}

pub(super) const GROUP_DATA: &str = "application/vnd.oma.cpm-groupdata+xml";

/// RFC 2045 §5.2: a body without Content-Type is plain text.
const DEFAULT_TYPE: Cow<'static, str> = Cow::Borrowed("text/plain");

/// A content type without parameters, in lower case.
fn essence(content_type: &str) -> Cow<'_, str> {
    let essence = match content_type.split_once(';') {
        Some((essence, _)) if !essence.contains('"') => essence,
        Some(_) => return Cow::Owned(MediaType::parse(content_type).essence().to_ascii_lowercase()),
        None => content_type,
    };
    let essence = essence.trim_matches([' ', '\t', '\r', '\n']);
    if essence.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(essence.to_ascii_lowercase())
    } else {
        Cow::Borrowed(essence)
    }
}

fn is_cpim(essence: &str) -> bool {
    essence.split_once('/').is_some_and(|(kind, subtype)| (kind.trim(), subtype.trim()) == ("message", "cpim"))
}

fn is_xml(essence: &str) -> bool {
    matches!(essence, "text/xml" | "application/xml")
}

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
pub fn open_all<'a>(session: &Session, sessions: &'a Sessions, messages: &'a Messages, cast: &Cast) -> Opened<'a> {
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

    let mut addresses = Addresses::default();
    let mut open = |(_, index, ends): (MessageId, u32, Ends)| {
        let transfer = &sessions.msrp.transfers[index as usize];
        let (envelope, content) = open(transfer, messages);
        let from = envelope.from.as_ref().map(|value| addresses.add(value, true));
        let to = envelope.to.as_ref().filter(|_| content == Content::User);
        let to = to.map(|value| addresses.add(value, false));
        let Ends { leg, sender, receiver, sender_hops, receiver_hops } = ends;
        OpenTransfer { transfer, index, leg, sender, receiver, sender_hops, receiver_hops, envelope, from, to, content }
    };
    let mut transfers = Vec::with_capacity(places.len());
    read_ahead(places.into_iter(), |(first, ..)| touch_envelope(*first, messages), |place| transfers.push(open(place)));
    Opened { transfers, addresses: addresses.list }
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

fn open<'a>(transfer: &Transfer, messages: &'a Messages) -> (Envelope<'a>, Content) {
    let first = &messages[transfer.first];
    let body = first.msrp().map_or(0..0, |summary| summary.body.range());
    // The envelope mostly stands in the first packet: the others need not be put together.
    let head = messages.head(first);
    let start = head.get(body.start..body.end.min(head.len())).unwrap_or_default();
    let content_type = transfer.content_type(messages);
    let envelope = Envelope::peek(content_type, start).unwrap_or_else(|| match transfer.body(messages) {
        Cow::Borrowed(body) => Envelope::open(content_type, body),
        Cow::Owned(body) => Envelope::open(content_type, &body).into_owned(),
    });
    let content = match envelope.content(body.len()) {
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
    (envelope, content)
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
