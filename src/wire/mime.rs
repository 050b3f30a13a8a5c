//! MIME header fields (RFC 2045 §3), as body parts and the content of CPIM messages have them.

use std::borrow::Cow;

use super::defect::{Defects, Oddity};
use super::media_type::MediaType;
use super::text::{HeaderSpan, HeadersEnd, is_token_char, scan_headers, trim, unfold};

/// How many header fields of one section are read; real ones have at most some dozens.
pub const MAX_HEADERS: usize = 256;

/// One section of header fields in order, nothing copied.
#[derive(Clone, Debug, Default)]
pub struct Headers<'a> {
    raw: &'a [u8],
    spans: Vec<HeaderSpan>,
}

impl<'a> Headers<'a> {
    /// The header section of `raw` that begins at `from`, up to a blank line; what is odd in it goes to `defects`. A last line
    /// that was cut is left out: its value may be half of one.
    pub(super) fn scan(raw: &'a [u8], from: usize, defects: &mut Defects) -> (Headers<'a>, HeadersEnd) {
        let mut headers = Headers { raw, spans: Vec::new() };
        let end = scan_headers(raw, from, |header| {
            if header.name.is_empty() {
                defects.note(header.line.range(), Oddity::HeaderWithoutColon);
            } else if header.is_whole(raw) {
                headers.push(header, defects);
            }
            true
        });
        (headers, end.unwrap_or(HeadersEnd::DataEnd))
    }

    /// The header section before a body, and where the body begins: behind a blank line, or, since senders forget that line, where
    /// something stands that is no header. `None` when the data ends first.
    pub(super) fn scan_before_body(raw: &'a [u8], from: usize, defects: &mut Defects) -> (Headers<'a>, Option<usize>) {
        let mut headers = Headers { raw, spans: Vec::new() };
        let mut body = None;
        let end = scan_headers(raw, from, |header| {
            let name = header.name.of(raw);
            let is_header = !name.is_empty() && name.iter().copied().all(is_token_char);
            if is_header {
                headers.push(header, defects);
            } else {
                body = Some(header.line.range().start);
            }
            is_header
        });
        match (end, body) {
            (Some(HeadersEnd::BlankLine(start)), _) => (headers, Some(start)),
            (_, Some(start)) => {
                defects.note(start..start, Oddity::BlankLineMissing);
                (headers, Some(start))
            }
            (_, None) => (headers, None),
        }
    }

    fn push(&mut self, header: HeaderSpan, defects: &mut Defects) {
        if self.spans.len() < MAX_HEADERS {
            self.spans.push(header);
        } else if !defects.has(Oddity::TooManyHeaders) {
            defects.note(header.line.range(), Oddity::TooManyHeaders);
        }
    }

    /// The fields for which `keep` holds.
    pub(super) fn filtered(&self, keep: impl Fn(&[u8]) -> bool) -> Headers<'a> {
        let spans = self.spans.iter().copied().filter(|header| keep(header.name.of(self.raw))).collect();
        Headers { raw: self.raw, spans }
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Where each field stands, in order.
    pub fn spans(&self) -> &[HeaderSpan] {
        &self.spans
    }

    /// Name and value of every field, in order; folds in values have become one space.
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + '_ {
        let raw = self.raw;
        self.spans
            .iter()
            .map(move |header| (String::from_utf8_lossy(header.name.of(raw)), unfold(header.value.of(raw))))
    }

    /// Where the first field called `name` stands, whatever its case.
    pub fn span(&self, name: &str) -> Option<HeaderSpan> {
        let named = |header: &&HeaderSpan| header.name.of(self.raw).eq_ignore_ascii_case(name.as_bytes());
        self.spans.iter().find(named).copied()
    }

    /// The value of the first field called `name`, whatever its case.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.span(name).map(|header| unfold(header.value.of(self.raw)))
    }

    pub fn content_type(&self) -> Option<MediaType<'a>> {
        self.get("Content-Type").map(MediaType::parse)
    }

    /// The Content-ID without its angle brackets.
    pub fn content_id(&self) -> Option<&'a str> {
        let value = self.span("Content-ID")?.value;
        std::str::from_utf8(value.of(self.raw)).ok().map(strip_brackets)
    }

    /// The disposition type of Content-Disposition, as written and without parameters (RFC 2183 §2; RFC 5364 §7 for URI lists).
    pub fn disposition(&self) -> Option<&'a str> {
        let value = self.span("Content-Disposition")?.value.of(self.raw);
        let end = memchr::memchr(b';', value).unwrap_or(value.len());
        std::str::from_utf8(&value[trim(value, 0..end)]).ok()
    }

    /// Compares Content-Length, where there is one, with the body that was found. The length only informs: the framing around decides.
    pub(super) fn check_length(&self, body_bytes: usize, defects: &mut Defects) {
        let Some(header) = self.span("Content-Length") else { return };
        let length = std::str::from_utf8(header.value.of(self.raw)).ok().and_then(|text| text.parse::<usize>().ok());
        let oddity = match length {
            None => Oddity::ContentLengthNotANumber,
            Some(length) if length < body_bytes => Oddity::ContentLengthTooSmall,
            Some(length) if length > body_bytes => Oddity::ContentLengthTooLarge,
            Some(_) => return,
        };
        defects.note(header.value.range(), oddity);
    }
}

/// A Content-ID without its angle brackets.
pub(super) fn strip_brackets(id: &str) -> &str {
    let id = id.trim();
    id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id)
}

/// Appends `name: value` as a header line; line ends inside become spaces, so that no value can begin another header.
pub(super) fn write_header(out: &mut Vec<u8>, name: &str, value: &str) {
    let line = format!("{name}: {value}").replace(['\r', '\n'], " ");
    out.extend_from_slice(line.as_bytes());
    out.extend_from_slice(b"\r\n");
}
