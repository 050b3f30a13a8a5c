//! For the tests of this floor: packets written by hand, and a consumer that records what it is told.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;

use super::{Assembler, Chunk, Consumer, Flow, Interest, Packets, StreamEvent};
use crate::capture::{Batch, Frame, FrameId, LinkType, Problem, ProblemKind, Problems, Segment, Store, Time};

pub const MILLIS: i64 = 1_000_000;

pub const ALICE: &str = "192.0.2.1:5060";
pub const FOCUS: &str = "192.0.2.2:5060";

/// Frames being written, one millisecond apart unless told otherwise.
#[derive(Default)]
pub struct Trace {
    pub frames: Vec<Frame>,
    bytes: Vec<u8>,
    pub now: i64,
}

impl Trace {
    pub fn frame(&mut self, link: LinkType, bytes: &[u8]) {
        self.cut_frame(link, bytes, bytes.len());
    }

    /// A frame of which only `captured_bytes` are in the capture.
    pub fn cut_frame(&mut self, link: LinkType, bytes: &[u8], captured_bytes: usize) {
        self.now += MILLIS;
        let span =
            crate::capture::Span { segment: 0, len_bytes: captured_bytes as u32, start: self.bytes.len() as u64 };
        self.bytes.extend_from_slice(&bytes[..captured_bytes]);
        self.frames.push(Frame {
            id: FrameId(self.frames.len() as u32),
            time: Time(self.now),
            link,
            data: span,
            original_len_bytes: bytes.len() as u32,
        });
    }

    /// An IP packet without a link header.
    pub fn ip(&mut self, packet: &[u8]) {
        self.frame(LinkType::RAW, packet);
    }

    pub fn udp(&mut self, source: &str, destination: &str, ip_id: u16, payload: &[u8]) {
        self.ip(&udp(source, destination, ip_id, payload));
    }

    pub fn tcp(&mut self, source: &str, destination: &str, segment: TcpSegment<'_>) {
        self.ip(&segment.packet(source, destination));
    }

    pub fn read(self) -> Record {
        self.read_in_batches(usize::MAX)
    }

    pub fn read_in_batches(self, frames: usize) -> Record {
        let mut store = Store::default();
        store.push(Segment::Owned(Arc::new(self.bytes)));
        let store = Arc::new(store);
        let mut assembler = Assembler::new(|_| Recorder::default());
        let mut packets = Packets::default();
        for frames in self.frames.chunks(frames.min(self.frames.len().max(1))) {
            packets.decode(&Batch { frames: frames.to_vec(), store: Arc::clone(&store) });
            assembler.push(&mut packets);
        }
        let assembled = assembler.finish();
        let duplicates = assembled.duplicate_datagrams;
        let mut record = Record { flows: Vec::new(), refused: Vec::new(), problems: Vec::new(), duplicates };
        let mut problems = assembled.problems;
        for recorder in assembled.consumers {
            record.flows.extend(recorder.flows);
            record.refused.extend(recorder.refused);
            problems.append(recorder.problems);
        }
        record.flows.sort_by_key(|flow| flow.flow.first_frame);
        record.problems = problems.finish();
        record
    }
}

/// A TCP segment to be written.
#[derive(Clone, Copy, Default)]
pub struct TcpSegment<'a> {
    pub seq: u32,
    pub ack: u32,
    /// Some of the letters S, A, F, R.
    pub flags: &'a str,
    pub data: &'a [u8],
}

impl TcpSegment<'_> {
    pub fn packet(&self, source: &str, destination: &str) -> Vec<u8> {
        let (source, destination) = (address(source), address(destination));
        let flags = self.flags.chars().map(|flag| match flag {
            'F' => 1,
            'S' => 2,
            'R' => 4,
            _ => 16,
        });
        let mut tcp = Vec::new();
        tcp.extend(source.port().to_be_bytes());
        tcp.extend(destination.port().to_be_bytes());
        tcp.extend(self.seq.to_be_bytes());
        tcp.extend(self.ack.to_be_bytes());
        tcp.extend([5 << 4, flags.sum::<u8>(), 0xff, 0xff, 0, 0, 0, 0]);
        tcp.extend(self.data);
        ip(source.ip(), destination.ip(), 0, 6, &tcp)
    }
}

pub fn udp(source: &str, destination: &str, ip_id: u16, payload: &[u8]) -> Vec<u8> {
    let (source, destination) = (address(source), address(destination));
    let udp = udp_datagram(source.port(), destination.port(), payload);
    ip(source.ip(), destination.ip(), ip_id, 17, &udp)
}

pub fn udp_datagram(source_port: u16, destination_port: u16, payload: &[u8]) -> Vec<u8> {
    let mut udp = Vec::new();
    udp.extend(source_port.to_be_bytes());
    udp.extend(destination_port.to_be_bytes());
    udp.extend((payload.len() as u16 + 8).to_be_bytes());
    udp.extend([0, 0]);
    udp.extend(payload);
    udp
}

/// An IPv4 or IPv6 packet, by the family of the addresses.
pub fn ip(source: IpAddr, destination: IpAddr, id: u16, protocol: u8, payload: &[u8]) -> Vec<u8> {
    match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let mut packet = vec![0x45, 0];
            packet.extend((payload.len() as u16 + 20).to_be_bytes());
            packet.extend(id.to_be_bytes());
            packet.extend([0, 0, 64, protocol, 0, 0]);
            packet.extend(source.octets());
            packet.extend(destination.octets());
            packet.extend(payload);
            packet
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let mut packet = vec![0x60, 0, 0, 0];
            packet.extend((payload.len() as u16).to_be_bytes());
            packet.extend([protocol, 64]);
            packet.extend(source.octets());
            packet.extend(destination.octets());
            packet.extend(payload);
            packet
        }
        _ => panic!("two families in one packet"),
    }
}

/// The fragment of `packet` (from [`ip`]) that carries the bytes `range` of its payload.
pub fn fragment(packet: &[u8], id: u16, range: Range<usize>) -> Vec<u8> {
    let header_bytes = if packet[0] >> 4 == 4 { 20 } else { 40 };
    let payload = &packet[header_bytes..];
    let more = range.end < payload.len();
    let part = &payload[range.clone()];
    let mut fragment = packet[..header_bytes].to_vec();
    if header_bytes == 20 {
        fragment[2..4].copy_from_slice(&(part.len() as u16 + 20).to_be_bytes());
        fragment[4..6].copy_from_slice(&id.to_be_bytes());
        fragment[6..8].copy_from_slice(&((range.start as u16 / 8) | u16::from(more) << 13).to_be_bytes());
    } else {
        fragment[4..6].copy_from_slice(&(part.len() as u16 + 8).to_be_bytes());
        let next_header = std::mem::replace(&mut fragment[6], 44);
        fragment.extend([next_header, 0]);
        fragment.extend((range.start as u16 | u16::from(more)).to_be_bytes());
        fragment.extend(u32::from(id).to_be_bytes());
    }
    fragment.extend(part);
    fragment
}

pub fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address of a test")
}

/// What a capture came to.
pub struct Record {
    /// In the order of their first frames.
    pub flows: Vec<RecordedFlow>,
    pub refused: Vec<Flow>,
    pub problems: Vec<Problem>,
    pub duplicates: u64,
}

impl Record {
    pub fn problem_kinds(&self) -> Vec<ProblemKind> {
        self.problems.iter().map(|problem| problem.kind).collect()
    }

    /// The only flow.
    pub fn flow(&self) -> &RecordedFlow {
        assert_eq!(self.flows.len(), 1, "flows");
        &self.flows[0]
    }

    /// What the client, and the server, of the only flow sent.
    pub fn streams(&self) -> [&str; 2] {
        self.flow().streams()
    }
}

pub struct RecordedFlow {
    pub flow: Flow,
    pub start_seen: bool,
    pub datagrams: Vec<Datagram>,
    /// From the client, from the server: data, `[gap 5]`, `[end]`.
    streams: [String; 2],
    /// The frame, and the place in it, of each byte of the streams.
    pub origins: [Vec<(u32, u32)>; 2],
    pub closed: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Datagram {
    pub from_client: bool,
    pub text: String,
    pub len_bytes: u32,
    pub frames: Vec<u32>,
}

impl RecordedFlow {
    pub fn streams(&self) -> [&str; 2] {
        [&self.streams[0], &self.streams[1]]
    }
}

/// Loses interest in a direction that begins with `DONE`.
#[derive(Default)]
pub struct Recorder {
    pub flows: Vec<RecordedFlow>,
    refused: Vec<Flow>,
    problems: Problems,
}

impl Consumer for Recorder {
    /// Place in `flows`.
    type State = usize;

    fn open(&mut self, flow: &Flow) -> usize {
        self.flows.push(RecordedFlow {
            flow: *flow,
            start_seen: flow.start_seen,
            datagrams: Vec::new(),
            streams: Default::default(),
            origins: Default::default(),
            closed: false,
        });
        self.flows.len() - 1
    }

    fn datagram(
        &mut self,
        _flow: &Flow,
        state: &mut usize,
        from_client: bool,
        chunks: &[Chunk],
        len_bytes: u32,
        store: &Store,
    ) {
        let bytes: Vec<u8> = chunks.iter().flat_map(|chunk| store.bytes(chunk.span)).copied().collect();
        self.flows[*state].datagrams.push(Datagram {
            from_client,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            len_bytes,
            frames: chunks.iter().map(|chunk| chunk.frame.0).collect(),
        });
    }

    fn stream(
        &mut self,
        _flow: &Flow,
        state: &mut usize,
        from_client: bool,
        event: StreamEvent,
        store: &Store,
    ) -> Interest {
        let side = usize::from(!from_client);
        let flow = &mut self.flows[*state];
        let stream = &mut flow.streams[side];
        assert!(!stream.ends_with("[end]"), "nothing comes behind the end");
        assert!(!stream.starts_with("DONE"), "nothing comes when nobody wants it");
        match event {
            StreamEvent::Data(chunk) => {
                let bytes = store.bytes(chunk.span);
                assert!(!bytes.is_empty(), "empty data");
                stream.extend(bytes.iter().map(|&byte| char::from(byte)));
                flow.origins[side].extend((0..).map(|i| (chunk.frame.0, chunk.frame_offset + i)).take(bytes.len()));
            }
            StreamEvent::Gap { bytes, .. } => *stream += &format!("[gap {bytes}]"),
            StreamEvent::End => *stream += "[end]",
        }
        if stream.starts_with("DONE") { Interest::Done } else { Interest::More }
    }

    fn refused(&mut self, flow: &Flow) {
        self.refused.push(*flow);
    }

    fn close(&mut self, _flow: &Flow, state: usize, _store: &Store) {
        let flow = &mut self.flows[state];
        assert!(!flow.closed, "closed twice");
        flow.closed = true;
    }

    fn problems(&mut self) -> &mut Problems {
        &mut self.problems
    }
}
