//! Request-Line and Status-Line (RFC 3261 §7.1, §7.2), read tolerantly.

use std::ops::Range;

use crate::wire::text::{is_token_char, line_end, trim, trim_line_end};

/// The first line of a SIP message: where its pieces stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartLine {
    /// `METHOD Request-URI SIP/2.0`. The URI may hold white space that should not be there (RFC 4475 §3.1.2.12).
    Request { method: Range<usize>, uri: Range<usize>, version: Range<usize> },
    /// `SIP/2.0 code reason`. `status` is 0 where the code is not a number of three digits; the reason may be missing.
    Status { status: u16, code: Range<usize>, reason: Range<usize>, version: Range<usize> },
}

/// Longest first line that is taken for one. RFC 4475 §3.1.1.7 (longreq) has a Request-URI of about 1 kB.
pub const MAX_START_LINE_BYTES: usize = 16 * 1024;

impl StartLine {
    /// Reads the line at the beginning of `raw`; `None` when it is not one of SIP. Any version `SIP/digits.digits` counts.
    pub fn parse(raw: &[u8]) -> Option<StartLine> {
        let end = line_end(&raw[..raw.len().min(MAX_START_LINE_BYTES)], 0);
        let line = trim(raw, trim_line_end(raw, 0..end));
        // Only trailing white space may be trimmed away: a start line begins at the line's first byte.
        if line.start != 0 || line.is_empty() {
            return None;
        }
        if raw.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"SIP/")) {
            return Self::parse_status(raw, line);
        }
        let method_end = raw[line.clone()].iter().position(|byte| matches!(byte, b' ' | b'\t'))?;
        if method_end == 0 || !raw[..method_end].iter().all(|&byte| is_token_char(byte)) {
            return None;
        }
        let version_start = raw[line.clone()].iter().rposition(|byte| matches!(byte, b' ' | b'\t'))? + 1;
        if !is_version(&raw[version_start..line.end]) {
            return None;
        }
        let uri = trim(raw, method_end..version_start);
        if uri.is_empty() {
            return None;
        }
        Some(StartLine::Request { method: 0..method_end, uri, version: version_start..line.end })
    }

    fn parse_status(raw: &[u8], line: Range<usize>) -> Option<StartLine> {
        let version_end = raw[line.clone()].iter().position(|byte| matches!(byte, b' ' | b'\t'))?;
        if !is_version(&raw[..version_end]) {
            return None;
        }
        let rest = trim(raw, version_end..line.end);
        let digits = raw[rest.clone()].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        let code = rest.start..rest.start + digits;
        let status = match &raw[code.clone()] {
            [a, b, c] => u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0'),
            _ => 0,
        };
        Some(StartLine::Status { status, reason: trim(raw, code.end..line.end), code, version: 0..version_end })
    }

    pub fn is_request(&self) -> bool {
        matches!(self, StartLine::Request { .. })
    }
}

fn is_version(text: &[u8]) -> bool {
    let Some((name, number)) = text.split_at_checked(4) else { return false };
    name.eq_ignore_ascii_case(b"SIP/")
        && number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        && number.iter().filter(|byte| **byte == b'.').count() == 1
        && number.first() != Some(&b'.')
        && number.last() != Some(&b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(line: &str) -> Option<(&str, &str)> {
        match StartLine::parse(line.as_bytes())? {
            StartLine::Request { method, uri, .. } => Some((&line[method], &line[uri])),
            StartLine::Status { .. } => None,
        }
    }

    #[test]
    fn request_lines_of_the_torture_test_are_read() {
        assert_eq!(request("INVITE sip:a@b SIP/2.0\r\n"), Some(("INVITE", "sip:a@b")));
        assert_eq!(request("INVITE  sip:a@b  SIP/2.0\r\n"), Some(("INVITE", "sip:a@b")));
        assert_eq!(request("INVITE sip:a@b; lr SIP/2.0\r\n"), Some(("INVITE", "sip:a@b; lr")));
        assert_eq!(request("OPTIONS sip:t@example.org SIP/7.0\r\n"), Some(("OPTIONS", "sip:t@example.org")));
        assert_eq!(request("OPTIONS sip:a@b SIP/2.0   \r\n"), Some(("OPTIONS", "sip:a@b")));
        assert_eq!(request("!interesting-Method0123456789_*+`.%indeed'~ sip:x SIP/2.0\n").map(|r| r.1), Some("sip:x"));
    }

    #[test]
    fn other_protocols_are_not_sip() {
        for line in
            ["GET / HTTP/1.1\r\n", "MSRP a786 SEND\r\n", "SIP/2.0\r\n", "SIP/2.0 abc\r\n", "", "\r\n", "INVITE SIP/2.0"]
        {
            assert_eq!(StartLine::parse(line.as_bytes()), None, "{line:?}");
        }
    }

    #[test]
    fn status_lines_may_lack_the_reason_or_have_a_huge_code() {
        let status = |line: &str| match StartLine::parse(line.as_bytes()) {
            Some(StartLine::Status { status, reason, .. }) => Some((status, line[reason].to_owned())),
            _ => None,
        };
        assert_eq!(status("SIP/2.0 200 OK\r\n"), Some((200, "OK".into())));
        assert_eq!(status("SIP/2.0 100\r\n"), Some((100, String::new())));
        assert_eq!(status("SIP/2.0 4294967301 better not break\r\n"), Some((0, "better not break".into())));
    }
}
