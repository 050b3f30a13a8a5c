//! Lines, white space and names: what SIP, MSRP and MIME headers have in common.

use std::borrow::Cow;
use std::ops::Range;

/// A place inside a message, small enough to keep by the million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    pub start: u32,
    pub len: u32,
}

impl Part {
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    pub fn range(self) -> Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }

    /// The bytes of the part; empty where it does not lie inside `raw`.
    pub fn of(self, raw: &[u8]) -> &[u8] {
        raw.get(self.range()).unwrap_or_default()
    }
}

impl From<Range<usize>> for Part {
    /// Messages are far below 4 GiB ([`super::MAX_MESSAGE_BYTES`]), so the numbers fit.
    fn from(range: Range<usize>) -> Part {
        Part { start: range.start as u32, len: range.len() as u32 }
    }
}

/// A place in the first 64 KiB of a message, where the headers are that messages are told apart by. What lies behind counts as absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeadPart {
    start: u16,
    len: u16,
}

impl HeadPart {
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    pub fn range(self) -> Range<usize> {
        let start = usize::from(self.start);
        start..start + usize::from(self.len)
    }

    /// The bytes of the part; empty where it does not lie inside `raw`.
    pub fn of(self, raw: &[u8]) -> &[u8] {
        raw.get(self.range()).unwrap_or_default()
    }
}

impl From<Range<usize>> for HeadPart {
    fn from(range: Range<usize>) -> HeadPart {
        match (u16::try_from(range.start), u16::try_from(range.len())) {
            (Ok(start), Ok(len)) => HeadPart { start, len },
            _ => HeadPart::default(),
        }
    }
}

impl From<Part> for HeadPart {
    fn from(part: Part) -> HeadPart {
        part.range().into()
    }
}

/// One header field of a message: where its name and value stand. The value is without white space at its ends; folds are still in it.
#[derive(Clone, Copy, Debug)]
pub struct HeaderSpan {
    pub name: Part,
    pub value: Part,
    /// The whole line or lines, without the last line end.
    pub line: Part,
}

impl HeaderSpan {
    /// Whether the line has its end: where the data ends first, the value may be the beginning of a longer one.
    pub fn is_whole(&self, raw: &[u8]) -> bool {
        self.line.range().end < raw.len()
    }
}

/// What a header section ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadersEnd {
    /// A blank line; the body begins here.
    BlankLine(usize),
    /// The data ended first.
    DataEnd,
}

/// Walks the header lines from `from`: CRLF or bare LF, folded lines joined, white space before the colon tolerated.
/// A line without a colon is reported with an empty name. Stops early, with `None`, when `each` returns false.
pub fn scan_headers(raw: &[u8], from: usize, mut each: impl FnMut(HeaderSpan) -> bool) -> Option<HeadersEnd> {
    let mut at = from;
    loop {
        if raw[at.min(raw.len())..].starts_with(b"\r\n") {
            return Some(HeadersEnd::BlankLine(at + 2));
        }
        if raw.get(at) == Some(&b'\n') {
            return Some(HeadersEnd::BlankLine(at + 1));
        }
        if at >= raw.len() {
            return Some(HeadersEnd::DataEnd);
        }
        let mut next = line_end(raw, at);
        // A line that begins with white space continues the one before (RFC 3261 §7.3.1).
        while matches!(raw.get(next), Some(b' ' | b'\t')) {
            next = line_end(raw, next);
        }
        let line = trim_line_end(raw, at..next);
        let (name, value) = match memchr::memchr(b':', &raw[line.clone()]) {
            Some(colon) => (trim(raw, line.start..line.start + colon), trim(raw, line.start + colon + 1..line.end)),
            None => (line.start..line.start, trim(raw, line.clone())),
        };
        if !each(HeaderSpan { name: name.into(), value: value.into(), line: line.into() }) {
            return None;
        }
        at = next;
    }
}

/// Where the line that contains `at` ends: after its LF, or at the end of the data.
pub fn line_end(raw: &[u8], at: usize) -> usize {
    raw.get(at..).and_then(|rest| memchr::memchr(b'\n', rest)).map_or(raw.len(), |lf| at + lf + 1)
}

/// `range` without CR and LF at its end.
pub fn trim_line_end(raw: &[u8], range: Range<usize>) -> Range<usize> {
    let mut end = range.end;
    while end > range.start && matches!(raw[end - 1], b'\r' | b'\n') {
        end -= 1;
    }
    range.start..end
}

/// `range` without white space (space, tab, CR, LF) at both ends.
pub fn trim(raw: &[u8], range: Range<usize>) -> Range<usize> {
    let Range { mut start, mut end } = range;
    while start < end && matches!(raw[start], b' ' | b'\t' | b'\r' | b'\n') {
        start += 1;
    }
    while end > start && matches!(raw[end - 1], b' ' | b'\t' | b'\r' | b'\n') {
        end -= 1;
    }
    start..end
}

/// A header value as text: folds become one space, bytes that are not UTF-8 become U+FFFD.
pub fn unfold(value: &[u8]) -> Cow<'_, str> {
    // Nearly always it is text in one line, which is quickly seen.
    let text = std::str::from_utf8(value).map_or_else(|_| String::from_utf8_lossy(value), Cow::Borrowed);
    if memchr::memchr2(b'\r', b'\n', value).is_none() {
        return text;
    }
    let mut unfolded = String::with_capacity(text.len());
    for line in text.split(['\r', '\n']) {
        let line = line.trim_matches([' ', '\t']);
        if !line.is_empty() {
            if !unfolded.is_empty() {
                unfolded.push(' ');
            }
            unfolded.push_str(line);
        }
    }
    Cow::Owned(unfolded)
}

/// Whether a header name is the `known` one, whatever its case. Nearly always it is written as usual, which is quickly seen.
#[inline]
pub fn is_name(name: &[u8], known: &str) -> bool {
    name == known.as_bytes() || name.eq_ignore_ascii_case(known.as_bytes())
}

/// Is `byte` one of RFC 3261's `token` characters?
pub fn is_token_char(byte: u8) -> bool {
    /// Each byte of each header name is looked up.
    const IS_TOKEN: [bool; 256] = {
        let mut table = [false; 256];
        let mut at = 0;
        while at < table.len() {
            let byte = at as u8;
            table[at] = byte.is_ascii_alphanumeric()
                || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~');
            at += 1;
        }
        table
    };
    IS_TOKEN[byte as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(raw: &str) -> (Vec<(String, String)>, Option<HeadersEnd>) {
        let mut seen = Vec::new();
        let end = scan_headers(raw.as_bytes(), 0, |header| {
            let text = |part: Part| unfold(part.of(raw.as_bytes())).into_owned();
            seen.push((text(header.name), text(header.value)));
            true
        });
        (seen, end)
    }

    #[test]
    fn folds_spaces_before_the_colon_and_bare_lf_are_read() {
        let raw = "To :\r\n <sip:a@b>\r\n\t;tag=1\nSubject:\r\n\r\nbody";
        let (seen, end) = headers(raw);
        assert_eq!(seen, [("To".into(), "<sip:a@b> ;tag=1".into()), ("Subject".into(), String::new())]);
        assert_eq!(end, Some(HeadersEnd::BlankLine(raw.len() - 4)));
    }

    #[test]
    fn a_line_without_colon_and_a_missing_blank_line_are_told() {
        let (seen, end) = headers("junk\r\nA: b");
        assert_eq!(seen, [(String::new(), "junk".into()), ("A".into(), "b".into())]);
        assert_eq!(end, Some(HeadersEnd::DataEnd));
    }
}
