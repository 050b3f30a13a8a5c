//! What of a message is as nearly everybody writes it, noted while its bytes are at hand: who looks for something out of the ordinary
//! need not go back to the others.

use super::summary::Summary;

/// How a message is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// To-Path and From-Path are the first two headers (RFC 4975 §9).
    pub begins_with_paths: bool,
    /// It has a Failure-Report other than `yes`, or a Success-Report other than `no` (RFC 4975 §7.1.1).
    pub asks_for_more: bool,
    /// Its Message-ID is an ident of RFC 4975 §9.
    pub has_ident: bool,
    /// Its Byte-Range is that of a whole message in this one chunk, or there is none.
    pub is_in_one_chunk: bool,
}

impl Form {
    /// The same in four bits.
    pub(super) fn bits(self) -> u8 {
        let Form { begins_with_paths, asks_for_more, has_ident, is_in_one_chunk } = self;
        let all = [begins_with_paths, asks_for_more, has_ident, is_in_one_chunk];
        all.into_iter().fold(0, |bits, is_so| bits << 1 | u8::from(is_so))
    }

    pub(super) fn from_bits(bits: u8) -> Form {
        let [begins_with_paths, asks_for_more, has_ident, is_in_one_chunk] =
            [3, 2, 1, 0].map(|place| bits >> place & 1 == 1);
        Form { begins_with_paths, asks_for_more, has_ident, is_in_one_chunk }
    }

    /// Takes down a header, the first of which has the `number` 0.
    pub(super) fn see(&mut self, number: usize, name: &[u8], value: &[u8]) {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        match number {
            0 => self.begins_with_paths = is("To-Path"),
            1 => self.begins_with_paths &= is("From-Path"),
            _ => {}
        }
        if name.len() == 14 {
            let is_usual = |usual: &[u8]| value.eq_ignore_ascii_case(usual);
            self.asks_for_more |= is("Failure-Report") && !is_usual(b"yes") || is("Success-Report") && !is_usual(b"no");
        }
    }

    /// Looks at the values, once all are known.
    pub(super) fn finish(&mut self, summary: &Summary, headers: usize, head: &[u8]) {
        self.begins_with_paths &= headers >= 2;
        self.has_ident = is_ident(summary.message_id.of(head));
        self.is_in_one_chunk = is_whole_range(summary.byte_range.of(head), summary.body.range().len());
    }
}

/// Is it `1-LENGTH/LENGTH`, with stars for numbers, or nothing?
fn is_whole_range(value: &[u8], body_len: usize) -> bool {
    if value.is_empty() {
        return true;
    }
    let Some(rest) = value.strip_prefix(b"1-") else { return false };
    let Some(slash) = rest.iter().position(|byte| *byte == b'/') else { return false };
    let (end, total) = (&rest[..slash], &rest[slash + 1..]);
    let is_len = |text: &[u8]| text == b"*" || number(text) == Some(body_len);
    is_len(end) && (end == total || is_len(total))
}

/// A number of a few digits.
fn number(text: &[u8]) -> Option<usize> {
    let is_short = (1..=9).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    is_short.then(|| text.iter().fold(0, |number, digit| number * 10 + usize::from(digit - b'0')))
}

/// RFC 4975 §9: a letter or digit, then 3 to 31 letters, digits, or `.-+%=`.
fn is_ident(text: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b'%' | b'=');
    (4..=32).contains(&text.len()) && text[0].is_ascii_alphanumeric() && text.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use super::super::start_line::StartLine;
    use super::super::summary::{EndLine, summarise};
    use super::*;

    fn form(headers: &str, body: &str) -> Form {
        let raw = format!("MSRP a786hjs2 SEND\r\n{headers}\r\n{body}\r\n-------a786hjs2$\r\n");
        let start_line = StartLine::parse(raw.as_bytes()).unwrap();
        let end_line = EndLine::find(raw.as_bytes(), &start_line);
        summarise(raw.as_bytes(), &start_line, end_line.as_ref()).form()
    }

    const PATHS: &str = "To-Path: msrp://a.example:7654/js;tcp\r\nFrom-Path: msrp://b.example:9999/kj;tcp\r\n";

    #[test]
    fn what_rfc_4975_shows_is_as_everybody_writes_it() {
        let usual = form(&format!("{PATHS}Message-ID: 87652491\r\nByte-Range: 1-3/3\r\n"), "abc");
        assert_eq!(
            usual,
            Form { begins_with_paths: true, asks_for_more: false, has_ident: true, is_in_one_chunk: true }
        );
        for (header, asks) in [
            ("success-report: yes", true),
            ("Success-Report:No", false),
            ("Failure-Report: yes", false),
            ("Failure-Report: partial", true),
        ] {
            assert_eq!(form(&format!("{PATHS}{header}\r\n"), "abc").asks_for_more, asks, "{header}");
        }
    }

    #[test]
    fn four_bits_hold_it() {
        assert!((0..16).all(|bits| Form::from_bits(bits).bits() == bits));
    }

    #[test]
    fn paths_come_first() {
        assert!(form("to-path: a\r\nFROM-PATH: b\r\n", "").begins_with_paths);
        for headers in
            ["From-Path: b\r\nTo-Path: a\r\n", "To-Path: a\r\nMessage-ID: 1\r\nFrom-Path: b\r\n", "To-Path: a\r\n"]
        {
            assert!(!form(headers, "").begins_with_paths, "{headers}");
        }
    }

    #[test]
    fn ranges_and_idents() {
        for (range, is_whole) in [
            ("1-3/3", true),
            ("1-*/3", true),
            ("1-*/*", true),
            ("1-3/4", false),
            ("1-2/3", false),
            ("2-3/3", false),
            ("x", false),
        ] {
            assert_eq!(is_whole_range(range.as_bytes(), 3), is_whole, "{range}");
        }
        assert!(is_whole_range(b"", 3));
        for (ident, is_it) in
            [("12345339sdqwer", true), ("a.-+%=", true), ("abc", false), (".abc", false), ("ab cd", false)]
        {
            assert_eq!(is_ident(ident.as_bytes()), is_it, "{ident}");
        }
    }
}
