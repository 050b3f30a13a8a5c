//! Captures taken apart and put together again: frames ↔ IP packets whose TCP segments can be changed.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use etherparse::defrag::IpDefragPool;
use etherparse::{
    IpFragOffset, IpNumber, Ipv4Header, Ipv6FragmentHeader, Ipv6Header, NetSlice, SlicedPacket, TcpHeader,
    TransportSlice,
};
use rcshark::capture::{Input, LinkType, OpenOptions, open};
use scenario::random::Random;

/// An IP packet, fragments put together.
#[derive(Clone, Debug)]
pub struct Packet {
    pub time_nanos: i64,
    pub source: IpAddr,
    pub destination: IpAddr,
    /// IP identification.
    pub id: u16,
    /// Hops left to go.
    pub ttl: u8,
    pub body: Body,
}

#[derive(Clone, Debug)]
pub enum Body {
    Tcp(TcpHeader, Vec<u8>),
    /// Any other protocol, its header included.
    Other(IpNumber, Vec<u8>),
}

#[derive(Clone, Debug)]
pub struct Frame {
    pub time_nanos: i64,
    pub link: LinkType,
    pub bytes: Vec<u8>,
    /// Length on the wire.
    pub original_len: u32,
}

impl Packet {
    /// The TCP header and payload, if it is TCP.
    pub fn tcp(&self) -> Option<(&TcpHeader, &[u8])> {
        match &self.body {
            Body::Tcp(header, payload) => Some((header, payload)),
            Body::Other(..) => None,
        }
    }

    /// Source and destination, if it is TCP.
    pub fn direction(&self) -> Option<(SocketAddr, SocketAddr)> {
        let (header, _) = self.tcp()?;
        Some(((self.source, header.source_port).into(), (self.destination, header.destination_port).into()))
    }

    fn transport_bytes(&self) -> (IpNumber, Vec<u8>) {
        match &self.body {
            Body::Other(protocol, bytes) => (*protocol, bytes.clone()),
            Body::Tcp(header, payload) => {
                let mut header = header.clone();
                header.checksum = match (self.source, self.destination) {
                    (IpAddr::V4(from), IpAddr::V4(to)) => {
                        header.calc_checksum_ipv4_raw(from.octets(), to.octets(), payload)
                    }
                    (IpAddr::V6(from), IpAddr::V6(to)) => {
                        header.calc_checksum_ipv6_raw(from.octets(), to.octets(), payload)
                    }
                    _ => unreachable!("one packet has one IP version"),
                }
                .unwrap();
                (IpNumber::TCP, [header.to_bytes().as_slice(), payload].concat())
            }
        }
    }
}

/// The IP packets of an Ethernet capture; what is no IP is left out.
pub fn read(path: &Path) -> Vec<Packet> {
    let mut reader = open(&[Input::Path(path.to_path_buf())], &OpenOptions::default()).unwrap();
    let mut fragments = IpDefragPool::<(), ()>::new();
    let mut packets = vec![];
    while let Some(batch) = reader.next_batch() {
        for frame in &batch.frames {
            assert_eq!(frame.link, LinkType::ETHERNET, "{}", path.display());
            let sliced = SlicedPacket::from_ethernet(batch.store.bytes(frame.data)).unwrap();
            let (source, destination, id, ttl, payload): (IpAddr, IpAddr, _, _, _) = match &sliced.net {
                Some(NetSlice::Ipv4(ip)) => {
                    let header = ip.header();
                    let (source, destination) = (header.source_addr().into(), header.destination_addr().into());
                    (source, destination, header.identification(), header.ttl(), ip.payload())
                }
                Some(NetSlice::Ipv6(ip)) => {
                    let header = ip.header();
                    let (source, destination) = (header.source_addr().into(), header.destination_addr().into());
                    // IPv6 has an identification in fragments only; each datagram has its own.
                    (source, destination, packets.len() as u16, header.hop_limit(), ip.payload())
                }
                _ => continue,
            };
            let body = match &sliced.transport {
                Some(TransportSlice::Tcp(tcp)) => Body::Tcp(tcp.to_header(), tcp.payload().to_vec()),
                _ if payload.fragmented => match fragments.process_sliced_packet(&sliced, (), ()).unwrap() {
                    Some(whole) => Body::Other(whole.ip_number, whole.payload),
                    None => continue,
                },
                _ => Body::Other(payload.ip_number, payload.payload.to_vec()),
            };
            packets.push(Packet { time_nanos: frame.time.0, source, destination, id, ttl, body });
        }
    }
    packets
}

/// How a frame begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Ethernet,
    Vlan,
    QinQ,
    PppoeInVlan,
    Sll,
    Sll2,
    Raw,
    Null,
}

impl Link {
    fn link_type(self) -> LinkType {
        match self {
            Link::Ethernet | Link::Vlan | Link::QinQ | Link::PppoeInVlan => LinkType::ETHERNET,
            Link::Sll => LinkType::LINUX_SLL,
            Link::Sll2 => LinkType::LINUX_SLL2,
            Link::Raw => LinkType::RAW,
            Link::Null => LinkType::NULL,
        }
    }

    fn header(self, is_v4: bool, ip_len: usize) -> Vec<u8> {
        let ether_type: [u8; 2] = if is_v4 { [0x08, 0x00] } else { [0x86, 0xdd] };
        let addresses: &[u8] = &[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
        let ppp: [u8; 2] = if is_v4 { [0x00, 0x21] } else { [0x00, 0x57] };
        let pppoe_len = (ip_len as u16 + 2).to_be_bytes();
        let family = if is_v4 { 2 } else { 30 };
        let parts: &[&[u8]] = match self {
            Link::Ethernet => &[addresses, &ether_type],
            Link::Vlan => &[addresses, &[0x81, 0x00, 0x60, 0x2a], &ether_type],
            Link::QinQ => &[addresses, &[0x88, 0xa8, 0x00, 0x64, 0x81, 0x00, 0x00, 0x0a], &ether_type],
            Link::PppoeInVlan => {
                &[addresses, &[0x81, 0x00, 0x00, 0x07, 0x88, 0x64, 0x11, 0x00, 0x00, 0x01], &pppoe_len, &ppp]
            }
            Link::Sll => &[&[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0], &ether_type],
            Link::Sll2 => &[&ether_type, &[0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0]],
            Link::Raw => &[],
            Link::Null => &[&[family, 0, 0, 0]],
        };
        parts.concat()
    }
}

/// One frame per packet, however large it is.
pub fn frames(packets: &[Packet], link: Link) -> Vec<Frame> {
    fragmented(packets, link, 65_535)
}

/// Frames of which none carries more than `mtu` bytes of IP.
pub fn fragmented(packets: &[Packet], link: Link, mtu: usize) -> Vec<Frame> {
    let mut frames = vec![];
    for packet in packets {
        let is_v4 = packet.source.is_ipv4();
        for (index, ip) in ip_packets(packet, mtu).into_iter().enumerate() {
            let bytes = [link.header(is_v4, ip.len()), ip].concat();
            // The fragments of a datagram follow each other by some microseconds.
            let time_nanos = packet.time_nanos + 2_000 * index as i64;
            frames.push(Frame { time_nanos, link: link.link_type(), original_len: bytes.len() as u32, bytes });
        }
    }
    in_order(frames)
}

/// As [`fragmented`], with the fragments in any order among the frames of half a millisecond.
pub fn shuffled_fragments(packets: &[Packet], link: Link, mtu: usize, random: &mut Random) -> Vec<Frame> {
    let mut frames = fragmented(packets, link, mtu);
    for frame in &mut frames {
        frame.time_nanos += random.range(0, 500_000) as i64;
    }
    in_order(frames)
}

/// Captures are written in the order of time.
pub fn in_order(mut frames: Vec<Frame>) -> Vec<Frame> {
    frames.sort_by_key(|frame| frame.time_nanos);
    frames
}

fn ip_packets(packet: &Packet, mtu: usize) -> Vec<Vec<u8>> {
    let (protocol, bytes) = packet.transport_bytes();
    let header_len = if packet.source.is_ipv4() { Ipv4Header::MIN_LEN } else { Ipv6Header::LEN };
    if header_len + bytes.len() <= mtu {
        return vec![[ip_header(packet, protocol, bytes.len(), None), bytes].concat()];
    }
    let extension_len = if packet.source.is_ipv4() { 0 } else { Ipv6FragmentHeader::LEN };
    let step = (mtu - header_len - extension_len) / 8 * 8;
    let pieces = bytes.chunks(step).enumerate().map(|(index, piece)| {
        let offset = IpFragOffset::try_new((index * step / 8) as u16).unwrap();
        let more = (index + 1) * step < bytes.len();
        [ip_header(packet, protocol, piece.len(), Some((offset, more))), piece.to_vec()].concat()
    });
    pieces.collect()
}

/// The headers before `len` bytes, which are the whole payload or a fragment of it.
fn ip_header(packet: &Packet, protocol: IpNumber, len: usize, fragment: Option<(IpFragOffset, bool)>) -> Vec<u8> {
    match (packet.source, packet.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let mut header =
                Ipv4Header::new(len as u16, packet.ttl, protocol, source.octets(), destination.octets()).unwrap();
            header.identification = packet.id;
            header.dont_fragment = fragment.is_none();
            (header.fragment_offset, header.more_fragments) = fragment.unwrap_or_default();
            header.header_checksum = header.calc_header_checksum();
            header.to_bytes().to_vec()
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let extension = fragment.map(|(offset, more)| {
                Ipv6FragmentHeader::new(protocol, offset, more, u32::from(packet.id)).to_bytes().to_vec()
            });
            let extension_len = extension.as_ref().map_or(0, Vec::len);
            let header = Ipv6Header {
                payload_length: (len + extension_len) as u16,
                next_header: if extension.is_some() { IpNumber::IPV6_FRAGMENTATION_HEADER } else { protocol },
                hop_limit: packet.ttl,
                source: source.octets(),
                destination: destination.octets(),
                ..Ipv6Header::default()
            };
            [header.to_bytes().to_vec(), extension.unwrap_or_default()].concat()
        }
        _ => unreachable!("one packet has one IP version"),
    }
}
