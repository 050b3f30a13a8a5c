//! Writing CPIM messages, for the replayer.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::wire::mime::write_header;

/// Writes a message: message headers and MIME headers of the content as names and values in order, then the content.
/// Values are escaped; a line end in one cannot begin another header.
pub fn write(headers: &[(&str, &str)], content_headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(512 + body.len());
    for (name, value) in headers {
        write_header(&mut out, name, &escape(value));
    }
    out.extend_from_slice(b"\r\n");
    for (name, value) in content_headers {
        write_header(&mut out, name, value);
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    out
}

/// Escapes what may not stand in a header value: the backslash and control characters (RFC 3862 §2.3.1).
pub fn escape(value: &str) -> Cow<'_, str> {
    if !value.contains(|c: char| c.is_ascii_control() || c == '\\') {
        return Cow::Borrowed(value);
    }
    let mut escaped = String::with_capacity(value.len() + 8);
    for c in value.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\u{8}' => escaped.push_str("\\b"),
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            c if c.is_ascii_control() => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}
