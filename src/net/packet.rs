//! What decoding leaves of a frame: the flow it belongs to, the header fields that matter, and where its payload lies.

use std::net::{IpAddr, SocketAddr};

use super::{Chunk, Transport};
use crate::capture::{FrameId, Time};

/// One UDP datagram or TCP segment.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    pub key: FlowKey,
    /// Which way it went: from the low to the high end of [`FlowKey`], or back.
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

/// The two ends of a flow in a fixed order, so that both directions find the same entry. As numbers, which are quickly
/// put in order, hashed and compared: that happens to every packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FlowKey {
    /// The bits of the addresses, of the low and the high end.
    ips: [u128; 2],
    ports: [u16; 2],
    is_ipv4: bool,
    transport: Transport,
}

impl FlowKey {
    /// The key of a packet, and whether it went from low to high. Both ends are of one family.
    pub fn new(source: SocketAddr, destination: SocketAddr, transport: Transport) -> (FlowKey, bool) {
        let mut ips = [source.ip(), destination.ip()].map(|ip| match ip {
            IpAddr::V4(ip) => ip.to_bits().into(),
            IpAddr::V6(ip) => ip.to_bits(),
        });
        let mut ports = [source.port(), destination.port()];
        let from_low = (ips[0], ports[0]) <= (ips[1], ports[1]);
        if !from_low {
            ips.swap(0, 1);
            ports.swap(0, 1);
        }
        (FlowKey { ips, ports, is_ipv4: source.is_ipv4(), transport }, from_low)
    }

    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The low and the high end.
    pub fn ends(&self) -> [SocketAddr; 2] {
        let ips = self.ips.map(|bits| match self.is_ipv4 {
            true => IpAddr::V4((bits as u32).into()),
            false => IpAddr::V6(bits.into()),
        });
        [(ips[0], self.ports[0]).into(), (ips[1], self.ports[1]).into()]
    }

    /// Which of `shards` the flow belongs to: a function of the addresses alone, so that results repeat.
    pub fn shard(&self, shards: usize) -> usize {
        let [low, high] = [0, 1].map(|end| {
            let ip = (self.ips[end] >> 64) as u64 ^ self.ips[end] as u64;
            (ip ^ u64::from(self.ports[end]) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        (low.wrapping_add(high) >> 40) as usize % shards
    }
}
