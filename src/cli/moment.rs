//! A moment of a session, as `--at` takes it.

use std::str::FromStr;

use crate::capture::Time;
use crate::session::Session;

/// `+12.5`, `10:00:12`, or `2026-03-01T10:00:12Z`.
#[derive(Clone, Debug)]
pub enum Moment {
    /// Nanoseconds after the beginning of the session.
    After(i64),
    /// Time of day in UTC, in nanoseconds.
    Clock(i64),
    Absolute(Time),
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Moment, String> {
        let to_nanos = |seconds: f64| (seconds * 1e9) as i64;
        if let Some(seconds) = text.strip_prefix('+') {
            let seconds = seconds.strip_suffix('s').unwrap_or(seconds).trim().parse::<f64>();
            return seconds
                .map(to_nanos)
                .map(Moment::After)
                .map_err(|_| "seconds are expected after +, as in +12.5".into());
        }
        if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
            let nanos = i64::try_from(timestamp.as_nanosecond()).map_err(|_| "no capture is that old or new")?;
            return Ok(Moment::Absolute(Time(nanos)));
        }
        let time: jiff::civil::Time = text.parse().map_err(|_| "expected +SECONDS, HH:MM:SS or an RFC 3339 time")?;
        let seconds = i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
        Ok(Moment::Clock(seconds * 1_000_000_000 + i64::from(time.subsec_nanosecond())))
    }
}

const DAY_NANOS: i64 = 86_400_000_000_000;

impl Moment {
    /// The time that is meant in this session.
    pub fn in_session(&self, session: &Session) -> Time {
        match *self {
            Moment::After(nanos) => Time(session.started.0.saturating_add(nanos)),
            Moment::Clock(nanos) => Time(session.started.0.div_euclid(DAY_NANOS) * DAY_NANOS + nanos),
            Moment::Absolute(time) => time,
        }
    }
}
