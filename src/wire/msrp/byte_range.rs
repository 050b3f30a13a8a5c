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
    pub fn parse(value: &str) -> Option<ByteRange> {
        ByteRange::of(value.as_bytes())
    }

    /// As [`ByteRange::parse`], for bytes of a message that may be no text.
    pub fn of(value: &[u8]) -> Option<ByteRange> {
        // Each chunk has one, and nearly all are written without white space.
        ByteRange::parse_plain(value).or_else(|| ByteRange::parse_spaced(std::str::from_utf8(value).ok()?))
    }

    fn parse_plain(mut rest: &[u8]) -> Option<ByteRange> {
        let start = digits(&mut rest)?;
        skip(&mut rest, b'-')?;
        let end = number_or_star(&mut rest)?;
        skip(&mut rest, b'/')?;
        let total = number_or_star(&mut rest)?;
        rest.is_empty().then_some(ByteRange { start, end, total })
    }

    fn parse_spaced<'v>(value: &'v str) -> Option<ByteRange> {
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

/// The number that `rest` begins with; one that is so long that it may not fit is left to the closer look.
fn digits(rest: &mut &[u8]) -> Option<u64> {
    let (mut number, mut len) = (0, 0);
    while let Some((digit @ b'0'..=b'9', after)) = rest.split_first() {
        if len == MAX_DIGITS {
            return None;
        }
        number = number * 10 + u64::from(digit - b'0');
        len += 1;
        *rest = after;
    }
    (len > 0).then_some(number)
}

/// Any number of so many digits fits.
const MAX_DIGITS: usize = 19;

fn number_or_star(rest: &mut &[u8]) -> Option<Option<u64>> {
    match skip(rest, b'*') {
        Some(()) => Some(None),
        None => digits(rest).map(Some),
    }
}

fn skip(rest: &mut &[u8], mark: u8) -> Option<()> {
    let (first, after) = rest.split_first()?;
    (*first == mark).then(|| *rest = after)
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
        let spaced = ByteRange::parse(" 1 - 2 / 18446744073709551615 ");
        assert_eq!(spaced, Some(ByteRange { start: 1, end: Some(2), total: Some(u64::MAX) }));
    }
}
