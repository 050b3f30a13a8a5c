//! The one immutable result of reading a capture set. Reports, the desktop program, rules and replay only read it.

use std::mem;

use crate::capture::{self, FrameReader, Problem, ProblemKind, Problems};
use crate::net::{Assembler, Packets};
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
pub fn analyze(frames: FrameReader) -> Analysis {
    // On one of rayon's threads from beginning to end: handing batch after batch over to them would cost more.
    rayon::scope(|_| {
        let captured = Captured::read(frames);
        let timelines = timeline::build(&captured.sessions, &captured.messages, captured.lacks_packets());
        captured.with(timelines)
    })
}

/// A capture set that was read and joined into sessions; what happened in them is not told yet.
pub struct Captured {
    pub capture: capture::Summary,
    pub messages: Messages,
    pub sessions: Sessions,
    pub problems: Problems,
    duplicate_datagrams: u64,
}

impl Captured {
    /// Reads a capture set to its end, or to where it is cancelled.
    pub fn read(mut frames: FrameReader) -> Captured {
        let mut assembler = Assembler::new(|_shard| Reader::default());
        let (mut current, mut next) = (Packets::default(), Packets::default());
        let mut decode_next = |packets: &mut Packets| frames.next_batch().map(|batch| packets.decode(&batch)).is_some();
        let mut more = decode_next(&mut next);
        while more {
            mem::swap(&mut current, &mut next);
            // The next batch is read while this one is worked on.
            ((), more) = rayon::join(|| assembler.push(&mut current), || decode_next(&mut next));
        }
        // Timelines take the most memory: what was made to read is given back before.
        drop((current, next));
        let store = frames.store().as_ref().clone();
        let mut capture = frames.summary();
        let assembled = assembler.finish();
        let mut problems = mem::take(&mut capture.problems);
        problems.append(assembled.problems);
        let (messages, read_problems) = Messages::join(assembled.consumers, store);
        problems.append(read_problems);
        let sessions = Sessions::build(&messages, &mut problems);
        Captured { capture, messages, sessions, problems, duplicate_datagrams: assembled.duplicate_datagrams }
    }

    /// Are packets missing, so that what was never told may just not have been captured?
    pub fn lacks_packets(&self) -> bool {
        self.problems.tell_of_missing_packets()
    }

    /// The analysis, with the timelines of all sessions.
    pub fn with(self, timelines: Vec<SessionTimeline>) -> Analysis {
        let Captured { capture, messages, sessions, mut problems, duplicate_datagrams } = self;
        for (session, timeline) in
            sessions.sessions.iter().zip(&timelines).filter(|(_, timeline)| timeline.left_out > 0)
        {
            let detail =
                || format!("{} legs and REFERs of session {} are not in its timelines", timeline.left_out, session.id);
            problems.note(ProblemKind::Limit, None, 0, detail);
        }
        Analysis { capture, messages, sessions, timelines, problems: problems.finish(), duplicate_datagrams }
    }
}
