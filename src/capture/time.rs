//! The one notion of time: nanoseconds since 1970, UTC.

use std::fmt;

/// A capture time in nanoseconds since 1970-01-01T00:00:00Z; written as RFC 3339 with nine digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// Nanoseconds from `earlier` to `self`; negative when `self` comes first.
    pub fn nanos_since(self, earlier: Time) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every i64 of nanoseconds (years 1677 to 2262) is inside jiff's range.
        let timestamp = jiff::Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or_default();
        write!(f, "{timestamp:.9}")
    }
}

impl serde::Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_with_nanoseconds() {
        assert_eq!(Time(0).to_string(), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(Time(1_772_359_200_005_318_001).to_string(), "2026-03-01T10:00:00.005318001Z");
        assert_eq!(Time(-1).to_string(), "1969-12-31T23:59:59.999999999Z");
    }
}
