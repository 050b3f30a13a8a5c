//! The parts of a message body.

use crate::wire::media_type::MediaType;
use crate::wire::multipart;
use crate::wire::sip::{Message, Name};

/// The body of `message`, or the part of its multipart body, whose content type is `essence` (`type/subtype`).
pub fn find<'m>(message: &'m Message<'_>, essence: &str) -> Option<&'m [u8]> {
    let content_type = message.header(Name::ContentType)?;
    find_in(&content_type, message.body(), essence)
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
