//! The one immutable result of reading a capture set. Reports, the desktop program, rules and replay only read it.

use crate::capture::{self, FrameReader, Problem, Problems};
use crate::net::Assembler;
use crate::session::Sessions;
use crate::timeline::{self, SessionTimeline};
use crate::wire::{Messages, Reader};

/// Everything known about a capture set.
pub struct Analysis {
    /// Files, frames, times, link types.
    pub capture: capture::Summary,
    pub messages: Messages,
    pub sessions: Sessions,
    /// In step with [`Sessions::sessions`].
    pub timelines: Vec<SessionTimeline>,
    /// What could not be read, in frame order.
    pub problems: Vec<Problem>,
    /// Datagrams seen again on another interface or mirror port, which were left out.
    pub duplicate_datagrams: u64,
}

/// Reads a capture set to its end, or to where its [`capture::Progress`] is cancelled.
pub fn analyze(mut frames: FrameReader) -> Analysis {
    let mut assembler = Assembler::new(|_shard| Reader::default());
    let mut batch = frames.next_batch();
    while let Some(current) = batch {
        // The next batch is read while this one is worked on.
        ((), batch) = rayon::join(|| assembler.push(&current), || frames.next_batch());
    }
    let store = frames.store().as_ref().clone();
    let mut capture = frames.summary();
    let assembled = assembler.finish();
    let mut problems = std::mem::take(&mut capture.problems);
    problems.append(assembled.problems);
    let (messages, read_problems) = Messages::join(assembled.consumers, store);
    problems.append(read_problems);
    let sessions = Sessions::build(&messages, &mut problems);
    let timelines = timeline::build(&sessions, &messages);
    let duplicate_datagrams = assembled.duplicate_datagrams;
    Analysis { capture, messages, sessions, timelines, problems: Problems::finish(problems), duplicate_datagrams }
}
