//! What the session layer asks of every SIP message, scanned once when the message is framed.

use std::ops::Range;

use super::start_line::StartLine;
use crate::wire::text::{HeadPart, HeaderSpan, HeadersEnd, Part, is_name, line_end, scan_headers, trim};

/// SIP methods that matter here (RFC 3261, 3262, 3311, 3428, 3515, 3903, 6086, 6665).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    Invite,
    Ack,
    Bye,
    Cancel,
    Options,
    Register,
    Prack,
    Subscribe,
    Notify,
    Publish,
    Info,
    Refer,
    Message,
    Update,
    Other,
}

impl Method {
    pub const KNOWN: &[&str] = &[
        "INVITE",
        "ACK",
        "BYE",
        "CANCEL",
        "OPTIONS",
        "REGISTER",
        "PRACK",
        "SUBSCRIBE",
        "NOTIFY",
        "PUBLISH",
        "INFO",
        "REFER",
        "MESSAGE",
        "UPDATE",
    ];

    /// Methods are case-sensitive (RFC 3261 §7.1).
    pub fn of(text: &[u8]) -> Method {
        match text {
            b"INVITE" => Method::Invite,
            b"ACK" => Method::Ack,
            b"BYE" => Method::Bye,
            b"CANCEL" => Method::Cancel,
            b"OPTIONS" => Method::Options,
            b"REGISTER" => Method::Register,
            b"PRACK" => Method::Prack,
            b"SUBSCRIBE" => Method::Subscribe,
            b"NOTIFY" => Method::Notify,
            b"PUBLISH" => Method::Publish,
            b"INFO" => Method::Info,
            b"REFER" => Method::Refer,
            b"MESSAGE" => Method::Message,
            b"UPDATE" => Method::Update,
            _ => Method::Other,
        }
    }
}

/// The keys of a SIP message. Parts point into the message; an absent header gives an empty part.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// The request's method, or the method of the CSeq in a response.
    pub method: Method,
    /// 0 for requests, and for responses whose code is not three digits.
    pub status: u16,
    pub is_request: bool,
    pub cseq: u32,
    pub call_id: HeadPart,
    pub from_tag: HeadPart,
    pub to_tag: HeadPart,
    /// Branch of the topmost Via.
    pub branch: HeadPart,
    pub body: Part,
}

/// What one pass over the headers finds for framing and keys.
pub(super) struct Scanned {
    /// Where the body begins, or `None` when the data ended inside the headers.
    pub body_start: Option<usize>,
    /// The value of the first Content-Length field.
    pub content_length: Option<Part>,
    pub content_type: Option<Part>,
    summary: Summary,
}

impl Scanned {
    /// Scans the message that begins at `raw[0]`; `None` when there is no start line.
    pub fn scan(raw: &[u8]) -> Option<Scanned> {
        let start_line = StartLine::parse(raw)?;
        let mut summary = Summary {
            method: Method::Other,
            status: 0,
            is_request: false,
            cseq: 0,
            call_id: HeadPart::default(),
            from_tag: HeadPart::default(),
            to_tag: HeadPart::default(),
            branch: HeadPart::default(),
            body: Part::default(),
        };
        let (mut content_length, mut content_type, mut via_seen, mut cseq_method) = (None, None, false, None);
        let end = scan_headers(raw, line_end(raw, 0), |header| {
            if !header.is_whole(raw) {
                return true;
            }
            let HeaderSpan { name, value, .. } = header;
            match Key::of(name.of(raw)) {
                Some(Key::CallId) if summary.call_id.is_empty() => summary.call_id = value.into(),
                Some(Key::From) if summary.from_tag.is_empty() => summary.from_tag = tag(raw, value),
                Some(Key::To) if summary.to_tag.is_empty() => summary.to_tag = tag(raw, value),
                Some(Key::Via) if !via_seen => {
                    via_seen = true;
                    summary.branch = branch(raw, value);
                }
                Some(Key::CSeq) if cseq_method.is_none() => {
                    let (number, method) = cseq(value.of(raw));
                    summary.cseq = number;
                    cseq_method = Some(method);
                }
                Some(Key::ContentLength) if content_length.is_none() => content_length = Some(value),
                Some(Key::ContentType) if content_type.is_none() => content_type = Some(value),
                _ => {}
            }
            true
        });
        match &start_line {
            StartLine::Request { method, .. } => {
                summary.is_request = true;
                summary.method = Method::of(&raw[method.clone()]);
            }
            StartLine::Status { status, .. } => {
                summary.status = *status;
                summary.method = cseq_method.unwrap_or(Method::Other);
            }
        }
        let body_start = match end {
            Some(HeadersEnd::BlankLine(start)) => Some(start),
            _ => None,
        };
        Some(Scanned { body_start, content_length, content_type, summary })
    }

    /// The summary, once the framing knows where the body ends.
    pub fn summary(&self, body: Range<usize>) -> Summary {
        Summary { body: body.into(), ..self.summary }
    }
}

enum Key {
    CallId,
    From,
    To,
    Via,
    CSeq,
    ContentLength,
    ContentType,
}

impl Key {
    /// The hot twin of [`super::Name::of`]: looks at the length first, since most headers are none of these.
    fn of(name: &[u8]) -> Option<Key> {
        let is = |long: &str| is_name(name, long);
        match name.len() {
            1 => match name[0].to_ascii_lowercase() {
                b'i' => Some(Key::CallId),
                b'f' => Some(Key::From),
                b't' => Some(Key::To),
                b'v' => Some(Key::Via),
                b'l' => Some(Key::ContentLength),
                b'c' => Some(Key::ContentType),
                _ => None,
            },
            2 => is("To").then_some(Key::To),
            3 => is("Via").then_some(Key::Via),
            4 if is("From") => Some(Key::From),
            4 => is("CSeq").then_some(Key::CSeq),
            7 => is("Call-ID").then_some(Key::CallId),
            12 => is("Content-Type").then_some(Key::ContentType),
            14 => is("Content-Length").then_some(Key::ContentLength),
            _ => None,
        }
    }
}

/// The tag parameter of a From or To value.
fn tag(raw: &[u8], value: Part) -> HeadPart {
    // Header parameters begin behind the '>' of the address, or behind the first ';' of a bare URI. A quoted display name may hold
    // both characters, so it is skipped.
    let range = value.range();
    let text = value.of(raw);
    let from = match text.iter().rposition(|&byte| byte == b'>') {
        Some(bracket) => bracket + 1,
        None => 0,
    };
    parameter(raw, range.start + from..range.end, b"tag")
}

/// The branch parameter of the first of the values of a Via field.
fn branch(raw: &[u8], value: Part) -> HeadPart {
    let first = memchr::memchr(b',', value.of(raw)).map_or(value.range().end, |comma| value.range().start + comma);
    parameter(raw, value.range().start..first, b"branch")
}

/// The value of `;name=value` in `range`, white space around `;` and `=` tolerated.
fn parameter(raw: &[u8], range: Range<usize>, name: &[u8]) -> HeadPart {
    let mut at = range.start;
    while let Some(semicolon) = memchr::memchr(b';', &raw[at..range.end]) {
        let start = at + semicolon + 1;
        let end = memchr::memchr(b';', &raw[start..range.end]).map_or(range.end, |next| start + next);
        let equals = memchr::memchr(b'=', &raw[start..end]).map(|equals| start + equals);
        if let Some(equals) = equals
            && raw[trim(raw, start..equals)].eq_ignore_ascii_case(name)
        {
            return trim(raw, equals + 1..end).into();
        }
        at = end;
    }
    HeadPart::default()
}

fn cseq(value: &[u8]) -> (u32, Method) {
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&value[..digits]).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    (number, Method::of(&value[trim(value, digits..value.len())]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_long_compact_and_folded_form() {
        let raw = b"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a;rport; branch = z9hG4bK1 , SIP/2.0/UDP b;branch=z2\r\nVia: x;branch=no\r\n\
            f: \"a;tag=no>\" <sip:a@b;tag=no>;\r\n tag=f1\r\nTO : sip:b;tag=t1\r\ni: c1@x\r\nCSEQ: 7 \r\n INVITE\r\nl: 0\r\n\r\n";
        let scanned = Scanned::scan(raw).expect("a start line");
        assert_eq!(scanned.body_start, Some(raw.len()));
        let summary = scanned.summary(raw.len()..raw.len());
        let text = |part: HeadPart| std::str::from_utf8(part.of(raw)).unwrap();
        assert_eq!(text(summary.call_id), "c1@x");
        assert_eq!(text(summary.from_tag), "f1");
        assert_eq!(text(summary.to_tag), "t1");
        assert_eq!(text(summary.branch), "z9hG4bK1");
        assert_eq!((summary.cseq, summary.method, summary.status), (7, Method::Invite, 200));
    }
}
