//! CPIM messages (RFC 3862): message headers, the content's MIME headers, and the content, each ended by a blank line.
//!
//! In comes the content of a `message/cpim` body, or its first chunk. Out come the headers with their namespaces resolved, so that
//! `imdn.Message-ID` (RFC 5438 §6) is found whatever prefix the sender chose, and the range of the content. MIME headers that only
//! say `Content-Type: message/cpim` may stand before the message headers. Bare LF is read as CRLF.

mod address;
mod header;
mod peek;
mod write;

use std::borrow::Cow;
use std::ops::Range;

use thiserror::Error;

pub use address::Address;
pub use header::{Header, unescape};
pub use peek::{Peek, peek};
pub use write::{escape, write};

use super::defect::{Defects, Oddity};
use super::mime::Headers;
use super::text::{HeadersEnd, line_end};

/// The namespace of headers without a prefix (RFC 3862 §4).
pub const CORE_NAMESPACE: &str = "urn:ietf:params:cpim-headers:";

/// The namespace of the headers of RFC 5438 §6: Message-ID, Disposition-Notification, …
pub const IMDN_NAMESPACE: &str = "urn:ietf:params:imdn";

/// Why something is no CPIM message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CpimError {
    #[error("no CPIM header at byte {at}")]
    NoHeader { at: usize },
}

/// A CPIM message. All ranges count from the start of the slice that was given.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    raw: &'a [u8],
    /// The MIME headers of the CPIM message itself, where they came with it.
    pub wrapper: Option<Headers<'a>>,
    /// The message headers in order, NS headers included.
    pub headers: Vec<Header<'a>>,
    /// The MIME headers of the content.
    pub content_headers: Headers<'a>,
    pub body: Range<usize>,
    pub defects: Defects,
}

/// Reads a whole CPIM message.
///
/// # Errors
/// When there is no header in it.
pub fn parse(raw: &[u8]) -> Result<Message<'_>, CpimError> {
    let mut message = read(raw)?;
    if !message.defects.has(Oddity::HeadersUnfinished) {
        message.content_headers.check_length(message.body.len(), &mut message.defects);
    }
    Ok(message)
}

/// Reads the beginning of a CPIM message, as the first chunk of an MSRP message has it: the body may go on beyond the data.
///
/// # Errors
/// When there is no header in it.
pub fn parse_first_chunk(raw: &[u8]) -> Result<Message<'_>, CpimError> {
    read(raw)
}

fn read(raw: &[u8]) -> Result<Message<'_>, CpimError> {
    let mut defects = Defects::default();
    let mut at = skip_blank_lines(raw, 0);
    if at > 0 {
        defects.note(0..at, Oddity::LeadingBlankLine);
    }
    let (mut block, mut end) = Headers::scan(raw, at, &mut defects);
    let mut wrapper = None;
    if let HeadersEnd::BlankLine(next) = end
        && block.content_type().is_some_and(|media_type| media_type.is("message/cpim"))
    {
        at = next;
        wrapper = Some(block);
        (block, end) = Headers::scan(raw, at, &mut defects);
    }
    if block.is_empty() {
        return Err(CpimError::NoHeader { at });
    }
    let headers = header::resolve(raw, &block, &mut defects);
    let (content_headers, body) = match end {
        HeadersEnd::BlankLine(next) => content(raw, next, &block, &mut defects),
        HeadersEnd::DataEnd => {
            defects.note(raw.len()..raw.len(), Oddity::HeadersUnfinished);
            (Headers::default(), raw.len()..raw.len())
        }
    };
    Ok(Message { raw, wrapper, headers, content_headers, body, defects })
}

/// The content's headers and the body, of which the first begins at `at`.
fn content<'a>(raw: &'a [u8], at: usize, block: &Headers<'a>, defects: &mut Defects) -> (Headers<'a>, Range<usize>) {
    let is_mime = |name: &[u8]| name.get(..8).is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"Content-"));
    if let Some(header) = block.span("Content-Type")
        && !is_mime(&raw[at..])
    {
        defects.note(header.line.range(), Oddity::ContentHeadersNotSeparated);
        return (block.filtered(is_mime), at..raw.len());
    }
    let (headers, start) = Headers::scan_before_body(raw, at, defects);
    if headers.is_empty() {
        defects.note(at..at, Oddity::ContentHeadersMissing);
    }
    if start.is_none() {
        defects.note(raw.len()..raw.len(), Oddity::HeadersUnfinished);
    }
    (headers, start.unwrap_or(raw.len())..raw.len())
}

/// Where the blank lines that begin at `from` end.
fn skip_blank_lines(raw: &[u8], from: usize) -> usize {
    let mut at = from;
    while matches!(&raw[at..line_end(raw, at)], b"\r\n" | b"\n") {
        at = line_end(raw, at);
    }
    at
}

impl<'a> Message<'a> {
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The content; of a first chunk, as much of it as is there.
    pub fn body(&self) -> &'a [u8] {
        self.raw.get(self.body.clone()).unwrap_or_default()
    }

    /// All headers called `name` in `namespace`, in order. Case is forgiven (and was noted).
    pub fn all(&self, namespace: &str, name: &str) -> impl Iterator<Item = &Header<'a>> {
        self.headers
            .iter()
            .filter(move |header| header.namespace == Some(namespace) && header.name.eq_ignore_ascii_case(name))
    }

    pub fn first(&self, namespace: &str, name: &str) -> Option<&Header<'a>> {
        self.all(namespace, name).next()
    }

    /// The senders; one, by RFC 3862 §4.1.
    pub fn from(&self) -> impl Iterator<Item = Address> {
        self.all(CORE_NAMESPACE, "From").map(Header::address)
    }

    /// The recipients (RFC 3862 §4.2).
    pub fn to(&self) -> impl Iterator<Item = Address> {
        self.all(CORE_NAMESPACE, "To").map(Header::address)
    }

    /// When the message was sent, an RFC 3339 time by RFC 3862 §4.4; as written.
    pub fn date_time(&self) -> Option<Cow<'a, str>> {
        self.first(CORE_NAMESPACE, "DateTime").map(Header::text)
    }

    /// The subjects with their languages (RFC 3862 §4.5); there may be one per language.
    pub fn subjects(&self) -> impl Iterator<Item = (Cow<'a, str>, Option<&'a str>)> {
        self.all(CORE_NAMESPACE, "Subject").map(|header| (header.text(), header.language()))
    }

    /// The header names that the receiver must understand (RFC 3862 §4.7), as written.
    pub fn require(&self) -> impl Iterator<Item = String> {
        self.all(CORE_NAMESPACE, "Require").flat_map(|header| list(&header.text()))
    }

    /// The Message-ID of RFC 5438 §6.3, by which IMDNs refer to the message.
    pub fn message_id(&self) -> Option<Cow<'a, str>> {
        self.first(IMDN_NAMESPACE, "Message-ID").map(Header::text)
    }

    /// What the sender wants to be told (RFC 5438 §6.2): `positive-delivery`, `negative-delivery`, `processing`, `display`, `none`, …
    pub fn disposition_notification(&self) -> impl Iterator<Item = String> {
        self.all(IMDN_NAMESPACE, "Disposition-Notification").flat_map(|header| list(&header.text()))
    }

    /// The declared namespaces in order: prefix (empty for the default) and URI.
    pub fn namespaces(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let raw = self.raw;
        self.headers.iter().filter_map(move |header| header::declaration(raw, &header.span))
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

#[cfg(test)]
mod tests;
