//! A captured SIP message as a template: taken apart once per plan, so that each copy only puts in what it calls things.

use super::body::{Body, path_session_id};
use super::originals::{Originals, Text};
use super::plain::{base_uri, has_tag, with_tag};
use crate::session::{MsrpMedia, focus_contact, msrp_media};
use crate::wire::sip::{Message, Name};
use crate::wire::uri::{NameAddr, Uri, split_values};

/// A captured SIP message, taken apart.
pub struct SipTemplate {
    pub message: Message<'static>,
    pub status: u16,
    /// Its To bears a tag: it was sent inside a dialog.
    pub is_inside: bool,
    pub is_focus: bool,
    pub media: Option<MsrpMedia>,
    /// Contribution-ID and Conversation-ID.
    pub groups: Vec<String>,
    pub contacts: Vec<Contact>,
    pub(super) uri: Text,
    /// The Request-URI without its parameters.
    pub(super) base_uri: String,
    /// From and To without tags.
    pub(super) from: Text,
    pub(super) to: Text,
    /// The header fields that are not written anew.
    pub(super) fields: Vec<Part>,
    pub(super) body: Body,
}

/// A URI in a Contact field.
pub struct Contact {
    /// Without its parameters.
    pub base: String,
    pub is_focus: bool,
    /// Scheme and user, when it is a URI at all.
    pub parts: Option<(String, Option<String>)>,
}

/// A part of the header fields.
pub(super) enum Part {
    Text(Text),
    /// A URI in a Contact: without its parameters, and those but for the transport.
    Contact(String, String),
}

/// Headers that are written anew, whatever the template has.
const OWN: &[Name] = &[
    Name::Via,
    Name::Route,
    Name::RecordRoute,
    Name::MaxForwards,
    Name::From,
    Name::To,
    Name::CallId,
    Name::CSeq,
    Name::ContentLength,
    Name::Authorization,
];

/// Headers of authentication, which no name of ours stands for.
const AUTHENTICATION: &[&str] = &[
    "proxy-authorization",
    "www-authenticate",
    "proxy-authenticate",
    "authentication-info",
    "proxy-authentication-info",
];

/// The identifiers in a message that may be called otherwise.
pub fn identifiers(message: &Message<'_>) -> Vec<String> {
    let mut found = groups(message);
    for contact in contacts(message) {
        if let Some((_, Some(user))) = contact.parts.filter(|_| contact.is_focus) {
            found.push(user);
        }
        found.push(contact.base);
    }
    found.extend(msrp_media(message).and_then(|media| path_session_id(&media.path).map(str::to_owned)));
    found
}

fn groups(message: &Message<'_>) -> Vec<String> {
    let values = [Name::ContributionId, Name::ConversationId].into_iter().filter_map(|name| message.header(name));
    values.map(|value| value.trim().to_owned()).collect()
}

fn contacts(message: &Message<'_>) -> Vec<Contact> {
    let value = message.header(Name::Contact).unwrap_or_default();
    let addresses = split_values(&value).filter_map(NameAddr::parse).map(|address| {
        let base = base_uri(address.uri()).to_owned();
        let parts = Uri::parse(&base).map(|uri| (uri.scheme().to_owned(), uri.user().map(str::to_owned)));
        Contact { is_focus: address.has_param("isfocus"), parts, base }
    });
    addresses.collect()
}

impl SipTemplate {
    pub fn new(message: Message<'static>, originals: &Originals) -> SipTemplate {
        let value = |name| message.header(name).unwrap_or_default();
        let uri = message.request_uri().unwrap_or_default();
        SipTemplate {
            status: message.status().unwrap_or(0),
            is_inside: has_tag(&value(Name::To)),
            is_focus: focus_contact(&message).is_some(),
            media: msrp_media(&message),
            groups: groups(&message),
            contacts: contacts(&message),
            uri: originals.cut(uri.as_bytes()),
            base_uri: base_uri(&uri).to_owned(),
            from: originals.cut(with_tag(&value(Name::From), "").as_bytes()),
            to: originals.cut(with_tag(&value(Name::To), "").as_bytes()),
            fields: fields(&message, originals),
            body: Body::cut(originals, &value(Name::ContentType), message.body()),
            message,
        }
    }

    /// The session-id at the far end of the path of its SDP.
    pub fn session_id(&self) -> Option<&str> {
        path_session_id(&self.media.as_ref()?.path)
    }
}

fn fields(message: &Message<'_>, originals: &Originals) -> Vec<Part> {
    let mut parts = vec![];
    let mut text = Text::default();
    for header in message.headers() {
        let name = header.written_name();
        let is_authentication = AUTHENTICATION.iter().any(|known| name.eq_ignore_ascii_case(known));
        if OWN.contains(&header.name) || is_authentication || name.is_empty() {
            continue;
        }
        text.push(&Text::plain(&format!("{name}: ")));
        let value = header.value();
        let mut rest = &*value;
        if header.name == Name::Contact {
            for address in split_values(&value).filter_map(NameAddr::parse) {
                let Some(at) = rest.find(address.uri()) else { continue };
                text.push(&Text::plain(&rest[..at]));
                parts.push(Part::Text(std::mem::take(&mut text)));
                let base = base_uri(address.uri());
                let params = address.uri()[base.len()..].split(';');
                let kept = params.filter(|param| !param.to_ascii_lowercase().starts_with("transport="));
                parts.push(Part::Contact(base.to_owned(), kept.collect::<Vec<_>>().join(";")));
                rest = &rest[at + address.uri().len()..];
            }
        }
        text.push(&originals.cut(rest.as_bytes()));
        text.push(&Text::plain("\r\n"));
    }
    parts.push(Part::Text(text));
    parts
}
