//! The parts of a message body.

use crate::wire::media_type::MediaType;
use crate::wire::sip::Message;
use crate::wire::{multipart, resource_lists};

/// The body of `message`, or the part of its multipart body, whose content type is `essence` (`type/subtype`).
pub fn find<'m>(message: &'m Message<'_>, essence: &str) -> Option<&'m [u8]> {
    message.body_of(essence)
}

/// The URIs of a resource-lists body: whom an INVITE (RFC 5366) or a REFER (RFC 5368) is about.
pub fn listed_uris(message: &Message<'_>) -> Vec<String> {
    let list = find(message, resource_lists::MEDIA_TYPE).and_then(|body| resource_lists::parse(body).ok());
    let entries = list.iter().flat_map(|list| list.entries());
    entries.filter_map(|entry| entry.uri.as_ref()).map(|uri| uri.value.clone()).collect()
}

/// As [`find`], for any content type and body.
pub fn find_in<'a>(content_type: &str, body: &'a [u8], essence: &str) -> Option<&'a [u8]> {
    let media_type = MediaType::parse(content_type);
    if media_type.is(essence) {
        return Some(body);
    }
    if !media_type.is_multipart() {
        return None;
    }
    multipart::parse(body, &media_type).ok()?.find(essence).map(|part| part.body())
}
