//! Duplicate frames of UDP datagrams, as captures of mirror ports and of "any" devices have them.
//!
//! A retransmission of the application is not a duplicate: SIP repeats a request after 500 ms at the earliest (T1, RFC
//! 3261 §17.1.1.1), in a datagram with an IP identification of its own.

use std::collections::VecDeque;

use super::packet::{Packet, Payload};
use super::{Chunk, DUPLICATE_SAME_ID_NANOS};
use crate::capture::{Store, Time};

/// How long the same bytes without an IP identification (IPv6; 0 in IPv4 with don't-fragment) are one datagram: mirror
/// ports and devices of one machine copy a frame within a millisecond or two, and nothing else says whether an equal
/// datagram is a copy or was sent again.
const DUPLICATE_NO_ID_NANOS: u64 = 5_000_000;

/// How many datagrams of a flow are remembered: what can be between two copies of a frame.
const MAX_RECENT: usize = 8;

/// The datagrams seen last between two ends.
#[derive(Debug, Default)]
pub(super) struct Recent {
    datagrams: VecDeque<Seen>,
}

#[derive(Debug)]
struct Seen {
    from_low: bool,
    ip_id: u16,
    time: Time,
    len_bytes: u32,
    payload: Payload,
}

impl Recent {
    /// Whether `packet` is a copy of a datagram seen just before; remembers it if not.
    pub fn is_duplicate(&mut self, packet: &Packet, ip_id: u16, store: &Store) -> bool {
        let window_nanos = if ip_id == 0 { DUPLICATE_NO_ID_NANOS } else { DUPLICATE_SAME_ID_NANOS };
        let is_copy = |seen: &Seen| {
            seen.ip_id == ip_id
                && seen.len_bytes == packet.len_bytes
                && seen.from_low == packet.from_low
                && packet.time.0.abs_diff(seen.time.0) <= window_nanos
                && same_bytes(seen.payload.chunks(), packet.payload.chunks(), store)
        };
        if self.datagrams.iter().any(is_copy) {
            return true;
        }
        if self.datagrams.len() >= MAX_RECENT {
            self.datagrams.pop_front();
        }
        self.datagrams.push_back(Seen {
            from_low: packet.from_low,
            ip_id,
            time: packet.time,
            len_bytes: packet.len_bytes,
            payload: packet.payload.clone(),
        });
        false
    }
}

/// Copies of a datagram are fragmented alike, if at all.
fn same_bytes(a: &[Chunk], b: &[Chunk], store: &Store) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| store.bytes(a.span) == store.bytes(b.span))
}

#[cfg(test)]
mod tests {
    use crate::net::testing::{ALICE, FOCUS, MILLIS, Trace};

    #[test]
    fn both_directions_are_one_flow_of_the_first_sender() {
        let mut trace = Trace::default();
        trace.udp(FOCUS, ALICE, 1, b"INVITE");
        trace.udp(ALICE, FOCUS, 9, b"200");
        let record = trace.read();
        let flow = record.flow();
        assert_eq!(flow.flow.client.to_string(), FOCUS);
        assert!(flow.start_seen && flow.closed);
        let seen: Vec<_> = flow.datagrams.iter().map(|d| (d.from_client, d.text.as_str())).collect();
        assert_eq!(seen, [(true, "INVITE"), (false, "200")]);
    }

    #[test]
    fn copies_of_a_frame_are_delivered_once() {
        let mut trace = Trace::default();
        for _ in 0..3 {
            trace.udp(ALICE, FOCUS, 7, b"INVITE");
        }
        let record = trace.read();
        assert_eq!((record.flow().datagrams.len(), record.duplicates), (1, 2));
    }

    #[test]
    fn a_retransmission_is_delivered() {
        let mut trace = Trace::default();
        trace.udp(ALICE, FOCUS, 7, b"INVITE");
        trace.udp(ALICE, FOCUS, 8, b"INVITE"); // another identification, however soon
        trace.now += 500 * MILLIS;
        trace.udp(ALICE, FOCUS, 8, b"INVITE"); // the same one, T1 later
        let record = trace.read();
        assert_eq!((record.flow().datagrams.len(), record.duplicates), (3, 0));
    }

    #[test]
    fn without_identification_only_immediate_copies_are_dropped() {
        for (source, destination) in [(ALICE, FOCUS), ("[2001:db8::1]:5060", "[2001:db8::2]:5060")] {
            let mut trace = Trace::default();
            trace.udp(source, destination, 0, b"INVITE");
            trace.udp(source, destination, 0, b"INVITE");
            trace.udp(source, destination, 0, b"INVITe");
            trace.now += 6 * MILLIS;
            trace.udp(source, destination, 0, b"INVITE");
            let record = trace.read();
            assert_eq!((record.flow().datagrams.len(), record.duplicates), (3, 1));
        }
    }

    #[test]
    fn the_same_bytes_back_are_no_copy() {
        let mut trace = Trace::default();
        trace.udp(ALICE, FOCUS, 0, b"\r\n\r\n");
        trace.udp(FOCUS, ALICE, 0, b"\r\n\r\n");
        assert_eq!(trace.read().duplicates, 0);
    }
}
