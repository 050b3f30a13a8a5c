//! TCP connections as a sniffer sees them: handshake, segments and their ACKs, FIN.

use std::net::SocketAddr;

use super::ip::{Framer, Segment, TCP, tcp};
use super::{Frame, Impairments, Segments, Sighting};
use crate::random::Random;

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const PSH: u8 = 8;
const ACK: u8 = 16;

/// Between SYN, SYN-ACK and ACK, and the same at the end.
const HANDSHAKE_GAP_US: u64 = 60;
/// Between the segments of one write.
const SEGMENT_GAP_US: u64 = 12;
const ACK_DELAY_US: u64 = 40;
/// The first retransmission timeout (RFC 6298 allows 200 ms in practice).
const RETRANSMISSION_US: u64 = 200_000;
/// How long bytes wait for others with [`Segments::Together`].
const TOGETHER_US: u64 = 20_000;

pub(super) struct Connection {
    /// `ends[0]` opened it.
    ends: [SocketAddr; 2],
    next_seq: [u32; 2],
    /// The last packet so far; what is written meanwhile waits.
    busy_until_us: u64,
    waiting: [Waiting; 2],
}

/// Bytes written and not yet sent, and which message ends where.
#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    messages: Vec<(usize, Sighting)>,
    since_us: u64,
    until_us: u64,
}

pub(super) struct Wire<'a> {
    pub framer: &'a mut Framer,
    pub random: &'a mut Random,
    pub segments: Segments,
    pub impairments: &'a Impairments,
    pub out: &'a mut Vec<Frame>,
}

impl Connection {
    pub fn open(from: SocketAddr, to: SocketAddr, time_us: u64, wire: &mut Wire<'_>) -> Self {
        // Just below the end of the number space, so that the first message wraps.
        let mut first = || {
            if wire.impairments.wrap { u32::MAX - wire.random.range(10, 200) as u32 } else { wire.random.word() as u32 }
        };
        let mut connection = Self {
            ends: [from, to],
            next_seq: [first(), first()],
            busy_until_us: time_us + 2 * HANDSHAKE_GAP_US,
            waiting: [Waiting::default(), Waiting::default()],
        };
        let mss = wire.mss(from) as u16;
        let options = [&[2u8, 4][..], &mss.to_be_bytes(), &[1, 3, 3, 7]].concat();
        let handshake = [(0, SYN, &options[..]), (1, SYN | ACK, &options[..]), (0, ACK, &[][..])];
        for (index, (end, flags, options)) in handshake.into_iter().enumerate() {
            if !wire.impairments.no_handshake {
                connection.segment(
                    end,
                    flags,
                    options,
                    &[],
                    time_us + HANDSHAKE_GAP_US * index as u64,
                    Vec::new(),
                    wire,
                );
            }
            if flags & SYN != 0 {
                connection.next_seq[end] = connection.next_seq[end].wrapping_add(1);
            }
        }
        connection
    }

    /// A SYN, and the reset that refuses it (RFC 9293 §3.5.2).
    pub fn refuse(from: SocketAddr, to: SocketAddr, time_us: u64, wire: &mut Wire<'_>) {
        let mut connection = Self {
            ends: [from, to],
            next_seq: [wire.random.word() as u32, 0],
            busy_until_us: time_us,
            waiting: [Waiting::default(), Waiting::default()],
        };
        connection.segment(0, SYN, &[], &[], time_us, Vec::new(), wire);
        connection.next_seq[0] = connection.next_seq[0].wrapping_add(1);
        connection.segment(1, RST | ACK, &[], &[], time_us + HANDSHAKE_GAP_US, Vec::new(), wire);
    }

    pub fn connects(&self, from: SocketAddr, to: SocketAddr) -> bool {
        self.ends == [from, to] || self.ends == [to, from]
    }

    pub fn write(&mut self, from: SocketAddr, bytes: &[u8], message: Sighting, time_us: u64, wire: &mut Wire<'_>) {
        let end = usize::from(self.ends[1] == from);
        self.flush(1 - end, wire);
        let waiting = &mut self.waiting[end];
        if waiting.bytes.is_empty() {
            waiting.since_us = time_us;
        }
        waiting.bytes.extend_from_slice(bytes);
        waiting.messages.push((waiting.bytes.len(), message));
        waiting.until_us = time_us;
        if wire.segments != Segments::Together {
            self.flush(end, wire);
        }
    }

    /// Sends what has waited long enough.
    pub fn flush_before(&mut self, time_us: u64, wire: &mut Wire<'_>) {
        for end in 0..2 {
            if self.waiting[end].since_us + TOGETHER_US < time_us {
                self.flush(end, wire);
            }
        }
    }

    pub fn close(&mut self, from: SocketAddr, time_us: u64, wire: &mut Wire<'_>) {
        self.flush(0, wire);
        self.flush(1, wire);
        let time_us = time_us.max(self.busy_until_us);
        let end = usize::from(self.ends[1] == from);
        for (index, (end, flags)) in [(end, FIN | ACK), (1 - end, FIN | ACK), (end, ACK)].into_iter().enumerate() {
            self.segment(end, flags, &[], &[], time_us + HANDSHAKE_GAP_US * index as u64, Vec::new(), wire);
            if flags & FIN != 0 {
                self.next_seq[end] = self.next_seq[end].wrapping_add(1);
            }
        }
    }

    fn flush(&mut self, end: usize, wire: &mut Wire<'_>) {
        let Waiting { bytes, messages, until_us, .. } = std::mem::take(&mut self.waiting[end]);
        let mut start = 0;
        let mut time_us = until_us.max(self.busy_until_us);
        while start < bytes.len() {
            let length = wire.segment_length(self.ends[0], bytes.len() - start);
            let stop = start + length;
            let begin = |index: usize| if index == 0 { 0 } else { messages[index - 1].0 };
            let touched = messages.iter().enumerate().filter(|&(index, &(end, _))| begin(index) < stop && end > start);
            let marks = touched.map(|(_, &(_, message))| message).collect::<Vec<_>>();
            let flags = if stop == bytes.len() { PSH | ACK } else { ACK };
            let payload = &bytes[start..stop];
            self.segment(end, flags, &[], payload, time_us, marks, wire);
            if wire.random.chance(wire.impairments.retransmit) {
                self.segment(end, flags, &[], payload, time_us + RETRANSMISSION_US, Vec::new(), wire);
            }
            if start > 0 && wire.random.chance(wire.impairments.overlap) {
                // The same bytes cut otherwise: from within the previous segment on.
                let back = wire.random.range(1, start.min(100) as u64 + 1) as u32;
                let first = start - back as usize;
                let again = &bytes[first..stop.min(first + wire.mss(self.ends[0]))];
                self.next_seq[end] = self.next_seq[end].wrapping_sub(back);
                self.segment(end, flags, &[], again, time_us + 3, Vec::new(), wire);
                self.next_seq[end] = self.next_seq[end].wrapping_add(back);
            }
            self.next_seq[end] = self.next_seq[end].wrapping_add(length as u32);
            start = stop;
            time_us += SEGMENT_GAP_US;
        }
        if !bytes.is_empty() {
            self.busy_until_us = time_us + ACK_DELAY_US;
            self.segment(1 - end, ACK, &[], &[], self.busy_until_us, Vec::new(), wire);
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a segment has that many parts, and this is the one place that joins them"
    )]
    fn segment(
        &self,
        end: usize,
        flags: u8,
        options: &[u8],
        payload: &[u8],
        time_us: u64,
        marks: Vec<Sighting>,
        wire: &mut Wire<'_>,
    ) {
        let (from, to) = (self.ends[end], self.ends[1 - end]);
        let ack = if flags & ACK != 0 { self.next_seq[1 - end] } else { 0 };
        let segment = tcp(from, to, &Segment { seq: self.next_seq[end], ack, flags, options, payload });
        let frames = wire.framer.datagram(from.ip(), to.ip(), TCP, &segment);
        wire.out.extend(frames.into_iter().map(|bytes| Frame::new(time_us, bytes, marks.clone())));
    }
}

impl Wire<'_> {
    fn mss(&self, end: SocketAddr) -> usize {
        self.framer.mtu - 20 - if end.is_ipv4() { 20 } else { 40 }
    }

    fn segment_length(&mut self, end: SocketAddr, left: usize) -> usize {
        let mss = self.mss(end);
        let wanted = match self.segments {
            Segments::Mss | Segments::Together => mss,
            Segments::Random => self.random.range(1, mss as u64 + 1) as usize,
            Segments::Tiny => self.random.range(1, 24) as usize,
        };
        wanted.min(mss).min(left)
    }
}
