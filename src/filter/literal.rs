//! Values as written in an expression: reading them as what the field's kind asks for, and writing them again.

use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::ops::Range;

use regex_lite::{Regex, RegexBuilder};

use super::error::{FilterError, quoted};
use super::{Kind, Value};
use crate::capture::Time;

/// The most memory that one compiled pattern may take: ample for what is typed, and `(a{1000}){1000}` is refused.
pub const MAX_REGEX_BYTES: usize = 256 << 10;

/// The right side of an operator.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Text(String),
    Number(f64),
    Time(Time),
    Network(Network),
    Flag(bool),
}

impl Operand {
    /// Reads `text` (already without quotes) as a value of `kind`; `None` where it is none.
    pub(super) fn read(kind: Kind, text: &str) -> Option<Operand> {
        match kind {
            Kind::Text => Some(Operand::Text(text.to_owned())),
            Kind::Number => number(text).map(Operand::Number),
            Kind::Time => time(text).map(Operand::Time),
            Kind::Address => Network::read(text).map(Operand::Network),
            Kind::Flag => flag(text).map(Operand::Flag),
            Kind::Presence => None,
        }
    }

    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Operand::Text(text) => Value::Text(text),
            Operand::Number(number) => Value::Number(*number),
            Operand::Time(time) => Value::Time(*time),
            Operand::Network(network) => Value::Address(network.address),
            Operand::Flag(flag) => Value::Flag(*flag),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Text(text) => write_text(f, text),
            Operand::Number(number) => number.fmt(f),
            Operand::Time(time) => write!(f, "\"{time}\""),
            Operand::Network(network) => network.fmt(f),
            Operand::Flag(flag) => flag.fmt(f),
        }
    }
}

/// Digits with a decimal point or without, and a sign.
pub(super) fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn time(text: &str) -> Option<Time> {
    let nanos = match text.parse::<jiff::Timestamp>() {
        Ok(timestamp) => timestamp,
        Err(_) => text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp(),
    };
    i64::try_from(nanos.as_nanosecond()).ok().map(Time)
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// An address, or all addresses that begin with the same `prefix_len_bits` bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    /// Zero beyond the prefix.
    address: IpAddr,
    prefix_len_bits: u8,
}

impl Network {
    fn read(text: &str) -> Option<Network> {
        let (address, len) = match text.split_once('/') {
            Some((address, len)) => (address, Some(len.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let address = address.parse::<IpAddr>().ok()?;
        let max_len = if address.is_ipv4() { 32 } else { 128 };
        let prefix_len_bits = len.unwrap_or(max_len);
        (prefix_len_bits <= max_len)
            .then(|| Network { address: network_address(address, prefix_len_bits), prefix_len_bits })
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4() && network_address(address, self.prefix_len_bits) == self.address
    }

    pub(super) fn is_one_address(&self) -> bool {
        self.prefix_len_bits == if self.address.is_ipv4() { 32 } else { 128 }
    }

    pub(super) fn address(&self) -> IpAddr {
        self.address
    }
}

/// `address` with all bits after the first `len_bits` zero.
fn network_address(address: IpAddr, len_bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(len_bits.into())).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(len_bits.into())).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)?;
        if self.is_one_address() { Ok(()) } else { write!(f, "/{}", self.prefix_len_bits) }
    }
}

/// The pattern of `matches`. Linear time whatever the pattern; case is ignored in ASCII only.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    source: String,
    regex: Regex,
}

impl Pattern {
    pub(super) fn new(source: String, range: Range<usize>) -> Result<Pattern, FilterError> {
        match RegexBuilder::new(&source).case_insensitive(true).size_limit(MAX_REGEX_BYTES).build() {
            Ok(regex) => Ok(Pattern { source, regex }),
            Err(error) => Err(FilterError::new(range, format!("the pattern cannot be used: {error}"))),
        }
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.source == other.source
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_text(f, &self.source)
    }
}

/// The text of a string token (`source[range]`, quotes included). `for_pattern`: a backslash that starts no escape of
/// ours stays, so that `"\d"` needs no doubling.
pub(super) fn unquote(source: &str, range: Range<usize>, for_pattern: bool) -> Result<String, FilterError> {
    let token = source.get(range.clone()).unwrap_or_default();
    if let Some(raw) = token.strip_prefix("r\"") {
        return Ok(raw.strip_suffix('"').unwrap_or(raw).to_owned());
    }
    let inner = token.strip_prefix('"').and_then(|token| token.strip_suffix('"')).unwrap_or(token);
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escape = &rest[at..];
        let len = match unescape(escape) {
            Some((char, len)) => {
                text.push(char);
                len
            }
            // The backslash alone is taken: what follows is text.
            None if for_pattern => {
                text.push('\\');
                1
            }
            None => {
                let len = escape.chars().take(2).map(char::len_utf8).sum::<usize>();
                let start = range.start + 1 + (inner.len() - escape.len());
                let message = format!("there is no escape {}", quoted(&escape[..len]));
                return Err(FilterError::new(start..start + len, message)
                    .hint(r#"write `\\` for a backslash, or r"…" for a string without escapes"#));
            }
        };
        rest = &escape[len..];
    }
    text.push_str(rest);
    Ok(text)
}

/// The character that an escape stands for, and the escape's length; `text` starts with the backslash.
fn unescape(text: &str) -> Option<(char, usize)> {
    let hex = |range: Range<usize>| {
        let digits = text.get(range).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        char::from_u32(u32::from_str_radix(digits, 16).ok()?)
    };
    match text.as_bytes().get(1)? {
        b'"' => Some(('"', 2)),
        b'\\' => Some(('\\', 2)),
        b'n' => Some(('\n', 2)),
        b'r' => Some(('\r', 2)),
        b't' => Some(('\t', 2)),
        b'x' => hex(2..4).filter(char::is_ascii).map(|char| (char, 4)),
        b'u' => hex(2..6).map(|char| (char, 6)),
        _ => None,
    }
}

/// `text` as a string token that [`unquote`] reads back.
fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for char in text.chars() {
        match char {
            '"' | '\\' => write!(f, "\\{char}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            // No control character is beyond U+009F.
            _ if char.is_control() => write!(f, "\\u{:04x}", u32::from(char))?,
            _ => f.write_char(char)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_the_addresses_of_their_prefix() {
        let holds = |network: &str, address: &str| Network::read(network).unwrap().contains(address.parse().unwrap());
        assert!(holds("10.1.2.3/8", "10.255.0.1"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("0.0.0.0/0", "192.0.2.1"));
        assert!(!holds("0.0.0.0/0", "::1"));
        assert!(holds("2001:db8::/33", "2001:db8:7fff::1"));
        assert!(!holds("2001:db8::/33", "2001:db8:8000::1"));
        assert!(holds("::/0", "ff02::1"));
        for bad in ["10.0.0.0/33", "::/129", "10.0.0", "10.0.0.0/", "10.0.0.0/-1", "/8", ""] {
            assert_eq!(Network::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_have_an_offset_or_are_utc() {
        let ten = Time(1_772_359_200_000_000_000);
        for text in ["2026-03-01T10:00:00Z", "2026-03-01T11:00:00+01:00", "2026-03-01 10:00:00", "2026-03-01T10:00"] {
            assert_eq!(time(text), Some(ten), "{text}");
        }
        assert_eq!(time("2026-03-01"), Some(Time(ten.0 - 36_000_000_000_000)));
        assert_eq!(time("1500-01-01T00:00:00Z"), None);
        assert_eq!(time("yesterday"), None);
    }
}
