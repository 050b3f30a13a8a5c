//! The first chunk of an MSRP message, and what its head shows at once.

use super::case::Case;
use crate::session::Transfer;
use crate::wire::Message;
use crate::wire::media_type::is_essence;
use crate::wire::msrp::Summary;

/// The first chunk of a message.
pub struct Look<'a> {
    pub message: &'a Message,
    pub summary: &'a Summary,
    pub head: &'a [u8],
    pub body_start: usize,
    pub body_len: usize,
}

impl<'a> Look<'a> {
    pub fn new(case: &Case<'a>, transfer: &Transfer) -> Option<Look<'a>> {
        let message = &case.messages()[transfer.first];
        let summary = message.msrp()?;
        let head = case.messages().head(message);
        let body = summary.body.range();
        let body_start = if body.is_empty() { head.len() } else { body.start };
        Some(Look { message, summary, head, body_start, body_len: body.len() })
    }

    /// As much of the body as stands in the first packet.
    pub fn body(&self) -> &'a [u8] {
        let body = self.head.get(self.body_start..).unwrap_or_default();
        &body[..body.len().min(self.body_len)]
    }
}

/// Is the content of a message of this `type/subtype`, whatever the parameters?
pub fn is_of_type(case: &Case<'_>, transfer: &Transfer, essence: &str) -> bool {
    match as_written(case, transfer) {
        written if written == essence.as_bytes() => true,
        // What is shorter is another one.
        written if !written.is_empty() && written.len() < essence.len() && written.is_ascii() => false,
        _ => is_essence(transfer.content_type(case.messages()), essence),
    }
}

/// Does the Content-Type of a message begin with this `type/subtype`, whatever the case?
pub fn is_of_kind(case: &Case<'_>, transfer: &Transfer, essence: &str) -> bool {
    match as_written(case, transfer) {
        written if written.is_empty() || !written.is_ascii() => {
            is_kind(transfer.content_type(case.messages()), essence)
        }
        // Nearly always it is written just so.
        written if written.starts_with(essence.as_bytes()) => true,
        written => written.get(..essence.len()).is_some_and(|start| start.eq_ignore_ascii_case(essence.as_bytes())),
    }
}

/// Does a Content-Type value begin with this `type/subtype`, whatever the case?
pub fn is_kind(content_type: &str, essence: &str) -> bool {
    content_type.get(..essence.len()).is_some_and(|start| start.eq_ignore_ascii_case(essence))
}

/// The Content-Type of the first chunk: nearly always it is all that is asked for.
fn as_written<'a>(case: &Case<'a>, transfer: &Transfer) -> &'a [u8] {
    if let Some(inside) = case.glance().insides.of(transfer.first) {
        return inside.content_type;
    }
    let message = &case.messages()[transfer.first];
    message.msrp().map_or(&[], |summary| summary.content_type.of(case.messages().head(message)))
}
