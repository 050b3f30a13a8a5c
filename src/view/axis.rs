//! Time drawn along a line: proportional, but for long pauses, which are folded to a short piece each.

use crate::capture::Time;

/// A pause shorter than this is never folded: it is what people expect to see drawn.
const SHORTEST_FOLD_NANOS: i64 = 10_000_000_000;

/// Part of the line that one folded pause takes, and that all of them take at most.
const FOLD_SHARE: f64 = 0.06;
const MOST_FOLDED: f64 = 0.4;

/// A map from times to places between 0 and 1.
#[derive(Clone, Debug)]
pub struct Axis {
    stretches: Vec<Stretch>,
}

/// A piece of the axis inside which time is drawn evenly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    pub from: Time,
    pub to: Time,
    /// Where it begins and ends on the line.
    pub start: f64,
    pub end: f64,
    /// A pause that is drawn shorter than it was.
    pub is_fold: bool,
}

impl Axis {
    /// An axis on which all of `moments` have a place. Pauses that are longer than all shorter ones together are folded.
    pub fn new(moments: impl IntoIterator<Item = Time>) -> Axis {
        let mut moments: Vec<Time> = moments.into_iter().collect();
        moments.sort_unstable();
        moments.dedup();
        let (Some(&first), Some(&last)) = (moments.first(), moments.last()) else {
            return Axis { stretches: Vec::new() };
        };
        let threshold = fold_threshold(&moments);
        let mut pieces: Vec<(Time, Time, bool)> = Vec::new();
        let mut from = first;
        for pair in moments.windows(2) {
            if threshold.is_some_and(|threshold| pair[1].nanos_since(pair[0]) >= threshold) {
                pieces.push((from, pair[0], false));
                pieces.push((pair[0], pair[1], true));
                from = pair[1];
            }
        }
        pieces.push((from, last, false));
        let folds = pieces.iter().filter(|(.., is_fold)| *is_fold).count();
        let fold_share = (FOLD_SHARE * folds as f64).min(MOST_FOLDED) / folds.max(1) as f64;
        let drawn_nanos: i64 =
            pieces.iter().filter(|(.., is_fold)| !is_fold).map(|(from, to, _)| to.nanos_since(*from)).sum();
        let even_pieces = (pieces.len() - folds) as f64;
        let mut start = 0.0;
        let mut stretches = Vec::with_capacity(pieces.len());
        for (from, to, is_fold) in pieces {
            let room = 1.0 - fold_share * folds as f64;
            let share = match (is_fold, drawn_nanos) {
                (true, _) => fold_share,
                (false, 0) => room / even_pieces,
                (false, _) => room * to.nanos_since(from) as f64 / drawn_nanos as f64,
            };
            stretches.push(Stretch { from, to, start, end: start + share, is_fold });
            start += share;
        }
        Axis { stretches }
    }

    /// Where `time` stands: 0 for the first moment and before, 1 for the last one and after.
    pub fn place(&self, time: Time) -> f64 {
        let index = self.stretches.partition_point(|stretch| stretch.to < time);
        let Some(stretch) = self.stretches.get(index) else { return 1.0 };
        let lasted = stretch.to.nanos_since(stretch.from);
        let share = if lasted == 0 { 0.0 } else { time.nanos_since(stretch.from).max(0) as f64 / lasted as f64 };
        stretch.start + share * (stretch.end - stretch.start)
    }

    /// The time that stands at `place`: the first moment for 0 and less, the last one for 1 and more.
    pub fn time(&self, place: f64) -> Time {
        let index = self.stretches.partition_point(|stretch| stretch.end < place);
        let Some(stretch) = self.stretches.get(index).or(self.stretches.last()) else { return Time::default() };
        let width = stretch.end - stretch.start;
        let share = if width > 0.0 { ((place - stretch.start) / width).clamp(0.0, 1.0) } else { 0.0 };
        Time(stretch.from.0.saturating_add((share * stretch.to.nanos_since(stretch.from) as f64) as i64))
    }

    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }
}

/// The shortest pause that is folded: longer than all shorter ones together.
fn fold_threshold(moments: &[Time]) -> Option<i64> {
    let mut pauses: Vec<i64> = moments.windows(2).map(|pair| pair[1].nanos_since(pair[0])).collect();
    pauses.sort_unstable();
    let mut shorter = 0i64;
    for pause in pauses {
        if pause >= SHORTEST_FOLD_NANOS && pause > shorter && shorter > 0 {
            return Some(pause);
        }
        shorter = shorter.saturating_add(pause);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn axis(seconds: &[i64]) -> Axis {
        Axis::new(seconds.iter().map(|second| Time(second * SECOND)))
    }

    #[test]
    fn time_is_drawn_evenly_where_nothing_is_long() {
        let axis = axis(&[100, 103, 106, 110]);
        assert_eq!(axis.stretches().len(), 1);
        let places = [90, 100, 105, 110, 120].map(|second| axis.place(Time(second * SECOND)));
        assert_eq!(places, [0.0, 0.0, 0.5, 1.0, 1.0]);
    }

    #[test]
    fn an_hour_between_seconds_is_folded() {
        let axis = axis(&[0, 5, 10, 3610, 3615, 3620]);
        let folds: Vec<bool> = axis.stretches().iter().map(|stretch| stretch.is_fold).collect();
        assert_eq!(folds, [false, true, false]);
        let (before, after) = (axis.place(Time(10 * SECOND)), axis.place(Time(3610 * SECOND)));
        assert!((before - 0.47).abs() < 0.01 && (after - 0.53).abs() < 0.01, "{before} {after}");
    }

    #[test]
    fn times_are_found_again_at_their_places() {
        let axis = axis(&[0, 5, 10, 3610, 3615, 3620]);
        for second in [0, 3, 10, 1000, 3610, 3612, 3620] {
            let time = axis.time(axis.place(Time(second * SECOND)));
            assert!((time.0 - second * SECOND).abs() < SECOND / 100, "{second} {time:?}");
        }
        assert_eq!(axis.time(-1.0), Time(0));
        assert_eq!(axis.time(2.0), Time(3620 * SECOND));
        assert_eq!(Axis::new([]).time(0.5), Time::default());
    }

    #[test]
    fn order_is_kept_and_nothing_leaves_the_line() {
        let axis = axis(&[0, 0, 1, 100, 10_000, 1_000_000, 1_000_001]);
        let places: Vec<f64> = (-10..1_000_020).step_by(7).map(|second| axis.place(Time(second * SECOND))).collect();
        assert!(
            places.windows(2).all(|pair| pair[0] <= pair[1]) && places.iter().all(|place| (0.0..=1.0).contains(place))
        );
        assert_eq!(Axis::new([]).place(Time(1)), 1.0);
        assert_eq!(Axis::new([Time(5)]).place(Time(5)), 0.0);
    }
}
