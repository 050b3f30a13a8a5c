//! MSRP messages (RFC 4975, 4976, 7701): requests, responses, REPORTs; a message is its bytes plus ranges.

mod byte_range;
mod form;
mod framing;
mod path;
mod start_line;
mod summary;

use std::borrow::Cow;
use std::ops::Range;

pub use byte_range::ByteRange;
pub use form::Form;
pub use framing::{Scan, cut, resynchronise};
pub use path::{Path, session_id, session_id_range};
pub use start_line::{MAX_TRANSACTION_ID_BYTES, StartLine};
pub use summary::{EndFlag, Method, Summary};

use super::text::{HeaderSpan, HeadersEnd, line_end, scan_headers, unfold};

/// A message opened for reading: its header fields indexed, nothing copied.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    raw: Cow<'a, [u8]>,
    start_line: StartLine,
    headers: Vec<HeaderSpan>,
    body: Range<usize>,
    end_flag: EndFlag,
}

impl<'a> Message<'a> {
    /// Opens the bytes of one message, as the framing cut them. `None` when they do not begin with an MSRP start line.
    pub fn parse(bytes: impl Into<Cow<'a, [u8]>>) -> Option<Message<'a>> {
        let bytes = bytes.into();
        let raw = &*bytes;
        let start_line = StartLine::parse(raw)?;
        let end_line = summary::EndLine::find(raw, &start_line);
        let head_end = end_line.as_ref().map_or(raw.len(), |end_line| end_line.start);
        let mut headers = Vec::with_capacity(10);
        let end = scan_headers(&raw[..head_end], line_end(raw, 0).min(head_end), |header| {
            headers.push(header);
            true
        });
        let body = match end {
            Some(HeadersEnd::BlankLine(start)) => summary::body(raw, start, end_line.as_ref()),
            _ => head_end..head_end,
        };
        let end_flag = end_line.map_or(EndFlag::Missing, |end_line| end_line.flag);
        Some(Message { raw: bytes, start_line, headers, body, end_flag })
    }

    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    pub fn start_line(&self) -> &StartLine {
        &self.start_line
    }

    pub fn transaction_id(&self) -> &str {
        self.text(self.start_line.transaction_id())
    }

    /// The method of a request, as written; `None` for a response.
    pub fn method(&self) -> Option<&str> {
        match &self.start_line {
            StartLine::Request { method, .. } => Some(self.text(method.clone())),
            StartLine::Response { .. } => None,
        }
    }

    /// The status code of a response; `None` for a request.
    pub fn status(&self) -> Option<u16> {
        match self.start_line {
            StartLine::Response { status, .. } => Some(status),
            StartLine::Request { .. } => None,
        }
    }

    /// The comment of a response, which may be missing (RFC 4975 §7.2).
    pub fn comment(&self) -> &str {
        match &self.start_line {
            StartLine::Response { comment, .. } => self.text(comment.clone()),
            StartLine::Request { .. } => "",
        }
    }

    pub fn end_flag(&self) -> EndFlag {
        self.end_flag
    }

    /// All header fields in order: name and value as written.
    pub fn headers(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.headers
            .iter()
            .map(|header| (String::from_utf8_lossy(header.name.of(&self.raw)), unfold(header.value.of(&self.raw))))
    }

    pub fn header_spans(&self) -> &[HeaderSpan] {
        &self.headers
    }

    /// The value of the first field called `name`, whatever its case.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let header = self.headers.iter().find(|header| header.name.of(&self.raw).eq_ignore_ascii_case(name.as_bytes()));
        header.map(|header| unfold(header.value.of(&self.raw)))
    }

    /// The Byte-Range; `None` when there is none, or none that makes sense.
    pub fn byte_range(&self) -> Option<ByteRange> {
        ByteRange::parse(&self.header("Byte-Range")?)
    }

    pub fn body_range(&self) -> Range<usize> {
        self.body.clone()
    }

    pub fn body(&self) -> &[u8] {
        &self.raw[self.body.clone()]
    }

    fn text(&self, range: Range<usize>) -> &str {
        self.raw.get(range).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}
