//! One direction of a TCP connection: segments in capture order → bytes in stream order, each exactly once.
//!
//! Bytes are named by their stream offset: 0 is the first byte behind the SYN, or the first byte seen when the capture
//! began in the middle. Holes wait for what the capture may still bring; [`Direction::settle`] decides when not to wait
//! any longer.

use super::flow::Outlet;
use super::pieces::{Piece, Pieces};
use super::{Consumer, Interest, StreamEvent};
use crate::capture::{FrameId, ProblemKind, Time};

/// How many packets of a connection must follow an ACK before a hole that it covers is taken for lost. The ACK proves
/// that the bytes were sent, not that the capture saw them in this order: several capture points, receive queues or
/// merged files shuffle packets by a few places, and a late packet costs nothing while a lost one costs a message.
const REORDER_SLACK_PACKETS: u32 = 32;

/// How much time must pass as well: a fast sender, or one of many small segments, puts more packets than that into the few
/// milliseconds by which packets are late.
const REORDER_SLACK_NANOS: u64 = 10_000_000;

/// How many packets of a connection are awaited before a stream without a SYN is begun at the lowest byte seen: its
/// packets may be shuffled as well. Fewer than above, because a live view shows nothing meanwhile.
const START_SLACK_PACKETS: u32 = 16;

/// Segments of one direction that wait behind a hole: with full segments 12 MB, twice the largest window of common systems.
const MAX_WAITING_PIECES: usize = 8_192;

/// Segments delivered last that are kept to compare retransmissions with: most retransmissions repeat one of them, and
/// with 48 bytes each they cost a small part of the capture's size.
const HISTORY_PIECES: usize = 32;

/// The largest window that TCP can have (RFC 7323 §2.3): how far behind the next byte a sequence number can be. All else
/// is ahead, however far: a capture may pause for long.
const MAX_WINDOW_BYTES: u32 = 1 << 30;

/// How far the capture of a connection has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    /// Packets so far, in both directions.
    pub packets: u32,
    /// The last of them.
    pub frame: FrameId,
    pub time: Time,
}

impl Moment {
    /// Whether packets that belong before `earlier` are no longer to be expected. Clocks step back: any distance counts.
    fn is_well_after(&self, earlier: Moment, slack_packets: u32) -> bool {
        self.packets.wrapping_sub(earlier.packets) >= slack_packets
            && self.time.nanos_since(earlier.time).unsigned_abs() >= REORDER_SLACK_NANOS
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// Neither SYN nor bytes were seen.
    Unseen,
    /// Bytes but no SYN were seen, first at this moment.
    Awaited {
        since: Moment,
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
    /// The highest at the moment `checkpoint_at`.
    checkpoint: Option<u32>,
    checkpoint_at: Moment,
    /// The highest at least [`REORDER_SLACK_PACKETS`] and [`REORDER_SLACK_NANOS`] ago.
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

    /// Whether `sequence` lies behind everything that was delivered.
    pub fn is_beyond(&self, sequence: u32) -> bool {
        self.start == Start::Known && self.offset_of(sequence) >= self.next
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

    /// Has nothing been seen but a SYN, which this number acknowledges?
    pub fn has_only_begun(&self, acknowledgment: u32) -> bool {
        let is_its = self.initial_sequence.is_some_and(|first| first.wrapping_add(1) == acknowledgment);
        is_its && self.next == 0 && self.waiting.is_empty()
    }

    /// Has nothing been seen at all?
    pub fn is_silent(&self) -> bool {
        self.initial_sequence.is_none() && self.next == 0 && self.waiting.is_empty()
    }

    /// A SYN: the stream begins behind it.
    pub fn begin(&mut self, sequence: u32) {
        if self.initial_sequence.is_some_and(|known| known == sequence || self.next > 0 || !self.waiting.is_empty()) {
            return;
        }
        if self.initial_sequence.replace(sequence).is_some() {
            // Which of two beginnings holds, the bytes will tell.
            self.start = Start::Unseen;
            return;
        }
        match self.start {
            Start::Unseen => self.origin = sequence.wrapping_add(1),
            Start::Awaited { .. } => self.rebase(self.offset_of(sequence.wrapping_add(1))),
            // Begun already at the bytes behind it.
            Start::Known => {}
        }
        self.start = Start::Known;
    }

    /// Payload bytes.
    pub fn push<C: Consumer>(&mut self, sequence: u32, mut piece: Piece, now: Moment, out: &mut Outlet<'_, C>) {
        if self.is_over() || piece.len_bytes == 0 {
            return;
        }
        self.see(sequence, now);
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
    pub fn finish_at(&mut self, sequence: u32, now: Moment) {
        if self.is_over() {
            return;
        }
        self.see(sequence, now);
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
    pub fn settle<C: Consumer>(&mut self, now: Moment, out: &mut Outlet<'_, C>) {
        if now.is_well_after(self.acknowledged.checkpoint_at, REORDER_SLACK_PACKETS) {
            self.acknowledged.settled = self.acknowledged.checkpoint;
            self.acknowledged.checkpoint = self.acknowledged.latest;
            self.acknowledged.checkpoint_at = now;
        }
        if let Start::Awaited { since } = self.start
            && now.is_well_after(since, START_SLACK_PACKETS)
        {
            self.start_at_lowest(out);
        }
        if self.start != Start::Known {
            return;
        }
        self.deliver_waiting(out);
        while let Some(piece) = self.waiting.first()
            && self.acknowledged.settled.is_some_and(|settled| self.offset_of(settled) >= piece.start)
        {
            self.skip_hole(now.frame, out);
        }
        self.end_if_reached(out);
    }

    /// The sender reset the connection at `sequence`: if nothing is missing before it, its stream is over.
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
            if (1..=i64::from(MAX_WINDOW_BYTES)).contains(&missing_bytes) {
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

    /// The stream offset of a sequence number: at most [`MAX_WINDOW_BYTES`] behind the next byte, else ahead.
    fn offset_of(&self, sequence: u32) -> i64 {
        let ahead = sequence.wrapping_sub(self.origin.wrapping_add(self.next as u32));
        let behind = ahead.wrapping_neg();
        if behind <= MAX_WINDOW_BYTES { self.next - i64::from(behind) } else { self.next + i64::from(ahead) }
    }

    /// Bytes or a FIN at `sequence` are the first sign of this direction.
    fn see(&mut self, sequence: u32, now: Moment) {
        if self.start == Start::Unseen {
            self.origin = sequence;
            self.start = Start::Awaited { since: now };
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
        self.waiting.len() > MAX_WAITING_PIECES
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
        while self.waiting.first().is_some_and(|piece| piece.start <= self.next) {
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
            self.history.clear();
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
    use proptest::prelude::*;

    use super::{HISTORY_PIECES, MAX_WAITING_PIECES, REORDER_SLACK_PACKETS, START_SLACK_PACKETS};
    use crate::capture::ProblemKind;
    use crate::net::testing::{ALICE, FOCUS, MILLIS, Record, TcpSegment, Trace};

    /// A connection from Alice, whose stream begins at sequence number 1001, to the focus, whose begins at 5001.
    fn connected() -> Trace {
        connected_from(1000)
    }

    fn connected_from(initial_sequence: u32) -> Trace {
        let mut trace = Trace::default();
        trace.tcp(ALICE, FOCUS, TcpSegment { seq: initial_sequence, flags: "S", ..Default::default() });
        let ack = initial_sequence.wrapping_add(1);
        trace.tcp(FOCUS, ALICE, TcpSegment { seq: 5000, ack, flags: "SA", ..Default::default() });
        trace
    }

    impl Trace {
        fn alice(&mut self, seq: u32, data: &str) {
            self.tcp(ALICE, FOCUS, TcpSegment { seq, ack: 5001, flags: "A", data: data.as_bytes() });
        }

        fn alice_ends(&mut self, seq: u32, flags: &str) {
            self.tcp(ALICE, FOCUS, TcpSegment { seq, ack: 5001, flags, data: b"" });
        }

        fn focus_acks(&mut self, ack: u32, times: u32) {
            for _ in 0..times {
                self.tcp(FOCUS, ALICE, TcpSegment { seq: 5001, ack, flags: "A", data: b"" });
            }
        }
    }

    fn alice_sent(record: &Record) -> &str {
        record.streams()[0]
    }

    #[test]
    fn trap_03_out_of_order_retransmitted_and_overlapping() {
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
        // 40 bytes of headers, then "o three " was there already.
        assert_eq!(record.flow().origins[0][14], (7, 40 + 8));
        assert_eq!(record.problems, []);
    }

    #[test]
    fn trap_03_sequence_wrap_and_first_sequence_number_zero() {
        for initial_sequence in [u32::MAX, u32::MAX - 1, u32::MAX - 5, 0, 0x7fff_fffe] {
            let mut trace = connected_from(initial_sequence);
            let first = initial_sequence.wrapping_add(1);
            trace.alice(first.wrapping_add(4), "two ");
            trace.alice(first, "one ");
            trace.alice(first.wrapping_add(8), "three");
            assert_eq!(alice_sent(&trace.read()), "one two three[end]", "{initial_sequence:#x}");
        }
    }

    #[test]
    fn trap_03_missing_syn_and_one_direction_only() {
        let mut trace = Trace::default();
        trace.alice(700, "two ");
        trace.alice(696, "one ");
        trace.alice(704, "three");
        let record = trace.read();
        assert_eq!(record.streams(), ["one two three[end]", "[end]"]);
        assert!(!record.flow().start_seen);
        assert_eq!(record.flow().flow.client.to_string(), ALICE);
    }

    #[test]
    fn a_stream_without_syn_does_not_wait_long_for_its_beginning() {
        let mut trace = Trace::default();
        trace.alice(700, "one ");
        trace.focus_acks(704, START_SLACK_PACKETS);
        trace.alice(696, "old ");
        trace.alice(704, "two");
        assert_eq!(alice_sent(&trace.read()), "one two[end]");
    }

    #[test]
    fn trap_17_a_big_time_gap_costs_nothing() {
        let mut trace = connected();
        trace.alice(1001, "one ");
        trace.now = i64::MAX / 2;
        trace.alice(1005, "two ");
        trace.now = i64::MIN / 2;
        trace.alice(1009, "three");
        assert_eq!(alice_sent(&trace.read()), "one two three[end]");
    }

    #[test]
    fn the_first_copy_wins_and_another_is_noted_once() {
        let mut trace = connected();
        trace.alice(1001, "one two ");
        trace.alice(1005, "TWO ");
        trace.alice(1013, "four");
        trace.alice(1009, "THREFOUR");
        let record = trace.read();
        assert_eq!(alice_sent(&record), "one two THREfour[end]");
        assert_eq!(record.problem_kinds(), [ProblemKind::TcpConflict; 2]);
        assert_eq!(record.problems[0].frame.map(|frame| frame.0), Some(3));
        assert!(record.problems[0].detail.contains("stream byte 4"), "{}", record.problems[0].detail);
        assert!(record.problems[1].detail.contains("stream byte 12"), "{}", record.problems[1].detail);
    }

    #[test]
    fn retransmissions_of_the_latest_segments_are_compared() {
        let mut trace = connected();
        let segments = HISTORY_PIECES as u32 + 10;
        for i in 0..segments {
            trace.alice(1001 + 4 * i, "data");
        }
        trace.alice(1001 + 4 * (segments - HISTORY_PIECES as u32), "DATA");
        trace.alice(1001, "DATA"); // too long ago to know
        assert_eq!(trace.read().problem_kinds(), [ProblemKind::TcpConflict]);
    }

    #[test]
    fn keep_alives_are_no_data() {
        let mut trace = connected();
        trace.alice(1000, "X"); // before any data, in the place of the SYN
        trace.alice(1001, "one ");
        trace.alice(1004, "");
        trace.alice(1004, "X");
        trace.alice(1009, "three");
        trace.alice(1013, "X");
        trace.alice(1005, "two ");
        let record = trace.read();
        assert_eq!(alice_sent(&record), "one two three[end]");
        assert_eq!(record.problems, []);
    }

    #[test]
    fn a_keep_alive_before_the_first_bytes_seen_is_no_data() {
        let mut trace = Trace::default();
        trace.focus_acks(1001, 1);
        trace.alice(1000, "X");
        trace.focus_acks(1001, 1);
        trace.alice(1001, "one");
        assert_eq!(trace.read().streams(), ["[end]", "one[end]"]);
    }

    #[test]
    fn a_zero_window_probe_carries_the_next_byte() {
        let mut trace = connected();
        trace.alice(1001, "one ");
        trace.alice(1005, "t");
        trace.alice(1005, "t");
        trace.alice(1005, "two");
        let record = trace.read();
        assert_eq!(alice_sent(&record), "one two[end]");
        assert_eq!(record.problems, []);
    }

    #[test]
    fn a_hole_that_was_acknowledged_is_skipped_after_some_packets() {
        let mut trace = connected();
        trace.alice(1001, "one ");
        trace.alice(1009, "three ");
        trace.focus_acks(1015, 3 * REORDER_SLACK_PACKETS);
        trace.alice(1005, "two ");
        trace.alice(1015, "four");
        assert_eq!(alice_sent(&trace.read()), "one [gap 4]three four[end]");
    }

    #[test]
    fn a_hole_waits_for_packets_shuffled_behind_the_ack() {
        let mut trace = connected();
        trace.alice(1001, "one ");
        trace.alice(1009, "three ");
        trace.focus_acks(1015, REORDER_SLACK_PACKETS - 1);
        trace.alice(1005, "two ");
        assert_eq!(alice_sent(&trace.read()), "one two three [end]");
    }

    #[test]
    fn a_hole_waits_some_milliseconds_however_many_packets_come_meanwhile() {
        let mut trace = connected();
        trace.alice(1001, "one ");
        trace.alice(1009, "three ");
        for _ in 0..3 * REORDER_SLACK_PACKETS {
            trace.now -= MILLIS;
            trace.focus_acks(1015, 1);
        }
        trace.alice(1005, "two ");
        assert_eq!(alice_sent(&trace.read()), "one two three [end]");
    }

    #[test]
    fn a_hole_that_was_not_acknowledged_waits_for_the_retransmission() {
        let mut trace = connected();
        trace.alice(1001, "one ");
        trace.alice(1009, "three ");
        trace.focus_acks(1005, 4 * REORDER_SLACK_PACKETS);
        trace.alice(1005, "two ");
        assert_eq!(alice_sent(&trace.read()), "one two three [end]");
    }

    #[test]
    fn holes_at_the_end_are_gaps() {
        let mut trace = connected();
        trace.alice(1009, "three ");
        trace.focus_acks(1001, 1);
        trace.alice(1021, "five");
        trace.alice_ends(1030, "FA");
        assert_eq!(alice_sent(&trace.read()), "[gap 8]three [gap 6]five[gap 5][end]");
    }

    #[test]
    fn bytes_acknowledged_and_never_captured_are_a_gap_at_the_end() {
        let mut trace = connected();
        trace.alice(1001, "one ");
        trace.focus_acks(1105, 1);
        assert_eq!(alice_sent(&trace.read()), "one [gap 100][end]");

        let mut trace = connected();
        trace.alice(1001, "one ");
        trace.focus_acks(1006, 1); // a FIN that was not captured
        assert_eq!(alice_sent(&trace.read()), "one [end]");
    }

    #[test]
    fn a_hole_with_too_much_behind_it_is_skipped() {
        let mut trace = connected();
        for i in 0..=MAX_WAITING_PIECES as u32 {
            trace.alice(1001 + 10 + i, "x");
        }
        trace.alice(1001, "late");
        let record = trace.read();
        assert!(alice_sent(&record).starts_with("[gap 10]xxx"));
        assert_eq!(record.flow().origins[0].len(), MAX_WAITING_PIECES + 1);
        assert_eq!(record.problem_kinds(), [ProblemKind::Limit]);
    }

    #[test]
    fn a_fin_ends_the_stream_when_its_bytes_are_there() {
        let mut trace = connected();
        trace.alice_ends(1009, "FA");
        trace.alice(1005, "two ");
        trace.alice(1001, "one ");
        trace.alice(1009, "beyond the end");
        trace.alice_ends(1009, "FA");
        assert_eq!(trace.read().streams(), ["one two [end]", "[end]"]);
    }

    #[test]
    fn cut_frames_leave_a_gap_and_one_problem() {
        let mut trace = connected();
        for i in 0..3 {
            let segment = TcpSegment { seq: 1001 + 10 * i, ack: 5001, flags: "A", data: b"0123456789" };
            trace.cut_frame(crate::capture::LinkType::RAW, &segment.packet(ALICE, FOCUS), 44);
        }
        trace.alice(1031, "end");
        let record = trace.read();
        assert_eq!(alice_sent(&record), "0123[gap 6]0123[gap 6]0123[gap 6]end[end]");
        assert_eq!(record.problem_kinds(), [ProblemKind::CutFrame]);
    }

    #[test]
    fn bytes_that_nobody_wants_are_not_kept() {
        let mut trace = connected();
        trace.alice(1001, "DONE");
        trace.alice(1005, "more");
        trace.alice(1050, "much more");
        trace.tcp(FOCUS, ALICE, TcpSegment { seq: 5001, ack: 1009, flags: "A", data: b"answer" });
        assert_eq!(trace.read().streams(), ["DONE", "answer[end]"]);
    }

    /// The obvious twin: where each byte of the stream comes from, if the first copy wins.
    fn first_copies(segments: &[(u32, Vec<u8>)]) -> Vec<Option<(u8, u32)>> {
        let len = segments.iter().map(|(at, data)| *at as usize + data.len()).max().unwrap_or(0);
        let mut bytes = vec![None; len];
        for (frame, (at, data)) in segments.iter().enumerate() {
            for (i, &byte) in data.iter().enumerate() {
                bytes[*at as usize + i].get_or_insert((byte, frame as u32));
            }
        }
        bytes
    }

    fn written(bytes: &[Option<(u8, u32)>]) -> String {
        let runs = bytes.chunk_by(|a, b| a.is_some() == b.is_some());
        let runs = runs.map(|run| match run[0] {
            Some(_) => run.iter().flatten().map(|&(byte, _)| char::from(byte)).collect(),
            None => format!("[gap {}]", run.len()),
        });
        runs.collect::<String>() + "[end]"
    }

    proptest! {
        /// Any segments in any order, overlapping, contradicting each other, with holes: as the obvious twin says.
        #[test]
        fn any_segments_give_first_copies_in_order(
            initial_sequence in prop_oneof![any::<u32>(), u32::MAX - 40..=u32::MAX],
            segments in prop::collection::vec((0u32..60, prop::collection::vec(b'a'..b'd', 1..12)), 0..40),
        ) {
            let mut trace = connected_from(initial_sequence);
            for (at, data) in &segments {
                let seq = initial_sequence.wrapping_add(1 + at);
                trace.tcp(ALICE, FOCUS, TcpSegment { seq, ack: 5001, flags: "A", data });
            }
            let record = trace.read();
            let expected = first_copies(&segments);
            prop_assert_eq!(alice_sent(&record), written(&expected));
            let frames: Vec<u32> = record.flow().origins[0].iter().map(|(frame, _)| frame - 2).collect();
            prop_assert_eq!(frames, expected.iter().flatten().map(|&(_, frame)| frame).collect::<Vec<_>>());
        }

        /// A transfer with ACKs whose packets are shuffled by a few places, some twice: nothing is lost.
        #[test]
        fn bounded_reordering_loses_nothing(
            cuts in prop::collection::vec(2usize..30, 1..80),
            places in prop::collection::vec(0u32..7, 400),
            twice in prop::collection::vec(any::<bool>(), 80),
            with_syn in any::<bool>(),
            batch in 1usize..50,
        ) {
            let text: String = (0..cuts.iter().sum()).map(|i: usize| char::from(b'!' + (i % 90) as u8)).collect();
            let mut packets = Vec::new();
            if with_syn {
                packets.push((ALICE, TcpSegment { seq: 1000, flags: "S", ..Default::default() }));
                packets.push((FOCUS, TcpSegment { seq: 5000, ack: 1001, flags: "SA", ..Default::default() }));
            }
            let mut at = 0;
            for (cut, twice) in cuts.iter().zip(twice) {
                let data = &text.as_bytes()[at..at + cut];
                let segment = TcpSegment { seq: 1001 + at as u32, ack: 5001, flags: "A", data };
                packets.extend(std::iter::repeat_n((ALICE, segment), 1 + usize::from(twice)));
                at += cut;
                packets.push((FOCUS, TcpSegment { seq: 5001, ack: 1001 + at as u32, flags: "A", data: b"" }));
            }
            // Sorting by place + a few shuffles within a few places.
            let mut order: Vec<_> = packets.iter().zip(&places).enumerate().collect();
            order.sort_by_key(|(place, (_, shift))| *place as u32 + **shift);
            let mut trace = Trace::default();
            for (_, ((source, segment), _)) in order {
                trace.tcp(source, if *source == ALICE { FOCUS } else { ALICE }, *segment);
            }
            let record = trace.read_in_batches(batch);
            let flow = record.flow();
            let from_alice = usize::from(flow.flow.client.to_string() != ALICE);
            prop_assert_eq!(flow.streams()[from_alice], format!("{text}[end]"));
            prop_assert_eq!(&record.problems, &[]);
        }
    }
}
