//! Captures written by hand, for the tests from outside: packets go in by the sender's and receiver's addresses, and
//! what the whole pipeline makes of them comes out.

#![allow(dead_code)] // Each test program uses its part.

use std::net::SocketAddrV4;
use std::sync::Arc;

use rcshark::capture::{Batch, Frame, FrameId, LinkType, Problem, Problems, Segment, Span, Store, Time};
use rcshark::net::{Assembler, Packets};
use rcshark::session::Sessions;
use rcshark::wire::{Message, Messages, Reader};

/// Frames being written, a millisecond apart. Their bytes are Ethernet, IPv4, then UDP or TCP, without checksums.
#[derive(Clone, Default)]
pub struct Trace {
    pub frames: Vec<(LinkType, Vec<u8>)>,
    identification: u16,
}

/// What came of a trace.
pub struct Read {
    pub messages: Messages,
    pub sessions: Sessions,
    pub problems: Vec<Problem>,
}

impl Trace {
    pub fn frame(&mut self, link: LinkType, bytes: &[u8]) {
        self.frames.push((link, bytes.to_vec()));
    }

    pub fn udp(&mut self, from: &str, to: &str, payload: &[u8]) {
        let (from, to) = (address(from), address(to));
        let mut udp = [from.port().to_be_bytes(), to.port().to_be_bytes()].concat();
        udp.extend((payload.len() as u16 + 8).to_be_bytes());
        udp.extend([0, 0]);
        udp.extend(payload);
        self.ip(from, to, 17, &udp);
    }

    /// `flags` as in the TCP header: FIN 1, SYN 2, RST 4, ACK 16.
    pub fn tcp(&mut self, from: &str, to: &str, seq: u32, ack: u32, flags: u8, payload: &[u8]) {
        let (from, to) = (address(from), address(to));
        let mut tcp = [from.port().to_be_bytes(), to.port().to_be_bytes()].concat();
        tcp.extend(seq.to_be_bytes());
        tcp.extend(ack.to_be_bytes());
        tcp.extend([5 << 4, flags, 0xff, 0xff, 0, 0, 0, 0]);
        tcp.extend(payload);
        self.ip(from, to, 6, &tcp);
    }

    fn ip(&mut self, from: SocketAddrV4, to: SocketAddrV4, protocol: u8, payload: &[u8]) {
        self.identification = self.identification.wrapping_add(1);
        let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00, 0x45, 0];
        frame.extend((payload.len() as u16 + 20).to_be_bytes());
        frame.extend(self.identification.to_be_bytes());
        frame.extend([0, 0, 64, protocol, 0, 0]);
        frame.extend(from.ip().octets());
        frame.extend(to.ip().octets());
        frame.extend(payload);
        self.frames.push((LinkType::ETHERNET, frame));
    }

    /// Runs the pipeline over the frames, given to it in batches of `batch_frames`.
    pub fn read_in_batches(&self, batch_frames: usize) -> Read {
        let mut frames = Vec::new();
        let mut bytes = Vec::new();
        for (index, (link, data)) in self.frames.iter().enumerate() {
            let len_bytes = data.len() as u32;
            let data_span = Span { segment: 0, len_bytes, start: bytes.len() as u64 };
            let (id, time) = (FrameId(index as u32), Time(index as i64 * 1_000_000));
            frames.push(Frame { id, time, link: *link, data: data_span, original_len_bytes: len_bytes });
            bytes.extend_from_slice(data);
        }
        let mut store = Store::default();
        store.push(Segment::Owned(Arc::new(bytes)));
        let store = Arc::new(store);
        let mut assembler = Assembler::new(|_| Reader::default());
        let mut packets = Packets::default();
        for frames in frames.chunks(batch_frames) {
            packets.decode(&Batch { frames: frames.to_vec(), store: Arc::clone(&store) });
            assembler.push(&mut packets);
        }
        let assembled = assembler.finish();
        let mut problems = assembled.problems;
        let (messages, unread) = Messages::join(assembled.consumers, store.as_ref().clone());
        problems.append(unread);
        let sessions = Sessions::build(&messages, &mut problems);
        Read { messages, sessions, problems: Problems::finish(problems) }
    }

    pub fn read(&self) -> Read {
        self.read_in_batches(usize::MAX)
    }
}

impl Read {
    /// The bytes of all messages, in order.
    pub fn raw(&self) -> Vec<Vec<u8>> {
        self.messages.list.iter().map(|message| self.messages.raw(message).into_owned()).collect()
    }

    /// The start lines of all messages, in order.
    pub fn start_lines(&self) -> Vec<String> {
        let line = |raw: &Vec<u8>| {
            raw.split(|byte| *byte == b'\r').next().map(|line| String::from_utf8_lossy(line).into_owned())
        };
        self.raw().iter().filter_map(line).collect()
    }

    /// The frames that carry a message, as numbers counted from 0.
    pub fn frames(&self, message: &Message) -> Vec<u32> {
        self.messages.frames(message).iter().map(|frame| frame.0).collect()
    }
}

/// One TCP connection of a trace: keeps the sequence numbers.
pub struct Connection {
    client: String,
    server: String,
    /// The next sequence number of the client, and of the server.
    pub next: [u32; 2],
}

impl Connection {
    /// Writes the three packets that open a connection.
    pub fn open(trace: &mut Trace, client: &str, server: &str) -> Connection {
        let next = [1_001, 5_001];
        trace.tcp(client, server, next[0] - 1, 0, 2, b"");
        trace.tcp(server, client, next[1] - 1, next[0], 2 | 16, b"");
        trace.tcp(client, server, next[0], next[1], 16, b"");
        Connection { client: client.into(), server: server.into(), next }
    }

    /// Writes one segment.
    pub fn send(&mut self, trace: &mut Trace, from_client: bool, payload: &[u8]) {
        let side = usize::from(!from_client);
        self.send_at(trace, from_client, self.next[side], payload);
        self.next[side] = self.next[side].wrapping_add(payload.len() as u32);
    }

    /// Writes one segment with a sequence number of its own.
    pub fn send_at(&self, trace: &mut Trace, from_client: bool, seq: u32, payload: &[u8]) {
        let (from, to) = if from_client { (&self.client, &self.server) } else { (&self.server, &self.client) };
        trace.tcp(from, to, seq, self.next[usize::from(from_client)], 16 | 8, payload);
    }
}

fn address(text: &str) -> SocketAddrV4 {
    text.parse().expect("an IPv4 address with a port")
}
