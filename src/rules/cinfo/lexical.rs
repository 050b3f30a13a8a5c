//! Lexical forms of values (XML Schema Part 2).

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::capture::Time;
use crate::rules::Case;
use crate::wire::MessageId;

/// An xs:dateTime: `2026-03-01T10:00:00`, with an optional fraction and an optional zone.
pub fn is_date_time(text: &str) -> bool {
    is_plain_instant(text.as_bytes())
        || text.contains('T') && (text.parse::<Timestamp>().is_ok() || text.parse::<DateTime>().is_ok())
}

/// Is it an instant as nearly everybody writes it, `2026-03-01T10:00:00.123Z`, on a day that every month has? There is one in each
/// message; any other takes a closer look.
fn is_plain_instant(text: &[u8]) -> bool {
    let Some((date_time, zone)) = text.split_at_checked(19) else { return false };
    let number = |at: usize| -> u8 {
        let [tens, ones] = [date_time[at], date_time[at + 1]].map(|byte| byte.wrapping_sub(b'0'));
        if tens > 9 || ones > 9 { u8::MAX } else { 10 * tens + ones }
    };
    let separators = [4, 7, 10, 13, 16].map(|at| date_time[at]);
    let is_in_range = number(0) <= 99
        && number(2) <= 99
        && (1..=12).contains(&number(5))
        && (1..=28).contains(&number(8))
        && number(11) <= 23
        && number(14) <= 59
        && number(17) <= 59;
    let is_zone = |zone: &[u8]| {
        let fraction = zone.strip_prefix(b".").and_then(|rest| rest.strip_suffix(b"Z"));
        let is_fraction = |digits: &[u8]| (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
        zone == b"Z" || fraction.is_some_and(is_fraction)
    };
    separators == *b"--T::" && is_in_range && is_zone(zone)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn date_times_are_told_from_other_texts() {
        for yes in [
            "2026-03-01T10:00:00Z",
            "2026-03-31T23:59:60.5+01:00",
            "2026-03-01T10:00:00",
            "2024-02-29T00:00:00.123456789Z",
        ] {
            assert!(is_date_time(yes), "{yes}");
        }
        for no in [
            "",
            "2026-03-01",
            "2026-13-01T10:00:00Z",
            "2026-02-30T10:00:00Z",
            "2026-03-01 10:00:00Z",
            "2026-03-01T10:00:00.Z",
        ] {
            assert!(!is_date_time(no), "{no}");
        }
    }

    proptest! {
        #[test]
        fn a_plain_instant_is_one(text in "(20|00|9[0-9])[0-9]{2}[-/][01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,10})?[Z1]?") {
            prop_assert!(!is_plain_instant(text.as_bytes()) || text.parse::<Timestamp>().is_ok(), "{}", text);
        }
    }
}
