//! A TCP connection: two directions that learn from each other's acknowledgments (RFC 9293).
//!
//! Decides which packets belong to the connection: a port pair that is used again is another flow.

use super::Consumer;
use super::flow::Outlet;
use super::packet::{Packet, Tcp};
use super::pieces::Piece;
use super::stream::{Direction, Moment};

/// A connection of so few packets is young: a SYN captured now may be its own, shuffled behind other packets.
/// After a reset, so many packets may still be of the time before it.
const SHUFFLED_PACKETS: u32 = 32;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Connection {
    /// From low to high, and back.
    directions: [Direction; 2],
    now: Moment,
    /// The packet that reset it.
    reset: Option<u32>,
}

impl Connection {
    /// Whether this packet opens another connection with the same ports.
    pub fn is_replaced_by(&self, packet: &Packet, tcp: &Tcp) -> bool {
        let [low, high] = &self.directions;
        let (sender, receiver) = if packet.from_low { (low, high) } else { (high, low) };
        if tcp.syn {
            // A second answer to the same SYN is no other connection, even if it starts elsewhere (SYN cookies).
            let answered = tcp.acknowledgment.map(|next| next.wrapping_sub(1));
            return match sender.initial_sequence() {
                Some(_) if answered.is_some() && answered == receiver.initial_sequence() => false,
                Some(sequence) => sequence != tcp.sequence,
                None => self.now.packets > SHUFFLED_PACKETS || !sender.may_begin_at(tcp.sequence),
            };
        }
        // The SYN of the next connection may be missing: data behind the end of this one.
        packet.len_bytes > 0 && self.directions.iter().all(Direction::has_ended) && sender.is_beyond(tcp.sequence)
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
        let now = Moment { packets: self.now.packets.wrapping_add(1), frame: packet.frame, time: packet.time };
        self.now = now;
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
            sender.push(data_sequence.wrapping_add(pushed_bytes), piece, now, out);
            pushed_bytes += len_bytes;
        }
        if tcp.fin {
            sender.finish_at(data_sequence.wrapping_add(packet.len_bytes), now);
        }
        let answers_syn = tcp.acknowledgment.is_some_and(|acknowledgment| receiver.has_only_begun(acknowledgment));
        if tcp.rst && tcp.sequence == 0 && answers_syn && sender.is_silent() && self.reset.is_none() {
            out.refused();
        }
        if tcp.rst {
            // What the other side sent meanwhile may still come.
            self.reset.get_or_insert(now.packets);
            sender.reset_at(tcp.sequence, out);
        } else if let Some(acknowledgment) = tcp.acknowledgment {
            receiver.acknowledge(acknowledgment);
        }
        if self.reset.is_some_and(|reset| now.packets.wrapping_sub(reset) >= SHUFFLED_PACKETS) {
            self.close(out);
        } else {
            self.each_direction(out, |direction, now, out| direction.settle(now, out));
        }
    }

    /// Delivers all that waits and ends both directions.
    pub fn close<C: Consumer>(&mut self, out: &mut Outlet<'_, C>) {
        self.each_direction(out, |direction, now, out| direction.flush(now.frame, out));
    }

    /// Delivers all that waits.
    pub fn skip_all_holes<C: Consumer>(&mut self, out: &mut Outlet<'_, C>) {
        self.each_direction(out, |direction, now, out| direction.skip_all_holes(now.frame, out));
    }

    fn each_direction<C: Consumer>(
        &mut self,
        out: &mut Outlet<'_, C>,
        mut act: impl FnMut(&mut Direction, Moment, &mut Outlet<'_, C>),
    ) {
        for (direction, from_low) in self.directions.iter_mut().zip([true, false]) {
            out.from_low = from_low;
            act(direction, self.now, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SHUFFLED_PACKETS;
    use crate::net::testing::{ALICE, FOCUS, TcpSegment, Trace, address};

    fn segment<'a>(seq: u32, ack: u32, flags: &'a str, data: &'a str) -> TcpSegment<'a> {
        TcpSegment { seq, ack, flags, data: data.as_bytes() }
    }

    fn handshake(trace: &mut Trace, seq: u32) {
        trace.tcp(ALICE, FOCUS, segment(seq, 0, "S", ""));
        trace.tcp(FOCUS, ALICE, segment(5000, seq + 1, "SA", ""));
        trace.tcp(ALICE, FOCUS, segment(seq + 1, 5001, "A", ""));
    }

    #[test]
    fn a_syn_that_a_reset_answers_is_refused() {
        let mut trace = Trace::default();
        trace.tcp(ALICE, FOCUS, segment(1000, 0, "S", ""));
        trace.tcp(FOCUS, ALICE, segment(0, 1001, "RA", ""));
        let record = trace.read();
        let ends: Vec<_> = record.refused.iter().map(|flow| (flow.client, flow.server)).collect();
        assert_eq!(ends, [(address(ALICE), address(FOCUS))]);
        // A reset of what was accepted, or goes on, refuses nothing.
        for reset in [segment(5001, 1001, "RA", ""), segment(0, 1001, "RA", "")] {
            let mut trace = Trace::default();
            handshake(&mut trace, 1000);
            trace.tcp(FOCUS, ALICE, reset);
            assert_eq!(trace.read().refused, []);
        }
    }

    #[test]
    fn both_directions_are_read() {
        let mut trace = Trace::default();
        handshake(&mut trace, 1000);
        trace.tcp(ALICE, FOCUS, segment(1001, 5001, "A", "request"));
        trace.tcp(FOCUS, ALICE, segment(5001, 1008, "FA", "response"));
        trace.tcp(ALICE, FOCUS, segment(1008, 5010, "FA", ""));
        let record = trace.read();
        assert_eq!(record.streams(), ["request[end]", "response[end]"]);
        let flow = record.flow().flow;
        assert_eq!((flow.client.to_string().as_str(), flow.server.to_string().as_str()), (ALICE, FOCUS));
    }

    #[test]
    fn the_sender_of_the_syn_is_the_client_however_late_it_comes() {
        let mut trace = Trace::default();
        trace.tcp(FOCUS, ALICE, segment(5000, 1001, "SA", ""));
        trace.tcp(ALICE, FOCUS, segment(1000, 0, "S", ""));
        trace.tcp(ALICE, FOCUS, segment(1001, 5001, "A", "hello"));
        let record = trace.read();
        assert_eq!(record.flow().flow.client.to_string(), ALICE);
        assert_eq!(record.streams(), ["hello[end]", "[end]"]);
        assert!(record.flow().start_seen);
    }

    #[test]
    fn the_sender_of_a_syn_ack_is_the_server() {
        for (client, server) in [(ALICE, FOCUS), (FOCUS, ALICE)] {
            let mut trace = Trace::default();
            trace.tcp(server, client, segment(5000, 1001, "SA", ""));
            trace.tcp(client, server, segment(1001, 5001, "A", "hello"));
            let record = trace.read();
            assert_eq!(record.flow().flow.client.to_string(), client);
            assert_eq!(record.streams(), ["hello[end]", "[end]"]);
        }
    }

    #[test]
    fn bytes_captured_before_their_syn_are_kept() {
        let mut trace = Trace::default();
        trace.tcp(ALICE, FOCUS, segment(1006, 5001, "A", " world"));
        trace.tcp(ALICE, FOCUS, segment(1000, 0, "S", ""));
        trace.tcp(ALICE, FOCUS, segment(1001, 5001, "A", "hello"));
        let record = trace.read();
        assert_eq!(record.streams(), ["hello world[end]", "[end]"]);
        assert!(record.flow().start_seen);
    }

    #[test]
    fn data_in_the_syn_and_simultaneous_open() {
        let mut trace = Trace::default();
        trace.tcp(ALICE, FOCUS, segment(1000, 0, "S", "early "));
        trace.tcp(FOCUS, ALICE, segment(5000, 0, "S", ""));
        trace.tcp(ALICE, FOCUS, segment(1000, 5001, "SA", "early "));
        trace.tcp(FOCUS, ALICE, segment(5000, 1007, "SA", ""));
        trace.tcp(ALICE, FOCUS, segment(1007, 5001, "A", "bird"));
        trace.tcp(FOCUS, ALICE, segment(5001, 1011, "A", "worm"));
        let record = trace.read();
        assert_eq!(record.streams(), ["early bird[end]", "worm[end]"]);
        assert_eq!(record.flow().flow.client.to_string(), ALICE);
    }

    #[test]
    fn a_port_used_again_is_another_flow() {
        let mut trace = Trace::default();
        handshake(&mut trace, 1000);
        trace.tcp(ALICE, FOCUS, segment(1001, 5001, "FA", "first"));
        trace.tcp(FOCUS, ALICE, segment(5001, 1007, "FA", ""));
        trace.tcp(ALICE, FOCUS, segment(1001, 5001, "FA", "first")); // late
        handshake(&mut trace, 900_000);
        trace.tcp(ALICE, FOCUS, segment(900_001, 5001, "A", "second"));
        let record = trace.read();
        let streams: Vec<_> = record.flows.iter().map(|flow| flow.streams()[0]).collect();
        assert_eq!(streams, ["first[end]", "second[end]"]);
        assert_eq!(record.flows[1].flow.first_frame.0, 6);
        assert!(record.flows.iter().all(|flow| flow.closed && flow.start_seen));
    }

    #[test]
    fn a_port_used_again_is_another_flow_even_if_nobody_wanted_the_first() {
        let mut trace = Trace::default();
        handshake(&mut trace, 1000);
        trace.tcp(ALICE, FOCUS, segment(1001, 5001, "A", "DONE"));
        trace.tcp(FOCUS, ALICE, segment(5001, 1005, "A", "DONE"));
        handshake(&mut trace, 2000);
        trace.tcp(ALICE, FOCUS, segment(2001, 5001, "A", "second"));
        let record = trace.read();
        assert_eq!(record.flows.len(), 2);
        assert_eq!(record.flows[1].streams()[0], "second[end]");
    }

    #[test]
    fn a_port_used_again_without_its_syn_is_another_flow() {
        let mut trace = Trace::default();
        handshake(&mut trace, 1000);
        trace.tcp(ALICE, FOCUS, segment(1001, 5001, "FA", "first"));
        trace.tcp(FOCUS, ALICE, segment(5001, 1007, "FA", ""));
        trace.tcp(ALICE, FOCUS, segment(1_900_000, 77, "A", "second"));
        assert_eq!(trace.read().flows.len(), 2);
    }

    #[test]
    fn a_retransmitted_syn_is_not_another_flow() {
        let mut trace = Trace::default();
        trace.tcp(ALICE, FOCUS, segment(1000, 0, "S", ""));
        handshake(&mut trace, 1000);
        trace.tcp(ALICE, FOCUS, segment(1001, 5001, "A", "hello"));
        trace.tcp(ALICE, FOCUS, segment(1000, 0, "S", ""));
        trace.tcp(FOCUS, ALICE, segment(5000, 1001, "SA", ""));
        assert_eq!(trace.read().streams(), ["hello[end]", "[end]"]);
    }

    #[test]
    fn two_answers_to_one_syn_are_not_another_flow() {
        for sequence in [5000, 77_000_000] {
            let mut trace = Trace::default();
            trace.tcp(ALICE, FOCUS, segment(1000, 0, "S", ""));
            trace.tcp(FOCUS, ALICE, segment(5000, 1001, "SA", ""));
            trace.tcp(FOCUS, ALICE, segment(77_000_000, 1001, "SA", ""));
            trace.tcp(ALICE, FOCUS, segment(1001, sequence + 1, "A", "request"));
            trace.tcp(FOCUS, ALICE, segment(sequence + 1, 1008, "A", "response"));
            trace.tcp(FOCUS, ALICE, segment(77_000_000, 1001, "SA", ""));
            assert_eq!(trace.read().streams(), ["request[end]", "response[end]"]);
        }
    }

    #[test]
    fn a_syn_on_an_old_connection_picked_up_in_the_middle_is_another_flow() {
        let mut trace = Trace::default();
        for i in 0..=SHUFFLED_PACKETS {
            trace.tcp(ALICE, FOCUS, segment(7000 + i, 5001, "A", "x"));
        }
        handshake(&mut trace, 1000);
        trace.tcp(ALICE, FOCUS, segment(1001, 5001, "A", "hello"));
        let record = trace.read();
        assert_eq!(record.flows.len(), 2);
        assert_eq!(record.flows[1].streams(), ["hello[end]", "[end]"]);
    }

    #[test]
    fn a_reset_ends_both_directions_and_late_data_still_counts() {
        let mut trace = Trace::default();
        handshake(&mut trace, 1000);
        trace.tcp(ALICE, FOCUS, segment(1001, 5001, "A", "one "));
        trace.tcp(ALICE, FOCUS, segment(1009, 5001, "R", ""));
        trace.tcp(ALICE, FOCUS, segment(1005, 5001, "A", "two "));
        assert_eq!(trace.read().streams(), ["one two [end]", "[end]"]);
    }

    #[test]
    fn what_comes_long_after_a_forged_reset_is_another_flow() {
        let mut trace = Trace::default();
        handshake(&mut trace, 1000);
        trace.tcp(FOCUS, ALICE, segment(5001, 1001, "R", ""));
        for i in 0..100 {
            trace.tcp(ALICE, FOCUS, segment(1001 + 4 * i, 5001, "A", "more"));
        }
        let record = trace.read();
        assert_eq!(record.flows.len(), 2);
        assert_eq!(record.flows.iter().map(|flow| flow.origins[0].len()).sum::<usize>(), 400);
    }

    #[test]
    fn a_refused_connection_is_a_flow_without_bytes() {
        let mut trace = Trace::default();
        trace.tcp(ALICE, FOCUS, segment(1000, 0, "S", ""));
        trace.tcp(FOCUS, ALICE, segment(0, 1001, "RA", ""));
        let record = trace.read();
        assert_eq!(record.streams(), ["[end]", "[end]"]);
        assert!(record.flow().start_seen && record.flow().closed);
    }
}
