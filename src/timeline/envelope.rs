//! What an MSRP message carries: the CPIM envelope around it, if there is one, and what kind of thing is inside.

use std::borrow::Cow;

use crate::wire::cpim::{self, CORE_NAMESPACE};
use crate::wire::media_type::MediaType;
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
        Envelope::peek(content_type, body).map_or_else(|| Envelope::read(content_type, body), |(_, envelope)| envelope)
    }

    /// Opens what is no CPIM, or an ordinary CPIM message, of which the headers are enough and come, too; `None` for any other.
    pub(super) fn peek(content_type: &'a str, body: &'a [u8]) -> Option<(Option<cpim::Peek<'a>>, Envelope<'a>)> {
        let outer = essence(content_type);
        if !is_cpim(&outer) {
            return Some((None, Envelope { content_type: outer, ..Envelope::default() }));
        }
        let message = cpim::peek(body)?;
        let envelope = Envelope {
            from: message.from.map(Cow::Borrowed),
            to: message.to.map(Cow::Borrowed),
            message_id: message.message_id.map(Cow::Borrowed),
            content_type: message.content_type.map_or(DEFAULT_TYPE, essence),
            body_start: message.body_start,
        };
        Some((Some(message), envelope))
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
