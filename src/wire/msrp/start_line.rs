//! `MSRP transact-id METHOD` and `MSRP transact-id code [comment]` (RFC 4975 §9).

use std::ops::Range;

use crate::wire::text::{line_end, trim_line_end};

/// RFC 4975 §9 allows 4 to 32 characters (`ident`); real stacks stay below. Longer ones up to this are read all the same.
pub const MAX_TRANSACTION_ID_BYTES: usize = 64;

/// Longest first line that is waited for: the comment of a response is free text.
pub(super) const MAX_START_LINE_BYTES: usize = 1024;

/// The first line of an MSRP message: where its pieces stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartLine {
    Request { transaction_id: Range<usize>, method: Range<usize> },
    Response { transaction_id: Range<usize>, status: u16, comment: Range<usize> },
}

impl StartLine {
    /// Reads the line at the beginning of `raw`; `None` when it is not one of MSRP.
    pub fn parse(raw: &[u8]) -> Option<StartLine> {
        let window = &raw[..raw.len().min(MAX_START_LINE_BYTES)];
        let line = trim_line_end(raw, 0..line_end(window, 0));
        let rest = raw[line.clone()].strip_prefix(b"MSRP ")?;
        let id_len = rest.iter().position(|&byte| !is_ident_char(byte))?;
        if id_len == 0 || id_len > MAX_TRANSACTION_ID_BYTES || rest[id_len] != b' ' {
            return None;
        }
        let transaction_id = 5..5 + id_len;
        let word_start = transaction_id.end + 1;
        let word = &raw[word_start..line.end];
        let word_len = word.iter().position(|byte| *byte == b' ').unwrap_or(word.len());
        match &word[..word_len] {
            [a, b, c] if [a, b, c].iter().all(|byte| byte.is_ascii_digit()) => {
                let status = u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0');
                let comment = (word_start + word_len + 1).min(line.end)..line.end;
                Some(StartLine::Response { transaction_id, status, comment })
            }
            // Methods are upper-case letters; a trailing space is tolerated.
            method if !method.is_empty() && method.iter().all(u8::is_ascii_uppercase) => {
                let nothing_more = word[word_len..].iter().all(|byte| *byte == b' ');
                nothing_more.then_some(StartLine::Request { transaction_id, method: word_start..word_start + word_len })
            }
            _ => None,
        }
    }

    pub fn transaction_id(&self) -> Range<usize> {
        match self {
            StartLine::Request { transaction_id, .. } | StartLine::Response { transaction_id, .. } => {
                transaction_id.clone()
            }
        }
    }
}

/// RFC 4975 §9 `ident-char`, and `_`, which some stacks use.
fn is_ident_char(byte: u8) -> bool {
    IDENT_CHARS[usize::from(byte)]
}

/// By byte: asked for each character of each message's transaction id.
static IDENT_CHARS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        let others = matches!(byte as u8, b'.' | b'-' | b'+' | b'%' | b'=' | b'_');
        table[byte] = others || (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_08_a_response_may_lack_its_comment() {
        let status = |line: &str| match StartLine::parse(line.as_bytes()) {
            Some(StartLine::Response { status, comment, .. }) => Some((status, line[comment].to_owned())),
            _ => None,
        };
        assert_eq!(status("MSRP a786hjs2 200 OK\r\n"), Some((200, "OK".into())));
        assert_eq!(status("MSRP a786hjs2 200\r\n"), Some((200, String::new())));
        assert_eq!(status("MSRP a786hjs2 481 no such session\n"), Some((481, "no such session".into())));
        assert_eq!(status("MSRP a786hjs2 SEND\r\n"), None);
    }

    #[test]
    fn other_lines_are_no_start_lines() {
        for line in [
            "MSRP a SEND x\r\n",
            "MSRP  SEND\r\n",
            "msrp a786 SEND\r\n",
            "MSRP a786\r\n",
            "MSRPa786 SEND\r\n",
            "MSRP a/b SEND\r\n",
            "",
        ] {
            assert_eq!(StartLine::parse(line.as_bytes()), None, "{line:?}");
        }
        assert!(StartLine::parse(b"MSRP 6aef SEND\r\n").is_some());
    }
}
