//! The clock of a pcapng interface: what a tick is, and when it began.

use super::Time;

/// Turns the time stamps of one interface into [`Time`]. Source: draft-ietf-opsawg-pcapng, options `if_tsresol` and
/// `if_tsoffset`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    tick: Tick,
    offset_nanos: i128,
}

#[derive(Clone, Copy, Debug)]
enum Tick {
    /// This many nanoseconds.
    Nanos(u64),
    /// This part of a nanosecond.
    PartOfNano(u128),
    /// Two to the power of minus this many seconds.
    BinarySecond(u32),
}

impl Clock {
    /// Without options, ticks are microseconds since 1970.
    pub fn new(if_tsresol: Option<u8>, if_tsoffset_seconds: i64) -> Clock {
        let tick = match if_tsresol.unwrap_or(6) {
            power @ 0..=9 => Tick::Nanos(10u64.pow(9 - u32::from(power))),
            // A power for which the divisor overflows makes every time stamp less than a nanosecond.
            power @ 10..=0x7f => Tick::PartOfNano(10u128.checked_pow(u32::from(power) - 9).unwrap_or(u128::MAX)),
            binary => Tick::BinarySecond(u32::from(binary & 0x7f)),
        };
        Clock { tick, offset_nanos: i128::from(if_tsoffset_seconds) * 1_000_000_000 }
    }

    /// Times that a [`Time`] cannot hold (years 1677 to 2262) become the nearest one it can.
    #[inline]
    pub fn time(&self, ticks: u64) -> Time {
        let nanos = match self.tick {
            Tick::Nanos(nanos) => i128::from(ticks) * i128::from(nanos),
            Tick::PartOfNano(per_nano) => (u128::from(ticks) / per_nano) as i128,
            Tick::BinarySecond(power) => (i128::from(ticks) * 1_000_000_000) >> power,
        };
        Time((nanos + self.offset_nanos).clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolutions_are_decimal_or_binary() {
        let at = |resolution, ticks| Clock::new(resolution, 0).time(ticks).0;
        assert_eq!(at(None, 5), 5_000);
        assert_eq!(at(Some(0), 5), 5_000_000_000);
        assert_eq!(at(Some(3), 5), 5_000_000);
        assert_eq!(at(Some(9), 5), 5);
        assert_eq!(at(Some(12), 5_999), 5);
        assert_eq!(at(Some(0x80 | 10), 512), 500_000_000);
        assert_eq!(at(Some(0x80), 2), 2_000_000_000);
    }

    #[test]
    fn offsets_are_seconds_and_absurd_values_stay_in_range() {
        assert_eq!(Clock::new(None, -10).time(0), Time(-10_000_000_000));
        assert_eq!(Clock::new(Some(0), 0).time(u64::MAX), Time(i64::MAX));
        assert_eq!(Clock::new(None, i64::MIN).time(0), Time(i64::MIN));
        for resolution in 0..=u8::MAX {
            Clock::new(Some(resolution), i64::MAX).time(u64::MAX);
        }
        assert_eq!(Clock::new(Some(0x7f), 0).time(u64::MAX), Time(0));
    }
}
