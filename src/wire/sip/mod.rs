//! SIP messages (RFC 3261): a message is its bytes plus ranges; headers keep order, case and spacing.

mod framing;
mod header;
mod start_line;
mod summary;
mod typed;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

pub(super) use framing::datagram;
pub use framing::{Scan, cut, resynchronise};
pub use header::Name;
pub use start_line::{MAX_START_LINE_BYTES, StartLine};
pub use summary::{Method, Summary};

use super::media_type::MediaType;
use super::multipart;
use super::text::{HeaderSpan, HeadersEnd, scan_headers, unfold};

/// A message opened for reading: its header fields indexed, nothing copied.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    raw: Cow<'a, [u8]>,
    start_line: StartLine,
    headers: Vec<(Name, HeaderSpan)>,
    body: Range<usize>,
    is_cut: bool,
    typed_bodies: OnceLock<Vec<TypedBody>>,
}

/// The body or a part of it, its content type, and where it stands in the body.
type TypedBody = (MediaType<'static>, Range<usize>);

impl<'a> Message<'a> {
    /// Opens the bytes of one message, as the framing cut them. `None` when they do not begin with a SIP start line;
    /// everything after that is kept however odd it is.
    pub fn parse(bytes: impl Into<Cow<'a, [u8]>>) -> Option<Message<'a>> {
        let bytes = bytes.into();
        let raw = &*bytes;
        let start_line = StartLine::parse(raw)?;
        let mut headers = Vec::with_capacity(24);
        let end = scan_headers(raw, super::text::line_end(raw, 0), |header| {
            headers.push((Name::of(header.name.of(raw)), header));
            true
        });
        let start = match end {
            Some(HeadersEnd::BlankLine(start)) => start,
            _ => raw.len(),
        };
        let length = headers.iter().find(|(name, _)| *name == Name::ContentLength);
        let length = length.and_then(|(_, header)| framing::content_length(header.value.of(raw)));
        let end = length.and_then(|length| start.checked_add(length)).unwrap_or(raw.len());
        let (body, is_cut) = (start..end.min(raw.len()), end > raw.len());
        Some(Message { raw: bytes, start_line, headers, body, is_cut, typed_bodies: OnceLock::new() })
    }

    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    pub fn start_line(&self) -> &StartLine {
        &self.start_line
    }

    /// The method of a request, as written; `None` for a response.
    pub fn method(&self) -> Option<&str> {
        match &self.start_line {
            StartLine::Request { method, .. } => std::str::from_utf8(&self.raw[method.clone()]).ok(),
            StartLine::Status { .. } => None,
        }
    }

    /// The status code of a response (0 when it is not three digits); `None` for a request.
    pub fn status(&self) -> Option<u16> {
        match self.start_line {
            StartLine::Status { status, .. } => Some(status),
            StartLine::Request { .. } => None,
        }
    }

    pub fn reason_phrase(&self) -> Cow<'_, str> {
        match &self.start_line {
            StartLine::Status { reason, .. } => String::from_utf8_lossy(&self.raw[reason.clone()]),
            StartLine::Request { .. } => Cow::Borrowed(""),
        }
    }

    pub fn request_uri(&self) -> Option<Cow<'_, str>> {
        match &self.start_line {
            StartLine::Request { uri, .. } => Some(String::from_utf8_lossy(&self.raw[uri.clone()])),
            StartLine::Status { .. } => None,
        }
    }

    /// All header fields in order.
    pub fn headers(&self) -> impl Iterator<Item = Header<'_>> {
        self.headers.iter().map(|&(name, span)| Header { name, span, raw: &self.raw })
    }

    /// The fields called `name`, in order; one field may hold several values, see [`super::uri::split_values`].
    /// A last line that the capture cut is only among the [`Message::headers`]: its value may be half of one.
    pub fn all(&self, name: Name) -> impl Iterator<Item = Header<'_>> {
        let raw = &*self.raw;
        let own = self.headers.iter().filter(move |(own, span)| *own == name && span.is_whole(raw));
        own.map(move |&(name, span)| Header { name, span, raw })
    }

    /// The value of the first field called `name`.
    pub fn header(&self, name: Name) -> Option<Cow<'_, str>> {
        self.all(name).next().map(|header| header.value())
    }

    /// Is there a field called `name`?
    pub fn has(&self, name: Name) -> bool {
        self.all(name).next().is_some()
    }

    pub fn body_range(&self) -> Range<usize> {
        self.body.clone()
    }

    /// The body: as long as Content-Length says, if so much is there; else what is there.
    pub fn body(&self) -> &[u8] {
        &self.raw[self.body.clone()]
    }

    /// The body, or the first part of its multipart body, whose content type is `essence` (`type/subtype`).
    pub fn body_of(&self, essence: &str) -> Option<&[u8]> {
        self.raw.get(self.range_of(essence)?)
    }

    /// As [`Message::body_of`], where the message lies in one piece: such a body is there for longer than what was opened.
    pub fn lasting_body_of(&self, essence: &str) -> Option<&'a [u8]> {
        let Cow::Borrowed(raw) = self.raw else { return None };
        raw.get(self.range_of(essence)?)
    }

    /// Where [`Message::body_of`] stands in the message.
    fn range_of(&self, essence: &str) -> Option<Range<usize>> {
        let bodies = self.typed_bodies.get_or_init(|| self.split_body().unwrap_or_default());
        let (_, range) = bodies.iter().find(|(media_type, _)| media_type.is(essence))?;
        Some(self.body.start + range.start..self.body.start + range.end)
    }

    /// The body under its own content type, and the parts of a multipart; nothing without a content type.
    fn split_body(&self) -> Option<Vec<TypedBody>> {
        let media_type = MediaType::parse(self.header(Name::ContentType)?.into_owned());
        let multipart = media_type.is_multipart().then(|| multipart::parse(self.body(), &media_type).ok()).flatten();
        let parts = multipart.iter().flat_map(|multipart| multipart.leaves());
        let parts = parts.filter_map(|part| {
            let content_type = part.headers.get("Content-Type")?.into_owned();
            Some((MediaType::parse(content_type), part.body.clone()))
        });
        let parts: Vec<TypedBody> = parts.collect();
        let whole = (media_type, 0..self.body().len());
        Some(std::iter::once(whole).chain(parts).collect())
    }

    /// Less than Content-Length says is there: the last line of the body may be half of one.
    pub fn is_body_cut(&self) -> bool {
        self.is_cut
    }

    /// What a datagram holds behind the body (RFC 3261 §18.3 says to discard it).
    pub fn trailing(&self) -> &[u8] {
        &self.raw[self.body.end..]
    }
}

/// One header field.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    pub name: Name,
    pub span: HeaderSpan,
    raw: &'a [u8],
}

impl<'a> Header<'a> {
    /// The name as written.
    pub fn written_name(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.span.name.of(self.raw))
    }

    /// The value, unfolded.
    pub fn value(&self) -> Cow<'a, str> {
        unfold(self.span.value.of(self.raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_is_shown_and_not_believed() {
        let raw = b"INVITE sip:focus@a SIP/2.0\r\nCall-ID: c1\r\nContribution-ID: 88ba0";
        let message = Message::parse(raw).unwrap();
        assert_eq!(message.headers().map(|header| header.value()).collect::<Vec<_>>(), ["c1", "88ba0"]);
        assert_eq!(message.header(Name::CallId).as_deref(), Some("c1"));
        assert_eq!(message.header(Name::ContributionId), None);
        let cut = summary::Scanned::scan(b"BYE sip:a SIP/2.0\r\nCall-ID: c").unwrap().summary(0..0);
        assert!(cut.call_id.is_empty());
    }

    #[test]
    fn a_body_shorter_than_its_content_length_is_cut() {
        let is_cut = |raw: &str| Message::parse(raw.as_bytes()).unwrap().is_body_cut();
        assert!(is_cut("SIP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nv=0\n"));
        assert!(!is_cut("SIP/2.0 200 OK\r\nContent-Length: 4\r\n\r\nv=0\n"));
        assert!(!is_cut("SIP/2.0 200 OK\r\n\r\nv=0\n"));
    }
}
