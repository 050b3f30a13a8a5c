//! IP fragments → whole datagrams, as lists of spans (RFC 791 §3.2, RFC 8200 §4.5).
//!
//! Fragments may come in any order, twice, and overlapping (the first copy wins). What is there of a datagram that
//! stays incomplete still goes on, as one that was cut: the first fragment of a SIP message says most of it.

use std::collections::VecDeque;
use std::net::IpAddr;

use hashbrown::HashMap;

use super::decode::{self, PROTOCOL_TCP};
use super::packet::{Packet, Payload};
use super::pieces::{Piece, Pieces};
use super::{Chunk, DUPLICATE_SAME_ID_NANOS};
use crate::capture::{FrameId, ProblemKind, Problems, Store, Time};

/// Datagrams being put together at once. A sender interleaves a few; a thousand is a busy trunk with losses.
const MAX_DATAGRAMS: usize = 1_024;

/// Fragments of one datagram: 64 KiB in the 576 bytes that every link carries makes 120.
const MAX_FRAGMENTS: usize = 256;

/// How long a datagram waits for its fragments: RFC 8200 §4.5 says 60 seconds. After that the same identification means
/// another datagram.
const MAX_AGE_NANOS: u64 = 60_000_000_000;

/// The largest payload an IP datagram can have; fragments that reach beyond it are an attack (the ping of death).
const MAX_DATAGRAM_BYTES: i64 = 65_535;

/// An IP fragment that carries a part of a TCP or UDP packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragment {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub protocol: u8,
    pub id: u32,
    pub offset_bytes: u32,
    pub more: bool,
    /// Length of its payload on the wire.
    pub len_bytes: u32,
    pub chunk: Chunk,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    id: u32,
}

#[derive(Debug)]
struct Datagram {
    /// Tells datagrams with the same key apart in the order of eviction.
    serial: u64,
    first_time: Time,
    last: Chunk,
    pieces: Pieces,
    /// Known once the last fragment came.
    total_bytes: Option<i64>,
    /// Complete, passed on, and kept to recognise duplicate frames.
    passed_on: bool,
}

/// Puts datagrams together; see the module.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    datagrams: HashMap<Key, Datagram>,
    /// Oldest first; may name datagrams that are gone.
    order: VecDeque<(Key, u64)>,
    next_serial: u64,
    /// Fragments that came twice after their datagram was complete.
    pub duplicates: u64,
}

impl Fragments {
    /// Takes a fragment; what it completes, and what it evicts, goes to `packets`.
    pub fn push(&mut self, fragment: &Fragment, store: &Store, problems: &mut Problems, packets: &mut Vec<Packet>) {
        let frame = Some(fragment.chunk.frame);
        let key = Key {
            source: fragment.source,
            destination: fragment.destination,
            protocol: fragment.protocol,
            id: fragment.id,
        };
        let piece =
            Piece { start: i64::from(fragment.offset_bytes), len_bytes: fragment.len_bytes, chunk: fragment.chunk };
        if piece.len_bytes == 0 || piece.end() > MAX_DATAGRAM_BYTES {
            let detail = || format!("{key}: a fragment of bytes {} to {}", piece.start, piece.end());
            problems.note(ProblemKind::DamagedPacket, frame, u64::from(piece.len_bytes), detail);
            return;
        }

        if let Some(held) = self.datagrams.get(&key) {
            let age_nanos = fragment.chunk.time.0.abs_diff(held.first_time.0);
            if held.passed_on && age_nanos <= DUPLICATE_SAME_ID_NANOS && held.pieces.conflict(&piece, store).is_none() {
                self.duplicates += 1;
                return;
            }
            if held.passed_on || age_nanos > MAX_AGE_NANOS {
                self.give_up(&key, store, problems, packets);
            }
        }
        if !self.datagrams.contains_key(&key) {
            self.begin(key, fragment, store, problems, packets);
        }
        let Some(datagram) = self.datagrams.get_mut(&key) else { return };

        if let Some(offset) = datagram.pieces.conflict(&piece, store) {
            let detail = || format!("{key}: two fragments differ at byte {offset}; the first copy is used");
            problems.note(ProblemKind::IpFragmentConflict, frame, u64::from(piece.len_bytes), detail);
        }
        if datagram.pieces.len() >= MAX_FRAGMENTS {
            let detail = || format!("{key}: more than {MAX_FRAGMENTS} fragments");
            problems.note(ProblemKind::Limit, frame, u64::from(piece.len_bytes), detail);
            return;
        }
        datagram.pieces.insert(piece);
        datagram.last = fragment.chunk;
        if !fragment.more {
            datagram.total_bytes.get_or_insert(piece.end());
        }
        if datagram.total_bytes.is_some_and(|total| datagram.contiguous_bytes() >= total) {
            datagram.passed_on = true;
            packets.extend(datagram.packet(&key, store, problems));
        }
    }

    /// The end of the capture: gives up what is incomplete.
    pub fn finish(&mut self, store: &Store, problems: &mut Problems) -> Vec<Packet> {
        let mut packets = Vec::new();
        while let Some((key, serial)) = self.order.pop_front() {
            if self.datagrams.get(&key).is_some_and(|datagram| datagram.serial == serial) {
                self.give_up(&key, store, problems, &mut packets);
            }
        }
        packets
    }

    /// Begins a datagram; evicts the oldest when there are too many.
    fn begin(
        &mut self,
        key: Key,
        fragment: &Fragment,
        store: &Store,
        problems: &mut Problems,
        packets: &mut Vec<Packet>,
    ) {
        // The order may hold stale entries: as many again at most before they are swept out.
        while self.order.len() >= MAX_DATAGRAMS {
            let Some((oldest, serial)) = self.order.pop_front() else { break };
            if self.datagrams.get(&oldest).is_some_and(|datagram| datagram.serial == serial) {
                self.give_up(&oldest, store, problems, packets);
            }
        }
        let serial = self.next_serial;
        self.next_serial += 1;
        self.order.push_back((key, serial));
        let datagram = Datagram {
            serial,
            first_time: fragment.chunk.time,
            last: fragment.chunk,
            pieces: Pieces::default(),
            total_bytes: None,
            passed_on: false,
        };
        self.datagrams.insert(key, datagram);
    }

    /// Forgets a datagram; notes what is missing of it and passes on its beginning.
    fn give_up(&mut self, key: &Key, store: &Store, problems: &mut Problems, packets: &mut Vec<Packet>) {
        let Some(datagram) = self.datagrams.remove(key) else { return };
        if datagram.passed_on {
            return;
        }
        let held_bytes: i64 = datagram.pieces.iter().map(|piece| i64::from(piece.len_bytes)).sum();
        let missing_bytes = datagram.total_bytes.map_or(0, |total| (total - held_bytes).max(0));
        problems.note(
            ProblemKind::IpFragmentMissing,
            Some(datagram.last.frame),
            missing_bytes as u64,
            || match datagram.total_bytes {
                Some(total) => format!("{key}: {missing_bytes} of {total} bytes are missing"),
                None => format!("{key}: the last fragment is missing; {held_bytes} bytes are there"),
            },
        );
        packets.extend(datagram.packet(key, store, problems));
    }
}

impl Datagram {
    /// How many bytes are there from the beginning without a hole.
    fn contiguous_bytes(&self) -> i64 {
        let mut end = 0;
        for piece in self.pieces.iter() {
            if piece.start > end {
                break;
            }
            end = piece.end();
        }
        end
    }

    /// The packet inside, as far as its bytes are there from the beginning.
    fn packet(&self, key: &Key, store: &Store, problems: &mut Problems) -> Option<Packet> {
        let mut chunks = Vec::with_capacity(self.pieces.len());
        let mut header = Vec::with_capacity(MAX_HEADER_BYTES);
        let mut captured_bytes = 0;
        for piece in self.pieces.iter() {
            if piece.start != captured_bytes {
                break;
            }
            let bytes = store.bytes(piece.chunk.span);
            let wanted = (MAX_HEADER_BYTES - header.len()).min(bytes.len());
            header.extend_from_slice(&bytes[..wanted]);
            captured_bytes += i64::from(piece.chunk.span.len_bytes);
            chunks.push(piece.chunk);
        }
        if chunks.is_empty() {
            return None;
        }
        // Of a UDP datagram without its end, the UDP header knows the length; a TCP segment ends where its bytes do.
        let len_bytes = match self.total_bytes {
            Some(total) => total,
            None if key.protocol == PROTOCOL_TCP => captured_bytes,
            None => MAX_DATAGRAM_BYTES,
        } as u32;
        match decode::read_transport(key.protocol, &header, len_bytes.max(captured_bytes as u32), key.id as u16) {
            Ok(transport) => {
                let range = transport.payload_range();
                let payload = Payload::Many(cut_to(chunks, range.start, range.end));
                Some(transport.packet(key.source, key.destination, payload, &self.last))
            }
            Err(_) => {
                note_unreadable(key, self.last.frame, problems);
                None
            }
        }
    }
}

/// No TCP header is longer: the data offset counts up to 15 words.
const MAX_HEADER_BYTES: usize = 60;

fn note_unreadable(key: &Key, frame: FrameId, problems: &mut Problems) {
    let detail = || format!("{key}: the transport header makes no sense");
    problems.note(ProblemKind::DamagedPacket, Some(frame), 0, detail);
}

/// The bytes from `start` to `end` of what `chunks` hold together.
fn cut_to(chunks: Vec<Chunk>, start: usize, end: usize) -> Vec<Chunk> {
    let mut at = 0;
    let mut kept = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let next = at + chunk.span.len_bytes as usize;
        if next > start && at < end {
            kept.push(chunk.slice(start.saturating_sub(at)..end - at));
        }
        at = next;
    }
    kept
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IP datagram {:#x} from {} to {}", self.id, self.source, self.destination)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::LinkType;
    use crate::net::testing::{ALICE, FOCUS, MILLIS, Record, TcpSegment, Trace, fragment, udp};

    const TEXT: &str = "INVITE sip:focus@example.com SIP/2.0";
    const ENDS: [(&str, &str); 2] = [(ALICE, FOCUS), ("[2001:db8::1]:5060", "[2001:db8::2]:5060")];

    /// [`TEXT`] in three fragments.
    fn three(ends: (&str, &str), id: u16) -> [Vec<u8>; 3] {
        let packet = udp(ends.0, ends.1, id, TEXT.as_bytes());
        [0..16, 16..32, 32..44].map(|range| fragment(&packet, id, range))
    }

    fn read(packets: &[&[u8]]) -> Record {
        let mut trace = Trace::default();
        for packet in packets {
            trace.ip(packet);
        }
        trace.read()
    }

    fn texts(record: &Record) -> Vec<&str> {
        record.flows.iter().flat_map(|flow| flow.datagrams.iter().map(|datagram| datagram.text.as_str())).collect()
    }

    #[test]
    fn fragments_in_any_order_make_the_datagram() {
        for ends in ENDS {
            let [a, b, c] = three(ends, 7);
            for order in [[&a, &b, &c], [&c, &b, &a], [&b, &a, &c], [&c, &a, &b]] {
                let record = read(&order.map(Vec::as_slice));
                assert_eq!(texts(&record), [TEXT]);
                assert_eq!(record.flow().datagrams[0].len_bytes as usize, TEXT.len());
                assert_eq!(record.problems, []);
            }
            let record = read(&[&c, &a, &b]);
            assert_eq!(record.flow().datagrams[0].frames, [1, 2, 0]);
        }
    }

    #[test]
    fn copies_of_fragments_are_dropped_even_behind_the_datagram() {
        for ends in ENDS {
            let [a, b, c] = three(ends, 7);
            let record = read(&[&a, &a, &b, &b, &c, &c, &a, &b, &c]);
            assert_eq!(texts(&record), [TEXT]);
            assert_eq!(record.problems, []);
            assert_eq!(record.duplicates, 4);
        }
    }

    #[test]
    fn the_same_identification_again_is_another_datagram() {
        let [a, b, c] = three(ENDS[0], 7);
        let mut other = [a.clone(), b.clone(), c.clone()];
        other[1][30] = b'!';
        let record = read(&[&a, &b, &c, &other[1], &other[0], &other[2]]);
        assert_eq!(texts(&record).len(), 2);
        assert!(texts(&record)[1].contains('!'));
        assert_eq!(record.problems, []);

        // The same bytes, but later: sent again.
        let mut trace = Trace::default();
        for packet in [&a, &b, &c, &a, &b, &c] {
            trace.ip(packet);
            trace.now += 100 * MILLIS;
        }
        assert_eq!(texts(&trace.read()), [TEXT, TEXT]);
    }

    #[test]
    fn of_overlapping_fragments_the_first_copy_wins() {
        let packet = udp(ALICE, FOCUS, 7, TEXT.as_bytes());
        let mut forged = fragment(&packet, 7, 8..32);
        forged[20..28].copy_from_slice(b"CANCEL x");
        let record = read(&[&fragment(&packet, 7, 0..24), &forged, &fragment(&packet, 7, 32..44)]);
        assert_eq!(texts(&record), [TEXT]);
        assert_eq!(record.problem_kinds(), [ProblemKind::IpFragmentConflict]);
        assert_eq!(record.problems[0].frame, Some(FrameId(1)));
    }

    #[test]
    fn missing_fragments_are_noted_and_the_beginning_goes_on() {
        for ends in ENDS {
            let [a, b, c] = three(ends, 7);
            let record = read(&[&a, &c]);
            assert_eq!(record.problem_kinds(), [ProblemKind::IpFragmentMissing]);
            assert_eq!(record.problems[0].bytes, 16);
            assert_eq!(texts(&record), ["INVITE s"]);
            assert_eq!(record.flow().datagrams[0].len_bytes as usize, TEXT.len());

            let record = read(&[&a, &b]);
            assert_eq!(record.problem_kinds(), [ProblemKind::IpFragmentMissing]);
            assert_eq!(texts(&record), [&TEXT[..24]]);
            assert_eq!(record.flow().datagrams[0].len_bytes as usize, TEXT.len());

            let record = read(&[&b, &c]);
            assert_eq!(record.problem_kinds(), [ProblemKind::IpFragmentMissing]);
            assert_eq!(record.flows.len(), 0);
        }
    }

    #[test]
    fn an_old_datagram_does_not_take_fragments_of_a_new_one() {
        let [a, b, c] = three(ENDS[0], 7);
        let mut trace = Trace::default();
        trace.ip(&a);
        trace.now += 61_000 * MILLIS;
        for packet in [&b, &a, &c] {
            trace.ip(packet);
        }
        let record = trace.read();
        assert_eq!(texts(&record), ["INVITE s", TEXT]);
        assert_eq!(record.problem_kinds(), [ProblemKind::IpFragmentMissing]);
    }

    #[test]
    fn a_cut_fragment_cuts_the_datagram() {
        let [a, b, c] = three(ENDS[0], 7);
        let mut trace = Trace::default();
        trace.ip(&a);
        trace.cut_frame(LinkType::RAW, &b, 24);
        trace.ip(&c);
        let record = trace.read();
        assert_eq!(texts(&record), [&TEXT[..12]]);
        assert_eq!(record.flow().datagrams[0].len_bytes as usize, TEXT.len());
    }

    #[test]
    fn tcp_comes_in_fragments_too_even_with_a_torn_header() {
        let segment = TcpSegment { seq: 1001, ack: 1, flags: "A", data: b"MSRP a786hjs2 SEND" };
        let packet = segment.packet(ALICE, FOCUS);
        let parts = [0..8, 8..24, 24..32, 32..38].map(|range| fragment(&packet, 7, range));
        let mut trace = Trace::default();
        trace.tcp(ALICE, FOCUS, TcpSegment { seq: 1000, flags: "S", ..Default::default() });
        parts.iter().for_each(|part| trace.ip(part));
        trace.tcp(ALICE, FOCUS, TcpSegment { seq: 1019, ack: 1, flags: "A", data: b"..." });
        let record = trace.read();
        assert_eq!(record.streams()[0], "MSRP a786hjs2 SEND...[end]");
        let frames: Vec<u32> = record.flow().origins[0].iter().map(|(frame, _)| *frame).collect();
        assert_eq!(frames, [[2; 4].as_slice(), &[3; 8], &[4; 6], &[5; 3]].concat());
    }

    #[test]
    fn a_flood_of_beginnings_is_bounded() {
        let mut trace = Trace::default();
        let datagrams = MAX_DATAGRAMS as u16 + 100;
        for id in 0..datagrams {
            trace.ip(&three(ENDS[0], id + 1)[1]);
        }
        // The oldest was given up; the latest is still there.
        for id in [1, datagrams] {
            let [a, _, c] = three(ENDS[0], id);
            trace.ip(&a);
            trace.ip(&c);
        }
        assert_eq!(texts(&trace.read()), [TEXT, "INVITE s"]);
    }

    #[test]
    fn padding_behind_a_short_fragment_is_no_payload() {
        let mut trace = Trace::default();
        for packet in three(ENDS[0], 7) {
            let mut frame = [&[0; 12][..], &[0x08, 0x00], &packet].concat();
            frame.resize(60, 0xee);
            trace.frame(LinkType::ETHERNET, &frame);
        }
        let record = trace.read();
        assert_eq!(texts(&record), [TEXT]);
        assert_eq!(record.flow().datagrams[0].len_bytes as usize, TEXT.len());
    }

    #[test]
    fn datagrams_keep_their_order_whether_fragmented_or_not() {
        let [a, b, c] = three(ENDS[0], 7);
        let plain = |id, text: &str| udp(ALICE, FOCUS, id, text.as_bytes());
        let record = read(&[&a, &plain(1, "before"), &b, &c, &plain(2, "behind")]);
        assert_eq!(texts(&record), ["before", TEXT, "behind"]);
    }

    #[test]
    fn fragments_beyond_the_end_of_any_datagram_are_refused() {
        let packet = udp(ALICE, FOCUS, 7, TEXT.as_bytes());
        let mut beyond = fragment(&packet, 7, 16..44);
        beyond[6..8].copy_from_slice(&0x1fff_u16.to_be_bytes());
        assert_eq!(read(&[&beyond]).problem_kinds(), [ProblemKind::DamagedPacket]);
    }
}
