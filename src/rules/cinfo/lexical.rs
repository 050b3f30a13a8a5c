//! Lexical forms of values (XML Schema Part 2).

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::capture::Time;
use crate::rules::Case;
use crate::wire::MessageId;

/// An xs:dateTime: `2026-03-01T10:00:00`, with an optional fraction and an optional zone.
pub fn is_date_time(text: &str) -> bool {
    text.contains('T') && (text.parse::<Timestamp>().is_ok() || text.parse::<DateTime>().is_ok())
}

/// A URI with a scheme, and without white space.
pub fn is_absolute_uri(text: &str) -> bool {
    let scheme_end = text.find(':').unwrap_or(0);
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let scheme = text.as_bytes().get(..scheme_end).unwrap_or_default();
    let has_scheme = scheme.first().is_some_and(u8::is_ascii_alphabetic) && scheme.iter().copied().all(is_scheme);
    has_scheme && !text.contains(char::is_whitespace) && text.len() > scheme_end + 1
}

/// Does an xs:dateTime lie after the message, by more than clocks may be apart? Without a zone nobody knows.
pub fn is_in_the_future(case: &Case<'_>, message: MessageId, text: &str) -> bool {
    let Ok(instant) = text.parse::<Timestamp>() else { return false };
    let captured = case.time(message).nanos_since(Time::default()) as f64 / 1e9;
    instant.as_second() as f64 > captured + case.profile.timings.clock_skew
}
