//! Messages → frames: UDP and TCP, IPv4 and IPv6, link headers, and what networks and sniffers do to packets.

mod ip;
mod link;
mod noise;
mod tcp;

use ip::{Framer, UDP, udp};
pub use link::Link;
use tcp::{Connection, Wire};

use crate::conversation::{Conversation, MessageId, Payload, Transport};
use crate::random::Random;

/// One frame of the capture.
#[derive(Clone, Debug)]
pub struct Frame {
    /// µs since 1970.
    pub time_us: u64,
    pub bytes: Vec<u8>,
    /// Length on the wire; more than `bytes` when the snaplen cut it.
    pub original_len: u32,
    /// The messages that have bytes in this frame; empty in repetitions.
    pub(crate) marks: Vec<Sighting>,
}

impl Frame {
    fn new(time_us: u64, bytes: Vec<u8>, marks: Vec<Sighting>) -> Self {
        Self { time_us, original_len: bytes.len() as u32, bytes, marks }
    }
}

/// A message, and which of the conversations of the capture it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sighting {
    pub conversation: u32,
    pub message: MessageId,
}

/// How bytes of a TCP stream are cut into segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segments {
    /// Each message begins a segment.
    Mss,
    Random,
    /// A few bytes each.
    Tiny,
    /// Messages of one direction that follow each other share segments.
    Together,
}

#[derive(Clone, Debug)]
pub struct Packeting {
    pub link: Link,
    pub mtu: usize,
    pub segments: Segments,
    pub impairments: Impairments,
}

impl Default for Packeting {
    fn default() -> Self {
        Self { link: Link::Ethernet, mtu: 1500, segments: Segments::Mss, impairments: Impairments::default() }
    }
}

/// What goes wrong. Probabilities are per packet.
#[derive(Clone, Debug, Default)]
pub struct Impairments {
    pub seed: u64,
    /// TCP segments sent again, and UDP datagrams sent again, with a new IP identification.
    pub retransmit: f64,
    /// TCP segments that repeat bytes of the one before.
    pub overlap: f64,
    /// Packets that arrive up to 2 ms late.
    pub reorder: f64,
    /// Frames captured twice, as on a mirror port.
    pub duplicate: f64,
    /// Frames that the capture lacks.
    pub loss: f64,
    /// Foreign packets in between.
    pub noise: f64,
    /// Bytes kept of each frame.
    pub snaplen: Option<usize>,
    /// TCP sequence numbers wrap early in every connection.
    pub wrap: bool,
    /// Connections were open before; their handshakes are not in the capture.
    pub no_handshake: bool,
    /// The capture lacks what was sent in so many µs from the first packet on.
    pub begins_late_us: u64,
}

/// The T1 of RFC 3261 §17.1.1.1.
const SIP_RETRANSMISSION_US: u64 = 500_000;

/// The packets of one conversation in the order in which they are sent.
pub(crate) fn packets(conversation: &Conversation, number: u32, packeting: &Packeting) -> Vec<Frame> {
    let impairments = &packeting.impairments;
    let mut random = Random::new(impairments.seed ^ conversation.options.seed).fork(u64::from(number) + 1);
    let mut framer = Framer::new(packeting.link, packeting.mtu, random.word() as u16);
    let mut connections: Vec<Connection> = Vec::new();
    let mut out = Vec::with_capacity(conversation.messages.len() * 3);
    // A fault may have moved a message in time.
    let mut messages = conversation.messages.iter().collect::<Vec<_>>();
    messages.sort_by_key(|message| message.time_us);
    for message in messages {
        let sighting = Sighting { conversation: number, message: message.id };
        let (from, to, time_us) = (message.from, message.to, message.time_us);
        if message.transport == Transport::Udp {
            let datagram = udp(from, to, &message.payload.to_bytes());
            let repeated = random.chance(impairments.retransmit);
            for (delay_us, marks) in [(0, vec![sighting]), (SIP_RETRANSMISSION_US, vec![])] {
                if delay_us == 0 || repeated {
                    let frames = framer.datagram(from.ip(), to.ip(), UDP, &datagram).into_iter().enumerate();
                    let times = |index: usize| time_us + delay_us + 5 * index as u64;
                    out.extend(frames.map(|(index, bytes)| Frame::new(times(index), bytes, marks.clone())));
                }
            }
            continue;
        }
        let mut wire =
            Wire { framer: &mut framer, random: &mut random, segments: packeting.segments, impairments, out: &mut out };
        for connection in &mut connections {
            connection.flush_before(time_us, &mut wire);
        }
        let known = connections.iter().position(|connection| connection.connects(from, to));
        match (&message.payload, known) {
            (Payload::Open, _) => connections.push(Connection::open(from, to, time_us, &mut wire)),
            (Payload::Refused, _) => Connection::refuse(from, to, time_us, &mut wire),
            (Payload::Close, Some(index)) => connections.swap_remove(index).close(from, time_us, &mut wire),
            (Payload::Close, None) => {}
            (payload, index) => {
                // A fault may have taken the opening away.
                let index = index.unwrap_or_else(|| {
                    connections.push(Connection::open(from, to, time_us.saturating_sub(1_000), &mut wire));
                    connections.len() - 1
                });
                connections[index].write(from, &payload.to_bytes(), sighting, time_us, &mut wire);
            }
        }
    }
    let mut wire =
        Wire { framer: &mut framer, random: &mut random, segments: packeting.segments, impairments, out: &mut out };
    connections.iter_mut().for_each(|connection| connection.flush_before(u64::MAX, &mut wire));
    out.sort_by_key(|frame| frame.time_us);
    out
}

/// What the way to the capture file does to packets. Returns what is left, and what was lost of which message.
pub(crate) fn impair(mut frames: Vec<Frame>, packeting: &Packeting) -> (Vec<Frame>, Vec<Sighting>) {
    let impairments = &packeting.impairments;
    let mut random = Random::new(impairments.seed).fork(0);
    let mut lost = Vec::new();
    let begin_us = frames.first().map_or(0, |frame| frame.time_us) + impairments.begins_late_us;
    frames.retain(|frame| {
        let loses = random.chance(impairments.loss) || frame.time_us < begin_us;
        if loses {
            lost.extend_from_slice(&frame.marks);
        }
        !loses
    });
    let mut extra = Vec::new();
    let mut framer = Framer::new(packeting.link, packeting.mtu, random.word() as u16);
    for frame in &mut frames {
        if random.chance(impairments.reorder) {
            frame.time_us += random.range(20, 2_000);
        }
        if random.chance(impairments.duplicate) {
            extra.push(Frame { time_us: frame.time_us + 4, marks: Vec::new(), ..frame.clone() });
        }
        if random.chance(impairments.noise) {
            extra.push(noise::packet(frame.time_us + 7, &mut framer, &mut random));
        }
    }
    frames.extend(extra);
    frames.sort_by_key(|frame| frame.time_us);
    if let Some(snaplen) = impairments.snaplen {
        frames.iter_mut().for_each(|frame| frame.bytes.truncate(snaplen));
    }
    (frames, lost)
}
