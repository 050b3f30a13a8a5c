//! Lexical forms of values (XML Schema Part 2).

use jiff::Timestamp;
use jiff::civil::DateTime;

/// An xs:dateTime: `2026-03-01T10:00:00`, with an optional fraction and an optional zone.
pub fn is_date_time(text: &str) -> bool {
    text.contains('T') && (text.parse::<Timestamp>().is_ok() || text.parse::<DateTime>().is_ok())
}
