//! What was exchanged, as a capture: pcapng with raw IP frames. Connections get the TCP around them that sockets do not show.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use etherparse::PacketBuilder;
use hashbrown::HashMap;

use super::player::ConnectionId;
use crate::capture::{LinkType, PcapngWriter, Time};

/// Bytes of a stream in one frame: less than an IPv4 packet holds.
const MAX_SEGMENT_BYTES: usize = 16 * 1024;
/// A result larger than this is cut off: it would fill the disk.
const MAX_TRACE_BYTES: u64 = 4 << 30;
const WINDOW: u16 = 0xffff;
const TTL: u8 = 64;

/// A TCP connection as the trace tells it.
struct Stream {
    client: SocketAddr,
    server: SocketAddr,
    /// Next sequence numbers of client and server.
    next: [u32; 2],
}

/// Writes a capture of a run.
pub struct Trace<W: Write> {
    writer: PcapngWriter<W>,
    start: SystemTime,
    streams: HashMap<ConnectionId, Stream>,
    written: u64,
    error: Option<io::Error>,
}

impl<W: Write> Trace<W> {
    /// `start`: what time it was when the run began.
    pub fn new(writer: PcapngWriter<W>, start: SystemTime) -> Trace<W> {
        Trace { writer, start, streams: HashMap::new(), written: 0, error: None }
    }

    /// Gives back the writer, or what went wrong on the way.
    pub fn finish(self) -> io::Result<PcapngWriter<W>> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.writer),
        }
    }

    pub fn datagram(&mut self, now: Duration, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        let mut frame = Vec::with_capacity(bytes.len() + 64);
        let written = match (from, to) {
            (SocketAddr::V4(from), SocketAddr::V4(to)) => {
                PacketBuilder::ipv4(from.ip().octets(), to.ip().octets(), TTL)
                    .udp(from.port(), to.port())
                    .write(&mut frame, bytes)
                    .is_ok()
            }
            (SocketAddr::V6(from), SocketAddr::V6(to)) => {
                PacketBuilder::ipv6(from.ip().octets(), to.ip().octets(), TTL)
                    .udp(from.port(), to.port())
                    .write(&mut frame, bytes)
                    .is_ok()
            }
            _ => false,
        };
        if written {
            self.frame(now, &frame);
        }
    }

    /// A connection was made.
    pub fn open(&mut self, now: Duration, id: ConnectionId, client: SocketAddr, server: SocketAddr) {
        let first = (id as u32).wrapping_mul(7919);
        self.streams.insert(id, Stream { client, server, next: [first, !first] });
        self.segment(now, id, true, &[], |flags| flags.syn = true);
        self.segment(now, id, false, &[], |flags| (flags.syn, flags.ack) = (true, true));
        self.segment(now, id, true, &[], |flags| flags.ack = true);
    }

    pub fn data(&mut self, now: Duration, id: ConnectionId, from_client: bool, bytes: &[u8]) {
        for part in bytes.chunks(MAX_SEGMENT_BYTES) {
            self.segment(now, id, from_client, part, |flags| (flags.ack, flags.psh) = (true, true));
        }
    }

    pub fn close(&mut self, now: Duration, id: ConnectionId, from_client: bool) {
        if self.streams.contains_key(&id) {
            self.segment(now, id, from_client, &[], |flags| (flags.fin, flags.ack) = (true, true));
            self.segment(now, id, !from_client, &[], |flags| (flags.fin, flags.ack) = (true, true));
            self.segment(now, id, from_client, &[], |flags| flags.ack = true);
            self.streams.remove(&id);
        }
    }

    fn segment(&mut self, now: Duration, id: ConnectionId, from_client: bool, bytes: &[u8], set: impl Fn(&mut Flags)) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let mut flags = Flags::default();
        set(&mut flags);
        let side = usize::from(!from_client);
        let (from, to) = if from_client { (stream.client, stream.server) } else { (stream.server, stream.client) };
        let (sequence, acknowledged) = (stream.next[side], stream.next[1 - side]);
        stream.next[side] = sequence.wrapping_add(bytes.len() as u32 + u32::from(flags.syn) + u32::from(flags.fin));
        let mut frame = Vec::with_capacity(bytes.len() + 64);
        macro_rules! write {
            ($builder:expr) => {{
                let mut tcp = $builder.tcp(from.port(), to.port(), sequence, WINDOW);
                if flags.syn {
                    tcp = tcp.syn();
                }
                if flags.ack {
                    tcp = tcp.ack(acknowledged);
                }
                if flags.psh {
                    tcp = tcp.psh();
                }
                if flags.fin {
                    tcp = tcp.fin();
                }
                tcp.write(&mut frame, bytes).is_ok()
            }};
        }
        let written = match (from, to) {
            (SocketAddr::V4(from), SocketAddr::V4(to)) => {
                write!(PacketBuilder::ipv4(from.ip().octets(), to.ip().octets(), TTL))
            }
            (SocketAddr::V6(from), SocketAddr::V6(to)) => {
                write!(PacketBuilder::ipv6(from.ip().octets(), to.ip().octets(), TTL))
            }
            _ => false,
        };
        if written {
            self.frame(now, &frame);
        }
    }

    fn frame(&mut self, now: Duration, frame: &[u8]) {
        if self.error.is_some() || self.written > MAX_TRACE_BYTES {
            return;
        }
        self.written += frame.len() as u64;
        let since_epoch = self.start.duration_since(UNIX_EPOCH).unwrap_or_default() + now;
        let time = Time(i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX));
        self.error = self.writer.frame(time, LinkType::RAW, frame, frame.len() as u32, &[]).err();
    }
}

#[derive(Default)]
struct Flags {
    syn: bool,
    ack: bool,
    psh: bool,
    fin: bool,
}
