//! What decoding leaves of a frame: the flow it belongs to, the header fields that matter, and where its payload lies.

use std::net::SocketAddr;

use super::{Chunk, Transport};
use crate::capture::{FrameId, Time};

/// One UDP datagram or TCP segment.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    pub key: FlowKey,
    /// Which way it went: from [`FlowKey::low`] to [`FlowKey::high`], or back.
    pub from_low: bool,
    pub header: Header,
    /// Length of the payload on the wire; `payload` holds less when the capture cut the frame.
    pub len_bytes: u32,
    pub payload: Payload,
    /// The frame that completed it.
    pub frame: FrameId,
    pub time: Time,
}

/// The header fields that are used after decoding.
#[derive(Clone, Copy, Debug)]
pub(super) enum Header {
    /// `ip_id`: the IPv4 identification, 0 where there is none.
    Udp {
        ip_id: u16,
    },
    Tcp(Tcp),
}

/// RFC 9293 §3.1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tcp {
    pub sequence: u32,
    /// The acknowledgment number, if the ACK bit says that it means something.
    pub acknowledgment: Option<u32>,
    pub syn: bool,
    pub fin: bool,
    pub rst: bool,
}

/// Payload bytes: nearly always one run; several when they came in IP fragments.
#[derive(Clone, Debug)]
pub(super) enum Payload {
    One(Chunk),
    Many(Vec<Chunk>),
}

impl Payload {
    pub fn chunks(&self) -> &[Chunk] {
        match self {
            Payload::One(chunk) => std::slice::from_ref(chunk),
            Payload::Many(chunks) => chunks,
        }
    }
}

/// The two ends of a flow in a fixed order, so that both directions find the same entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FlowKey {
    pub low: SocketAddr,
    pub high: SocketAddr,
    pub transport: Transport,
}

impl FlowKey {
    /// The key of a packet, and whether it went from low to high.
    pub fn new(source: SocketAddr, destination: SocketAddr, transport: Transport) -> (FlowKey, bool) {
        if source <= destination {
            (FlowKey { low: source, high: destination, transport }, true)
        } else {
            (FlowKey { low: destination, high: source, transport }, false)
        }
    }

    /// Which of `shards` the flow belongs to: a function of the addresses alone, so that results repeat.
    pub fn shard(&self, shards: usize) -> usize {
        let fold = |end: &SocketAddr| {
            let ip = match end {
                SocketAddr::V4(end) => u64::from(end.ip().to_bits()),
                SocketAddr::V6(end) => {
                    let bits = end.ip().to_bits();
                    (bits >> 64) as u64 ^ bits as u64
                }
            };
            (ip ^ u64::from(end.port()) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        };
        (fold(&self.low).wrapping_add(fold(&self.high)) >> 40) as usize % shards
    }
}
