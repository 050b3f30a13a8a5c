//! What the session layer asks of every MSRP message, scanned once when the message is framed.

use std::ops::Range;

use super::form::Form;
use super::start_line::StartLine;
use crate::wire::text::{HeadPart, HeadersEnd, Part, is_name, line_end, scan_headers};

/// MSRP methods (RFC 4975, 4976, 7701).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    Send,
    Report,
    Auth,
    Nickname,
    Other,
    /// The message is a response.
    Response,
}

/// The flag at the end of the end-line (RFC 4975 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndFlag {
    /// `$`: the last chunk.
    Complete,
    /// `+`: more chunks follow.
    Continued,
    /// `#`: the sender gave up.
    Aborted,
    /// The end-line was not captured.
    Missing,
}

impl EndFlag {
    pub fn of(byte: u8) -> Option<EndFlag> {
        match byte {
            b'$' => Some(EndFlag::Complete),
            b'+' => Some(EndFlag::Continued),
            b'#' => Some(EndFlag::Aborted),
            _ => None,
        }
    }

    /// The character as it stands on the wire; a space when it was not captured.
    pub fn as_char(self) -> char {
        match self {
            EndFlag::Complete => '$',
            EndFlag::Continued => '+',
            EndFlag::Aborted => '#',
            EndFlag::Missing => ' ',
        }
    }
}

/// The keys of an MSRP message. Parts point into the message; an absent header gives an empty part.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    pub method: Method,
    /// 0 for requests.
    pub status: u16,
    /// [`Summary::end_flag`] in the low half, [`Summary::form`] in the high half: there may be millions of messages.
    marks: u8,
    pub transaction_id: HeadPart,
    pub to_path: HeadPart,
    pub from_path: HeadPart,
    pub message_id: HeadPart,
    pub byte_range: HeadPart,
    pub content_type: HeadPart,
    pub body: Part,
}

impl Summary {
    pub fn end_flag(&self) -> EndFlag {
        let all = [EndFlag::Complete, EndFlag::Continued, EndFlag::Aborted, EndFlag::Missing];
        all[usize::from(self.marks & 0b11)]
    }

    /// How it is written.
    pub fn form(&self) -> Form {
        Form::from_bits(self.marks >> 4)
    }
}

/// The closing line of a message.
pub(super) struct EndLine {
    /// Where its first dash stands.
    pub start: usize,
    pub flag: EndFlag,
}

impl EndLine {
    /// Finds the end-line of a message that is cut already: it is the last line.
    pub fn find(raw: &[u8], start_line: &StartLine) -> Option<EndLine> {
        let id = &raw[start_line.transaction_id()];
        let trimmed = raw.len() - raw.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (&flag, before) = raw[..trimmed].split_last()?;
        let flag = EndFlag::of(flag)?;
        let start = before.strip_suffix(id)?.strip_suffix(b"-------")?.len();
        matches!(raw[..start].last(), Some(b'\n')).then_some(EndLine { start, flag })
    }
}

/// The body between the blank line and the end-line; the CRLF before the end-line is not part of it.
pub(super) fn body(raw: &[u8], start: usize, end_line: Option<&EndLine>) -> Range<usize> {
    let Some(end_line) = end_line else { return start..raw.len() };
    let before = &raw[start.min(end_line.start)..end_line.start];
    let end = end_line.start - if before.ends_with(b"\r\n") { 2 } else { usize::from(before.ends_with(b"\n")) };
    start.min(end)..end
}

/// Scans a message that is cut already.
pub(super) fn summarise(raw: &[u8], start_line: &StartLine, end_line: Option<&EndLine>) -> Summary {
    let (method, status) = match start_line {
        StartLine::Response { status, .. } => (Method::Response, *status),
        StartLine::Request { method, .. } => (
            match &raw[method.clone()] {
                b"SEND" => Method::Send,
                b"REPORT" => Method::Report,
                b"AUTH" => Method::Auth,
                b"NICKNAME" => Method::Nickname,
                _ => Method::Other,
            },
            0,
        ),
    };
    let mut summary = Summary {
        method,
        status,
        marks: 0,
        transaction_id: start_line.transaction_id().into(),
        to_path: HeadPart::default(),
        from_path: HeadPart::default(),
        message_id: HeadPart::default(),
        byte_range: HeadPart::default(),
        content_type: HeadPart::default(),
        body: Part::default(),
    };
    let head = &raw[..end_line.map_or(raw.len(), |end_line| end_line.start)];
    let (mut form, mut headers) = (Form::default(), 0);
    let end = scan_headers(head, line_end(head, 0), |header| {
        let name = header.name.of(raw);
        form.see(headers, name, header.value.of(raw));
        headers += 1;
        let is = |known: &str| is_name(name, known);
        let slot = match name.len() {
            7 if is("To-Path") => &mut summary.to_path,
            9 if is("From-Path") => &mut summary.from_path,
            10 if is("Message-ID") => &mut summary.message_id,
            10 if is("Byte-Range") => &mut summary.byte_range,
            12 if is("Content-Type") => &mut summary.content_type,
            _ => return true,
        };
        if slot.is_empty() && header.is_whole(head) {
            *slot = header.value.into();
        }
        true
    });
    if let Some(HeadersEnd::BlankLine(start)) = end {
        summary.body = body(raw, start, end_line).into();
    }
    form.finish(&summary, headers, head);
    let end_flag = end_line.map_or(EndFlag::Missing, |end_line| end_line.flag);
    summary.marks = end_flag as u8 | form.bits() << 4;
    summary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_is_cut_is_no_key() {
        let raw = "MSRP d93k SEND\r\nTo-Path: msrp://a:1/x1;tcp\r\nFrom-Path: msrp://b:2/y1;tcp\r\n";
        let from_path_at = |len: usize| {
            let raw = &raw.as_bytes()[..len];
            let summary = summarise(raw, &StartLine::parse(raw).unwrap(), None);
            String::from_utf8_lossy(summary.from_path.of(raw)).into_owned()
        };
        assert_eq!(from_path_at(raw.len()), "msrp://b:2/y1;tcp");
        assert_eq!(from_path_at(raw.len() - 7), "");
    }
}
