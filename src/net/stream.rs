//! One direction of a TCP connection: segments in capture order → bytes in stream order, each exactly once.
//!
//! Bytes are named by their stream offset: 0 is the first byte behind the SYN, or the first byte seen when the capture
//! began in the middle. Holes wait for what the capture may still bring; [`Direction::settle`] decides when not to wait
//! any longer.

use super::flow::Outlet;
use super::pieces::{Piece, Pieces};
use super::{Consumer, Interest, StreamEvent};
use crate::capture::{FrameId, ProblemKind};

/// How many packets of a connection must follow an ACK before a hole that it covers is taken for lost. The ACK proves
/// that the bytes were sent, not that the capture saw them in this order: several capture points, receive queues or
/// merged files shuffle packets by a few places, and a late packet costs nothing while a lost one costs a message.
const REORDER_SLACK_PACKETS: u32 = 32;

/// How many packets of a connection are awaited before a stream without a SYN is begun at the lowest byte seen: its
/// packets may be shuffled as well. Fewer than above, because a live view shows nothing meanwhile.
const START_SLACK_PACKETS: u32 = 16;

/// Segments of one direction that wait behind a hole: some megabytes, more than a congestion window in practice.
const MAX_WAITING_PIECES: usize = 4_096;

/// Bytes that those may stand for: the largest window of common systems.
const MAX_WAITING_BYTES: i64 = 64 << 20;

/// Segments delivered last that are kept to compare retransmissions with: a window of 64 KiB and then some.
const HISTORY_PIECES: usize = 64;

/// How far behind the next byte a sequence number can be: no window is larger (RFC 7323 §2.3). All else is ahead,
/// however far: a capture may pause for long.
const MAX_BEHIND_BYTES: u32 = 1 << 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// Neither SYN nor bytes were seen.
    Unseen,
    /// Bytes but no SYN were seen, first at this packet of the connection.
    Awaited {
        since: u32,
    },
    Known,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Direction {
    start: Start,
    /// Sequence number of stream offset 0.
    origin: u32,
    /// Offset of the next byte to deliver.
    next: i64,
    /// Sequence number of the SYN.
    initial_sequence: Option<u32>,
    /// Offset of the FIN: where the stream ends.
    end: Option<i64>,
    waiting: Pieces,
    history: Pieces,
    /// What the other side acknowledged: the highest sequence number now, and at two checkpoints in the past.
    acknowledged: Acknowledged,
    interest: Interest,
    ended: bool,
    cut_noted: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Acknowledged {
    latest: Option<u32>,
    /// The highest when the packet number `checkpoint_at` came.
    checkpoint: Option<u32>,
    checkpoint_at: u32,
    /// The highest at least [`REORDER_SLACK_PACKETS`] ago.
    settled: Option<u32>,
}

impl Default for Direction {
    fn default() -> Self {
        Direction {
            start: Start::Unseen,
            origin: 0,
            next: 0,
            initial_sequence: None,
            end: None,
            waiting: Pieces::default(),
            history: Pieces::default(),
            acknowledged: Acknowledged::default(),
            interest: Interest::More,
            ended: false,
            cut_noted: false,
        }
    }
}

impl Direction {
    pub fn initial_sequence(&self) -> Option<u32> {
        self.initial_sequence
    }

    /// Nothing more will come of it.
    pub fn is_over(&self) -> bool {
        self.ended || self.interest == Interest::Done
    }

    pub fn has_ended(&self) -> bool {
        self.ended
    }

    pub fn waiting_pieces(&self) -> usize {
        self.waiting.len()
    }

    /// Whether `sequence` lies ahead of everything that was delivered.
    pub fn is_ahead(&self, sequence: u32) -> bool {
        self.start == Start::Known && self.offset_of(sequence) > self.next
    }

    /// Whether a SYN with `sequence` can be the late SYN of this stream, seen so far without one.
    pub fn may_begin_at(&self, sequence: u32) -> bool {
        let first = match self.start {
            Start::Unseen => return true,
            Start::Awaited { .. } => self.waiting.first().map_or(0, |piece| piece.start),
            Start::Known => 0,
        };
        (0..=i64::from(u16::MAX)).contains(&(first - self.offset_of(sequence.wrapping_add(1))))
    }

    /// A SYN: the stream begins behind it.
    pub fn begin(&mut self, sequence: u32) {
        if self.initial_sequence.is_some() {
            return;
        }
        self.initial_sequence = Some(sequence);
        match self.start {
            Start::Unseen => self.origin = sequence.wrapping_add(1),
            Start::Awaited { .. } => self.rebase(self.offset_of(sequence.wrapping_add(1))),
            // Begun already at the bytes behind it.
            Start::Known => {}
        }
        self.start = Start::Known;
    }

    /// Payload bytes; `packet` counts the packets of the connection.
    pub fn push<C: Consumer>(&mut self, sequence: u32, mut piece: Piece, packet: u32, out: &mut Outlet<'_, C>) {
        if self.is_over() || piece.len_bytes == 0 {
            return;
        }
        self.see(sequence, packet);
        piece.start = self.offset_of(sequence);
        if self.start == Start::Known && piece.start == self.next && self.waiting.is_empty() {
            self.deliver(piece, out);
            return;
        }
        if self.is_keep_alive(&piece) {
            return;
        }
        let conflict = self.history.conflict(&piece, out.store).or_else(|| self.waiting.conflict(&piece, out.store));
        if let Some(offset) = conflict {
            out.note(ProblemKind::TcpConflict, piece.chunk.frame, u64::from(piece.len_bytes), |flow| {
                format!("{flow}: a retransmission differs from the first copy at stream byte {offset}")
            });
        }
        if self.start == Start::Known && piece.start < self.next {
            if piece.end() <= self.next {
                return;
            }
            piece = piece.part(self.next, piece.end());
        }
        self.waiting.insert(piece);
        if self.start == Start::Known {
            self.deliver_waiting(out);
            if self.exceeds_limits() {
                out.note(ProblemKind::Limit, piece.chunk.frame, 0, |flow| {
                    format!("{flow}: too much waits behind a hole at stream byte {}", self.next)
                });
                self.skip_hole(piece.chunk.frame, out);
            }
        } else if self.exceeds_limits() {
            self.start_at_lowest(out);
        }
    }

    /// A FIN, whose place in the stream is `sequence`.
    pub fn finish_at(&mut self, sequence: u32, packet: u32) {
        if self.is_over() {
            return;
        }
        self.see(sequence, packet);
        let offset = self.offset_of(sequence);
        if self.end.is_none() && offset >= self.next.max(self.waiting.end().unwrap_or(self.next)) {
            self.end = Some(offset);
        }
    }

    /// The other side has received everything before `sequence`.
    pub fn acknowledge(&mut self, sequence: u32) {
        let latest = self.acknowledged.latest.get_or_insert(sequence);
        if sequence.wrapping_sub(*latest) as i32 > 0 {
            *latest = sequence;
        }
    }

    /// Delivers what need not wait any longer. Called after each packet of the connection, in either direction.
    pub fn settle<C: Consumer>(&mut self, packet: u32, frame: FrameId, out: &mut Outlet<'_, C>) {
        if packet.wrapping_sub(self.acknowledged.checkpoint_at) >= REORDER_SLACK_PACKETS {
            self.acknowledged.settled = self.acknowledged.checkpoint;
            self.acknowledged.checkpoint = self.acknowledged.latest;
            self.acknowledged.checkpoint_at = packet;
        }
        if let Start::Awaited { since } = self.start
            && packet.wrapping_sub(since) >= START_SLACK_PACKETS
        {
            self.start_at_lowest(out);
        }
        if self.start != Start::Known {
            return;
        }
        while let Some(piece) = self.waiting.first()
            && self.acknowledged.settled.is_some_and(|settled| self.offset_of(settled) >= piece.start)
        {
            self.skip_hole(frame, out);
        }
        self.end_if_reached(out);
    }

    /// The sender is gone at `sequence`: if nothing is missing before it, the stream is over.
    pub fn reset_at<C: Consumer>(&mut self, sequence: u32, out: &mut Outlet<'_, C>) {
        if self.start == Start::Known && self.offset_of(sequence) == self.next && self.waiting.is_empty() {
            self.end(out);
        }
    }

    /// Nothing more will come: delivers all that waits, with gaps, and ends.
    pub fn flush<C: Consumer>(&mut self, frame: FrameId, out: &mut Outlet<'_, C>) {
        if self.is_over() {
            return;
        }
        self.start_at_lowest(out);
        self.skip_all_holes(frame, out);
        if self.start == Start::Known && !self.is_over() {
            let missing_bytes = match (self.end, self.acknowledged.latest) {
                (Some(end), _) => end - self.next,
                // One byte more than was sent is a FIN that was not captured.
                (None, Some(sequence)) => Some(self.offset_of(sequence) - self.next).filter(|n| *n > 1).unwrap_or(0),
                (None, None) => 0,
            };
            // A number from nowhere is no evidence.
            if (1..=MAX_WAITING_BYTES).contains(&missing_bytes) {
                self.emit(StreamEvent::Gap { bytes: missing_bytes as u64, frame }, out);
            }
        }
        self.end(out);
    }

    /// Skips every hole now: used when memory is short.
    pub fn skip_all_holes<C: Consumer>(&mut self, frame: FrameId, out: &mut Outlet<'_, C>) {
        self.start_at_lowest(out);
        while !self.waiting.is_empty() {
            self.skip_hole(frame, out);
        }
    }

    /// The stream offset of a sequence number: at most [`MAX_BEHIND_BYTES`] behind the next byte, else ahead.
    fn offset_of(&self, sequence: u32) -> i64 {
        let ahead = sequence.wrapping_sub(self.origin.wrapping_add(self.next as u32));
        let behind = ahead.wrapping_neg();
        if behind <= MAX_BEHIND_BYTES { self.next - i64::from(behind) } else { self.next + i64::from(ahead) }
    }

    /// Bytes or a FIN at `sequence` are the first sign of this direction.
    fn see(&mut self, sequence: u32, packet: u32) {
        if self.start == Start::Unseen {
            self.origin = sequence;
            self.start = Start::Awaited { since: packet };
        }
    }

    /// Makes `offset` the new offset 0, and forgets what lies before it.
    fn rebase(&mut self, offset: i64) {
        self.origin = self.origin.wrapping_add(offset as u32);
        self.waiting.shift(-offset);
        self.end = self.end.map(|end| end - offset);
        self.drop_delivered();
    }

    fn start_at_lowest<C: Consumer>(&mut self, out: &mut Outlet<'_, C>) {
        if let Start::Awaited { .. } = self.start {
            let lowest = self.waiting.first().map(|piece| piece.start).or(self.end).unwrap_or(0);
            self.rebase(lowest);
            self.start = Start::Known;
        }
        if self.start == Start::Known {
            self.deliver_waiting(out);
        }
    }

    /// RFC 9293 §3.8.4: at most one byte, perhaps garbage, just before what the sender would send next.
    fn is_keep_alive(&self, piece: &Piece) -> bool {
        if piece.len_bytes != 1 {
            return false;
        }
        let sent = match self.start {
            Start::Known => Some(self.waiting.end().unwrap_or(self.next)),
            _ => self.waiting.end(),
        };
        match sent {
            Some(sent) if piece.start == sent - 1 => true,
            // Picked up in the middle: the other side had acknowledged the byte before it was seen.
            None => self.acknowledged.latest.is_some_and(|sequence| self.offset_of(sequence) >= piece.end()),
            Some(_) => false,
        }
    }

    fn exceeds_limits(&self) -> bool {
        let first = self.waiting.first().map_or(0, |piece| piece.start);
        self.waiting.len() > MAX_WAITING_PIECES || self.waiting.end().unwrap_or(0) - first > MAX_WAITING_BYTES
    }

    fn skip_hole<C: Consumer>(&mut self, frame: FrameId, out: &mut Outlet<'_, C>) {
        let Some(piece) = self.waiting.first() else { return };
        let bytes = (piece.start - self.next).max(0) as u64;
        self.next = piece.start.max(self.next);
        if bytes > 0 {
            self.emit(StreamEvent::Gap { bytes, frame }, out);
        }
        self.deliver_waiting(out);
    }

    fn deliver_waiting<C: Consumer>(&mut self, out: &mut Outlet<'_, C>) {
        while self.waiting.first().is_some_and(|piece| piece.start == self.next) {
            let Some(piece) = self.waiting.pop_first() else { return };
            self.deliver(piece, out);
        }
    }

    /// The piece at [`Direction::next`].
    fn deliver<C: Consumer>(&mut self, piece: Piece, out: &mut Outlet<'_, C>) {
        self.next = piece.end();
        if self.history.len() >= HISTORY_PIECES {
            self.history.pop_first();
        }
        self.history.push_last(piece);
        if piece.chunk.span.len_bytes > 0 {
            self.emit(StreamEvent::Data(piece.chunk), out);
        }
        let cut_bytes = piece.cut_bytes();
        if cut_bytes > 0 && !self.is_over() {
            if !std::mem::replace(&mut self.cut_noted, true) {
                out.note(ProblemKind::CutFrame, piece.chunk.frame, u64::from(cut_bytes), |flow| {
                    format!("{flow}: the capture cut {cut_bytes} bytes from a segment; others are not listed")
                });
            }
            self.emit(StreamEvent::Gap { bytes: u64::from(cut_bytes), frame: piece.chunk.frame }, out);
        }
    }

    /// Drops what waits before the next byte.
    fn drop_delivered(&mut self) {
        while let Some(piece) = self.waiting.first().copied()
            && piece.start < self.next
        {
            self.waiting.pop_first();
            if piece.end() > self.next {
                self.waiting.insert(piece.part(self.next, piece.end()));
            }
        }
    }

    fn end_if_reached<C: Consumer>(&mut self, out: &mut Outlet<'_, C>) {
        if self.end.is_some_and(|end| self.next >= end) {
            self.end(out);
        }
    }

    fn end<C: Consumer>(&mut self, out: &mut Outlet<'_, C>) {
        if !self.is_over() {
            self.emit(StreamEvent::End, out);
            self.waiting.clear();
        }
        self.ended = true;
    }

    fn emit<C: Consumer>(&mut self, event: StreamEvent, out: &mut Outlet<'_, C>) {
        if self.interest == Interest::Done {
            return;
        }
        self.interest = out.stream(event);
        if self.interest == Interest::Done {
            self.waiting.clear();
            self.history.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::capture::ProblemKind;
    use crate::net::testing::{ALICE, FOCUS, TcpSegment, Trace};

    /// A connection from Alice to the focus, whose stream begins at sequence number 1001; the focus's at 5001.
    fn connected() -> Trace {
        let mut trace = Trace::default();
        trace.tcp(ALICE, FOCUS, TcpSegment { seq: 1000, flags: "S", ..Default::default() });
        trace.tcp(FOCUS, ALICE, TcpSegment { seq: 5000, ack: 1001, flags: "SA", ..Default::default() });
        trace
    }

    impl Trace {
        fn alice(&mut self, seq: u32, data: &str) {
            self.tcp(ALICE, FOCUS, TcpSegment { seq, ack: 5001, flags: "A", data: data.as_bytes() });
        }

        fn focus_acks(&mut self, ack: u32, times: usize) {
            for _ in 0..times {
                self.tcp(FOCUS, ALICE, TcpSegment { seq: 5001, ack, flags: "A", data: b"" });
            }
        }
    }

    #[test]
    fn in_order_out_of_order_and_twice() {
        let mut trace = connected();
        trace.alice(1001, "one ");
        trace.alice(1009, "three ");
        trace.alice(1001, "one ");
        trace.alice(1005, "two ");
        trace.alice(1009, "three ");
        trace.alice(1007, "o three four");
        let record = trace.read();
        assert_eq!(record.streams(), ["one two three four[end]", "[end]"]);
        assert!(record.flow().start_seen && record.flow().closed);
        let frames: Vec<u32> = record.flow().origins[0].iter().map(|(frame, _)| *frame).collect();
        assert_eq!(frames, [2, 2, 2, 2, 5, 5, 5, 5, 3, 3, 3, 3, 3, 3, 7, 7, 7, 7]);
        assert_eq!(record.flow().origins[0][14], (7, 40 + 8));
        assert_eq!(record.problems, []);
    }
}
