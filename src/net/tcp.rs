//! A TCP connection: two directions that learn from each other's acknowledgments (RFC 9293).
//!
//! Decides which packets belong to the connection: a port pair that is used again is another flow.

use super::Consumer;
use super::flow::Outlet;
use super::packet::{Packet, Tcp};
use super::pieces::Piece;
use super::stream::Direction;
use crate::capture::FrameId;

/// A connection of so few packets is young: a SYN captured now may be its own, shuffled behind other packets.
/// After a reset, so many packets may still be of the time before it.
const SHUFFLED_PACKETS: u32 = 32;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Connection {
    /// From low to high, and back.
    directions: [Direction; 2],
    packets: u32,
    /// The packet that reset it.
    reset: Option<u32>,
    last_frame: FrameId,
}

impl Connection {
    /// Whether this packet opens another connection with the same ports.
    pub fn is_replaced_by(&self, packet: &Packet, tcp: &Tcp) -> bool {
        let sender = &self.directions[usize::from(!packet.from_low)];
        if tcp.syn {
            return match sender.initial_sequence() {
                Some(sequence) => sequence != tcp.sequence,
                None => self.packets > SHUFFLED_PACKETS || !sender.may_begin_at(tcp.sequence),
            };
        }
        // The SYN of the next connection may be missing: data behind the end of this one.
        packet.len_bytes > 0 && self.directions.iter().all(Direction::has_ended) && sender.is_ahead(tcp.sequence)
    }

    /// Nobody wants to see more of it.
    pub fn is_over(&self) -> bool {
        self.directions.iter().all(Direction::is_over)
    }

    pub fn waiting_pieces(&self) -> usize {
        self.directions.iter().map(Direction::waiting_pieces).sum()
    }

    /// Takes a packet that belongs to it.
    pub fn push<C: Consumer>(&mut self, packet: &Packet, tcp: &Tcp, out: &mut Outlet<'_, C>) {
        self.packets = self.packets.wrapping_add(1);
        self.last_frame = packet.frame;
        let [low, high] = &mut self.directions;
        let (sender, receiver) = if packet.from_low { (low, high) } else { (high, low) };

        if tcp.syn {
            sender.begin(tcp.sequence);
        }
        let data_sequence = tcp.sequence.wrapping_add(u32::from(tcp.syn));
        out.from_low = packet.from_low;
        let mut pushed_bytes = 0;
        let chunks = packet.payload.chunks();
        for (index, &chunk) in chunks.iter().enumerate() {
            // What was cut is missing behind the last chunk.
            let is_last = index + 1 == chunks.len();
            let len_bytes = if is_last { packet.len_bytes.saturating_sub(pushed_bytes) } else { chunk.span.len_bytes };
            let piece = Piece { start: 0, len_bytes, chunk };
            sender.push(data_sequence.wrapping_add(pushed_bytes), piece, self.packets, out);
            pushed_bytes += len_bytes;
        }
        if tcp.fin {
            sender.finish_at(data_sequence.wrapping_add(packet.len_bytes), self.packets);
        }
        if tcp.rst {
            self.reset.get_or_insert(self.packets);
            sender.reset_at(tcp.sequence, out);
        }
        if let Some(acknowledgment) = tcp.acknowledgment {
            if tcp.rst {
                out.from_low = !packet.from_low;
                receiver.reset_at(acknowledgment, out);
            } else {
                receiver.acknowledge(acknowledgment);
            }
        }
        if self.reset.is_some_and(|reset| self.packets.wrapping_sub(reset) >= SHUFFLED_PACKETS) {
            self.close(out);
        } else {
            self.each_direction(out, |direction, packets, frame, out| direction.settle(packets, frame, out));
        }
    }

    /// Delivers all that waits and ends both directions.
    pub fn close<C: Consumer>(&mut self, out: &mut Outlet<'_, C>) {
        self.each_direction(out, |direction, _, frame, out| direction.flush(frame, out));
    }

    /// Delivers all that waits.
    pub fn skip_all_holes<C: Consumer>(&mut self, out: &mut Outlet<'_, C>) {
        self.each_direction(out, |direction, _, frame, out| direction.skip_all_holes(frame, out));
    }

    fn each_direction<C: Consumer>(
        &mut self,
        out: &mut Outlet<'_, C>,
        mut act: impl FnMut(&mut Direction, u32, FrameId, &mut Outlet<'_, C>),
    ) {
        for (direction, from_low) in self.directions.iter_mut().zip([true, false]) {
            out.from_low = from_low;
            act(direction, self.packets, self.last_frame, out);
        }
    }
}
