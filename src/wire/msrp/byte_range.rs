//! The Byte-Range header (RFC 4975 §7.1.1): `start-end/total`, the last two of which may be `*`.

use std::fmt;

/// Which bytes of the whole message a chunk carries. Positions count from 1 and include the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    pub start: u64,
    /// `None` is `*`: the chunk may be interrupted, its length shows its end.
    pub end: Option<u64>,
    /// `None` is `*`: the total is not known yet.
    pub total: Option<u64>,
}

impl ByteRange {
    pub fn parse<'v>(value: &'v str) -> Option<ByteRange> {
        // Each chunk has one, and it is short.
        let split = |text: &'v str, mark: u8| {
            let at = text.bytes().position(|byte| byte == mark)?;
            Some((&text[..at], &text[at + 1..]))
        };
        let (range, total) = split(value.trim(), b'/')?;
        let (start, end) = split(range, b'-')?;
        let number_or_star = |text: &str| match text.trim() {
            "*" => Some(None),
            digits => digits.parse().ok().map(Some),
        };
        Some(ByteRange { start: start.trim().parse().ok()?, end: number_or_star(end)?, total: number_or_star(total)? })
    }
}

impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = |number: Option<u64>| number.map_or("*".into(), |number| number.to_string());
        write!(f, "{}-{}/{}", self.start, star(self.end), star(self.total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_written() {
        for text in ["1-39/39", "1-*/*", "1-0/0", "2049-4096/*", "137-148/148"] {
            assert_eq!(ByteRange::parse(text).map(|range| range.to_string()).as_deref(), Some(text));
        }
        for text in ["", "1-2", "*-2/2", "1/2", "1--2/3", "1-2/99999999999999999999999"] {
            assert_eq!(ByteRange::parse(text), None, "{text:?}");
        }
    }
}
