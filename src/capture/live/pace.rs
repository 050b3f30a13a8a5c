//! How often what was captured so far is worth being analysed again.

use std::time::{Duration, Instant};

/// The pause behind an analysis, in times of what it took: so it costs a tenth of the time, however long the capture goes on.
const PAUSE_FACTOR: u32 = 9;

/// The shortest pause: nobody reads faster.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);

/// Says when the next analysis is due. Each one begins at the beginning of the capture: a small one is analysed twice a second, one of
/// a gigabyte every quarter of a minute.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    due: Instant,
    /// Of the recording that was analysed last.
    len_bytes: u64,
}

impl Pace {
    /// At first it is due as soon as there is something.
    pub fn new() -> Pace {
        Pace { due: Instant::now(), len_bytes: 0 }
    }

    /// Is it due for a recording of this length? Not, when nothing came since the last one.
    pub fn is_due(&self, len_bytes: u64) -> bool {
        len_bytes != self.len_bytes && Instant::now() >= self.due
    }

    /// An analysis of so many bytes, which began at `begin`, is done.
    pub fn done(&mut self, begin: Instant, len_bytes: u64) {
        let pause = (begin.elapsed() * PAUSE_FACTOR).max(SHORTEST_PAUSE);
        *self = Pace { due: Instant::now() + pause, len_bytes };
    }
}

impl Default for Pace {
    fn default() -> Pace {
        Pace::new()
    }
}
