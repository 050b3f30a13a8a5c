//! IP packets with right checksums, in fragments where the MTU asks for it; UDP and TCP headers.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use super::link::Link;

pub(super) const UDP: u8 = 17;
pub(super) const TCP: u8 = 6;
pub(super) const ICMP: u8 = 1;
const FRAGMENT_HEADER: u8 = 44;

/// Makes frames: link header, IP header, payload.
pub(super) struct Framer {
    pub link: Link,
    pub mtu: usize,
    /// The next IP identification of each sender.
    ids: HashMap<IpAddr, u16>,
    first_id: u16,
}

impl Framer {
    pub fn new(link: Link, mtu: usize, first_id: u16) -> Self {
        Self { link, mtu, ids: HashMap::new(), first_id }
    }

    /// The frames of one datagram.
    pub fn datagram(&mut self, source: IpAddr, destination: IpAddr, protocol: u8, payload: &[u8]) -> Vec<Vec<u8>> {
        let id = self.next_id(source);
        let header = if source.is_ipv4() { 20 } else { 40 };
        if header + payload.len() <= self.mtu {
            let place = Place { id, offset: 0, more: false, fragmented: false };
            return vec![self.frame(source, destination, protocol, payload, place)];
        }
        let extension = if source.is_ipv4() { 0 } else { 8 };
        let step = (self.mtu - header - extension) / 8 * 8;
        let count = payload.len().div_ceil(step);
        let pieces = payload.chunks(step).enumerate();
        pieces
            .map(|(index, piece)| {
                let place = Place { id, offset: index * step, more: index + 1 < count, fragmented: true };
                self.frame(source, destination, protocol, piece, place)
            })
            .collect()
    }

    fn next_id(&mut self, source: IpAddr) -> u16 {
        let first = self.first_id;
        let id = self.ids.entry(source).or_insert(first);
        *id = id.wrapping_add(1);
        *id
    }

    fn frame(&self, source: IpAddr, destination: IpAddr, protocol: u8, payload: &[u8], place: Place) -> Vec<u8> {
        let mut out = Vec::with_capacity(payload.len() + 80);
        self.link.header(source, destination, &mut out);
        match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let flags = u16::from(place.more) << 13 | u16::from(protocol == TCP) << 14;
                let start = out.len();
                out.extend_from_slice(&[0x45, 0]);
                out.extend_from_slice(&(20 + payload.len() as u16).to_be_bytes());
                out.extend_from_slice(&place.id.to_be_bytes());
                out.extend_from_slice(&(flags | (place.offset / 8) as u16).to_be_bytes());
                out.extend_from_slice(&[64, protocol, 0, 0]);
                out.extend_from_slice(&source.octets());
                out.extend_from_slice(&destination.octets());
                let sum = checksum(sum_of(&out[start..]));
                out[start + 10..start + 12].copy_from_slice(&sum.to_be_bytes());
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let extension = if place.fragmented { 8 } else { 0 };
                let next = if place.fragmented { FRAGMENT_HEADER } else { protocol };
                out.extend_from_slice(&[0x60, 0, 0, 0]);
                out.extend_from_slice(&((payload.len() + extension) as u16).to_be_bytes());
                out.extend_from_slice(&[next, 64]);
                out.extend_from_slice(&source.octets());
                out.extend_from_slice(&destination.octets());
                if place.fragmented {
                    out.extend_from_slice(&[protocol, 0]);
                    out.extend_from_slice(&(place.offset as u16 | u16::from(place.more)).to_be_bytes());
                    out.extend_from_slice(&u32::from(place.id).to_be_bytes());
                }
            }
            _ => unreachable!("a story uses one IP version"),
        }
        out.extend_from_slice(payload);
        self.link.pad(&mut out);
        out
    }
}

/// Where a fragment belongs.
struct Place {
    id: u16,
    offset: usize,
    more: bool,
    fragmented: bool,
}

pub(super) fn udp(from: SocketAddr, to: SocketAddr, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(8 + payload.len());
    out.extend_from_slice(&from.port().to_be_bytes());
    out.extend_from_slice(&to.port().to_be_bytes());
    out.extend_from_slice(&(8 + payload.len() as u16).to_be_bytes());
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(payload);
    let sum = transport_checksum(from.ip(), to.ip(), UDP, &out);
    // 0 means no checksum (RFC 768).
    out[6..8].copy_from_slice(&(if sum == 0 { 0xffff } else { sum }).to_be_bytes());
    out
}

pub(super) struct Segment<'a> {
    pub seq: u32,
    pub ack: u32,
    pub flags: u8,
    pub options: &'a [u8],
    pub payload: &'a [u8],
}

pub(super) fn tcp(from: SocketAddr, to: SocketAddr, segment: &Segment<'_>) -> Vec<u8> {
    let header = 20 + segment.options.len();
    let mut out = Vec::with_capacity(header + segment.payload.len());
    out.extend_from_slice(&from.port().to_be_bytes());
    out.extend_from_slice(&to.port().to_be_bytes());
    out.extend_from_slice(&segment.seq.to_be_bytes());
    out.extend_from_slice(&segment.ack.to_be_bytes());
    out.extend_from_slice(&[((header / 4) << 4) as u8, segment.flags, 0xff, 0xff, 0, 0, 0, 0]);
    out.extend_from_slice(segment.options);
    out.extend_from_slice(segment.payload);
    let sum = transport_checksum(from.ip(), to.ip(), TCP, &out);
    out[16..18].copy_from_slice(&sum.to_be_bytes());
    out
}

fn transport_checksum(source: IpAddr, destination: IpAddr, protocol: u8, bytes: &[u8]) -> u16 {
    let addresses = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => sum_of(&source.octets()) + sum_of(&destination.octets()),
        (IpAddr::V6(source), IpAddr::V6(destination)) => sum_of(&source.octets()) + sum_of(&destination.octets()),
        _ => unreachable!("a story uses one IP version"),
    };
    checksum(addresses + u64::from(protocol) + bytes.len() as u64 + sum_of(bytes))
}

/// The sum of the 16-bit words (RFC 1071); 64 bits hold any packet's.
pub(super) fn sum_of(bytes: &[u8]) -> u64 {
    let words = bytes.chunks_exact(2);
    let last = words.remainder().first().map_or(0, |&byte| u64::from(byte) << 8);
    words.map(|word| u64::from(u16::from_be_bytes([word[0], word[1]]))).sum::<u64>() + last
}

pub(super) fn checksum(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_sums_up_to_zero() {
        // The example of RFC 1071 §3.
        assert_eq!(!checksum(sum_of(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7])), 0xddf2);
        let mut framer = Framer::new(Link::Raw, 1500, 7);
        let frames = framer.datagram([192, 0, 2, 1].into(), [192, 0, 2, 2].into(), UDP, &[1, 2, 3]);
        assert_eq!(checksum(sum_of(&frames[0][..20])), 0);
    }

    #[test]
    fn fragments_cover_the_datagram() {
        for (source, destination, header) in [("192.0.2.1", "192.0.2.2", 20), ("2001:db8::1", "2001:db8::2", 48)] {
            let payload = (0..4000u32).map(|n| n as u8).collect::<Vec<_>>();
            let mut framer = Framer::new(Link::Raw, 1500, 7);
            let (source, destination) = (source.parse().expect("IP"), destination.parse().expect("IP"));
            let frames = framer.datagram(source, destination, UDP, &payload);
            assert!(frames.len() == 3 && frames.iter().all(|frame| frame.len() <= 1500));
            let joined = frames.iter().flat_map(|frame| &frame[header..]).copied().collect::<Vec<_>>();
            assert_eq!(joined, payload);
        }
    }
}
