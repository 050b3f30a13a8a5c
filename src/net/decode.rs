//! One frame → one packet or fragment: IP and transport headers.
//!
//! Stateless, so that frames are decoded in parallel. Lengths are believed as far as the frame can hold them: `total_len` 0
//! is a segmentation offload, bytes behind the IP packet are Ethernet padding, bytes missing were cut by the capture.
//! Checksums are not verified: offload makes them wrong in captures taken at the sender.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use etherparse::{Ipv6ExtensionSlice, LaxIpSlice, TcpHeaderSlice, UdpHeaderSlice, ip_number};

use super::fragments::Fragment;
use super::link::{self, Link};
use super::packet::{FlowKey, Header, Packet, Payload, Tcp};
use super::{Chunk, Transport, tunnel};
use crate::capture::Frame;

/// What a frame turned out to be.
#[derive(Debug)]
pub(super) enum Decoded {
    Packet(Packet),
    Fragment(Fragment),
    /// Nothing that is followed here: ARP, ICMP, SCTP, …
    Other,
    UnknownLink,
}

/// Why the headers of a frame cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// The capture kept too little of the frame.
    Cut,
    /// The headers make no sense; a phrase that says why.
    Damaged(&'static str),
}

use Unreadable::{Cut, Damaged};

/// A frame that was decoded, and what is wrong with it nevertheless.
#[derive(Debug)]
pub(super) struct Reading {
    pub decoded: Decoded,
    pub damage: Option<&'static str>,
}

/// Reads a frame whose captured bytes are `bytes`.
pub(super) fn decode(frame: &Frame, bytes: &[u8]) -> Result<Reading, Unreadable> {
    let too_short = |what| if bytes.len() < frame.original_len_bytes as usize { Cut } else { Damaged(what) };
    let mut start = match link::read(frame.link, bytes) {
        Link::Ip(start) => start,
        Link::Other => return Ok(Decoded::Other.into()),
        Link::Unknown => return Ok(Decoded::UnknownLink.into()),
        Link::Short => return Err(too_short("the frame ends inside the link header")),
    };
    let mut wire_end = bytes.len().max(frame.original_len_bytes as usize);
    for _ in 0..tunnel::MAX_DEPTH {
        let ip = read_ip(bytes, start, wire_end)?;
        let captured = bytes.get(ip.payload.clone()).unwrap_or_default();
        if let Some(inner) = tunnel::inner_ip(ip.protocol, captured).filter(|_| ip.fragment.is_none()) {
            start = ip.payload.start + inner;
            wire_end = ip.payload.start + ip.len_bytes as usize;
            continue;
        }
        if !matches!(ip.protocol, PROTOCOL_TCP | PROTOCOL_UDP) {
            return Ok(Decoded::Other.into());
        }
        let chunk = Chunk {
            span: frame.data.slice(ip.payload.clone()),
            frame: frame.id,
            frame_offset: ip.payload.start as u32,
            time: frame.time,
        };
        let decoded = match ip.fragment {
            Some(Fragmentation { id, offset_bytes, more }) => Decoded::Fragment(Fragment {
                source: ip.source,
                destination: ip.destination,
                protocol: ip.protocol,
                id,
                offset_bytes,
                more,
                len_bytes: ip.len_bytes,
                chunk,
            }),
            None => {
                let transport = read_transport(ip.protocol, captured, ip.len_bytes, ip.id)?;
                let payload = Payload::One(chunk.slice(transport.payload_range()));
                Decoded::Packet(transport.packet(ip.source, ip.destination, payload, &chunk))
            }
        };
        return Ok(Reading { decoded, damage: ip.damage });
    }
    Ok(Decoded::Other.into())
}

impl From<Decoded> for Reading {
    fn from(decoded: Decoded) -> Self {
        Reading { decoded, damage: None }
    }
}

pub(super) const PROTOCOL_TCP: u8 = ip_number::TCP.0;
pub(super) const PROTOCOL_UDP: u8 = ip_number::UDP.0;

struct IpPacket {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    /// IPv4 identification; 0 for IPv6.
    id: u16,
    /// Where in the frame the captured part of the payload lies.
    payload: Range<usize>,
    /// Length of the payload on the wire.
    len_bytes: u32,
    fragment: Option<Fragmentation>,
    damage: Option<&'static str>,
}

struct Fragmentation {
    id: u32,
    offset_bytes: u32,
    more: bool,
}

/// Reads the IP header at `start`; the frame, or the tunnel around it, ended at `wire_end` on the wire.
fn read_ip(bytes: &[u8], start: usize, wire_end: usize) -> Result<IpPacket, Unreadable> {
    let is_cut = bytes.len() < wire_end;
    let slice = bytes.get(start..bytes.len().min(wire_end)).unwrap_or_default();
    let (ip, error) = LaxIpSlice::from_slice(slice).map_err(|error| match error {
        etherparse::err::ip::LaxHeaderSliceError::Len(_) if is_cut => Cut,
        etherparse::err::ip::LaxHeaderSliceError::Len(_) => Damaged("the frame ends inside the IP header"),
        etherparse::err::ip::LaxHeaderSliceError::Content(_) => Damaged("the IP header makes no sense"),
    })?;
    if error.is_some() {
        return Err(if is_cut { Cut } else { Damaged("the IP extension headers make no sense") });
    }

    let (header_bytes, claimed_bytes, id, fragment) = match &ip {
        LaxIpSlice::Ipv4(ip) => {
            let (header, extensions) = (ip.header(), ip.extensions());
            let header_bytes = header.slice().len() + extensions.auth.map_or(0, |auth| auth.slice().len());
            let fragment = header.is_fragmenting_payload().then(|| Fragmentation {
                id: u32::from(header.identification()),
                offset_bytes: u32::from(header.fragments_offset().byte_offset()),
                more: header.more_fragments(),
            });
            (header_bytes, usize::from(header.total_len()), header.identification(), fragment)
        }
        LaxIpSlice::Ipv6(ip) => {
            let mut header_bytes = 40;
            let mut fragment = None;
            for extension in ip.extensions().clone() {
                header_bytes += extension_bytes(&extension);
                if let Ipv6ExtensionSlice::Fragment(header) = &extension
                    && header.is_fragmenting_payload()
                {
                    fragment = Some(Fragmentation {
                        id: header.identification(),
                        offset_bytes: u32::from(header.fragment_offset().byte_offset()),
                        more: header.more_fragments(),
                    });
                    // What follows is part of the fragmented packet (RFC 8200 §4.5).
                    break;
                }
            }
            let claimed = usize::from(ip.header().payload_length());
            (header_bytes, if claimed == 0 { 0 } else { 40 + claimed }, 0, fragment)
        }
    };

    let payload_start = start + header_bytes;
    // The lengths 0 stand for more than the field can hold: segmentation offload, jumbograms.
    let mut damage = None;
    let payload_wire_end = match claimed_bytes {
        0 => wire_end,
        claimed if claimed < header_bytes => {
            damage = Some("the IP length is smaller than the IP header");
            wire_end
        }
        claimed if start + claimed > wire_end => {
            damage = Some("the IP length is larger than the frame");
            wire_end
        }
        claimed => start + claimed,
    };
    Ok(IpPacket {
        source: ip.source_addr(),
        destination: ip.destination_addr(),
        protocol: ip.payload_ip_number().0,
        id,
        payload: payload_start..payload_wire_end.min(bytes.len()).max(payload_start),
        len_bytes: payload_wire_end.saturating_sub(payload_start) as u32,
        fragment,
        damage,
    })
}

fn extension_bytes(extension: &Ipv6ExtensionSlice<'_>) -> usize {
    match extension {
        Ipv6ExtensionSlice::HopByHop(header)
        | Ipv6ExtensionSlice::Routing(header)
        | Ipv6ExtensionSlice::DestinationOptions(header) => header.slice().len(),
        Ipv6ExtensionSlice::Fragment(header) => header.slice().len(),
        Ipv6ExtensionSlice::Authentication(header) => header.slice().len(),
    }
}

/// A transport header that was read.
pub(super) struct TransportHeader {
    header: Header,
    source_port: u16,
    destination_port: u16,
    header_bytes: usize,
    /// Length of the payload on the wire.
    len_bytes: u32,
}

/// Reads the TCP or UDP header at the beginning of `bytes`, the captured part of `len_bytes` on the wire.
pub(super) fn read_transport(
    protocol: u8,
    bytes: &[u8],
    len_bytes: u32,
    ip_id: u16,
) -> Result<TransportHeader, Unreadable> {
    let too_short = |what| if bytes.len() < len_bytes as usize { Cut } else { Damaged(what) };
    if protocol == PROTOCOL_TCP {
        use etherparse::err::tcp::HeaderSliceError;
        let tcp = TcpHeaderSlice::from_slice(bytes).map_err(|error| match error {
            HeaderSliceError::Len(_) => too_short("the packet ends inside the TCP header"),
            HeaderSliceError::Content(_) => Damaged("the TCP data offset is smaller than the TCP header"),
        })?;
        Ok(TransportHeader {
            header: Header::Tcp(Tcp {
                sequence: tcp.sequence_number(),
                acknowledgment: tcp.ack().then(|| tcp.acknowledgment_number()),
                syn: tcp.syn(),
                fin: tcp.fin(),
                rst: tcp.rst(),
            }),
            source_port: tcp.source_port(),
            destination_port: tcp.destination_port(),
            header_bytes: tcp.slice().len(),
            len_bytes: len_bytes.saturating_sub(tcp.slice().len() as u32),
        })
    } else {
        let udp = UdpHeaderSlice::from_slice(bytes).map_err(|_| too_short("the packet ends inside the UDP header"))?;
        let header_bytes = udp.slice().len();
        let room_bytes = len_bytes.saturating_sub(header_bytes as u32);
        // A UDP length that is less than its header (0 in jumbograms and offloaded sends) or more than the IP packet
        // holds says nothing.
        let claimed_bytes = u32::from(udp.length()).checked_sub(header_bytes as u32);
        Ok(TransportHeader {
            header: Header::Udp { ip_id },
            source_port: udp.source_port(),
            destination_port: udp.destination_port(),
            header_bytes,
            len_bytes: claimed_bytes.map_or(room_bytes, |claimed| claimed.min(room_bytes)),
        })
    }
}

impl TransportHeader {
    /// Where in the IP payload the transport's payload lies, if all of it was captured.
    pub fn payload_range(&self) -> Range<usize> {
        self.header_bytes..self.header_bytes + self.len_bytes as usize
    }

    /// The packet; `last` is the chunk that completed it.
    pub fn packet(self, source: IpAddr, destination: IpAddr, payload: Payload, last: &Chunk) -> Packet {
        let transport = match self.header {
            Header::Udp { .. } => Transport::Udp,
            Header::Tcp(_) => Transport::Tcp,
        };
        let source = SocketAddr::new(source, self.source_port);
        let destination = SocketAddr::new(destination, self.destination_port);
        let (key, from_low) = FlowKey::new(source, destination, transport);
        Packet {
            key,
            from_low,
            header: self.header,
            len_bytes: self.len_bytes,
            payload,
            frame: last.frame,
            time: last.time,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::capture::{LinkType, ProblemKind};
    use crate::net::testing::{ALICE, FOCUS, TcpSegment, Trace, address, fragment, ip, udp, udp_datagram};

    const ALICE_6: &str = "[2001:db8::1]:5060";
    const FOCUS_6: &str = "[2001:db8::2]:5060";

    fn datagrams(trace: Trace) -> Vec<String> {
        let record = trace.read();
        assert_eq!(record.problems, []);
        record.flows.iter().flat_map(|flow| flow.datagrams.iter().map(|datagram| datagram.text.clone())).collect()
    }

    /// An Ethernet frame around an IP packet.
    fn ethernet(packet: &[u8]) -> Vec<u8> {
        let ether_type = if packet[0] >> 4 == 4 { [0x08, 0x00] } else { [0x86, 0xdd] };
        [&[0; 12][..], &ether_type, packet].concat()
    }

    #[test]
    fn ethernet_padding_is_no_payload() {
        let mut trace = Trace::default();
        for (source, destination) in [(ALICE, FOCUS), (ALICE_6, FOCUS_6)] {
            let mut frame = ethernet(&udp(source, destination, 1, b"hi"));
            frame.resize(80, 0xee);
            trace.frame(LinkType::ETHERNET, &frame);
        }
        assert_eq!(datagrams(trace), ["hi", "hi"]);
    }

    #[test]
    fn a_length_of_zero_is_segmentation_offload() {
        let mut trace = Trace::default();
        let segment = TcpSegment { seq: 1, ack: 1, flags: "A", data: b"offloaded" };
        let mut packet = segment.packet(ALICE, FOCUS);
        packet[2..4].fill(0);
        trace.frame(LinkType::ETHERNET, &ethernet(&packet));
        let mut packet = segment.packet(ALICE_6, FOCUS_6);
        packet[4..6].fill(0);
        trace.frame(LinkType::ETHERNET, &ethernet(&packet));
        let record = trace.read();
        let streams: Vec<_> = record.flows.iter().map(|flow| flow.streams()[0]).collect();
        assert_eq!(streams, ["offloaded[end]"; 2]);
        assert_eq!(record.problems, []);
    }

    #[test]
    fn a_cut_datagram_says_how_long_it_was() {
        let mut trace = Trace::default();
        let frame = ethernet(&udp(ALICE, FOCUS, 1, b"INVITE sip:focus"));
        trace.cut_frame(LinkType::ETHERNET, &frame, 14 + 28 + 6);
        let record = trace.read();
        let datagram = &record.flow().datagrams[0];
        assert_eq!((datagram.text.as_str(), datagram.len_bytes), ("INVITE", 16));

        let mut trace = Trace::default();
        trace.cut_frame(LinkType::ETHERNET, &frame, 30);
        assert_eq!(trace.read().problem_kinds(), [ProblemKind::CutFrame]);
    }

    #[test]
    fn ipv6_extension_headers_are_skipped() {
        let inner = udp_datagram(5060, 5060, b"hi");
        let hop_by_hop = [60, 0, 1, 4, 0, 0, 0, 0];
        let destination_options = [17, 0, 1, 4, 0, 0, 0, 0];
        let (source, destination) = (address(ALICE_6).ip(), address(FOCUS_6).ip());
        let mut trace = Trace::default();
        trace.ip(&ip(source, destination, 0, 0, &[&hop_by_hop[..], &destination_options, &inner].concat()));
        let atomic_fragment = [17, 0, 0, 0, 0, 0, 0, 9];
        trace.now += 1_000_000_000;
        trace.ip(&ip(source, destination, 0, 44, &[&atomic_fragment[..], &inner].concat()));
        assert_eq!(datagrams(trace), ["hi", "hi"]);
    }

    #[test]
    fn ip_in_ip_leads_to_the_inner_flow() {
        let outer = (address("203.0.113.1:0").ip(), address("203.0.113.2:0").ip());
        let outer_6 = (address("[2001:db8:f::1]:0").ip(), address("[2001:db8:f::2]:0").ip());
        let mut trace = Trace::default();
        trace.ip(&ip(outer.0, outer.1, 1, 4, &udp(ALICE, FOCUS, 1, b"4in4")));
        trace.ip(&ip(outer.0, outer.1, 1, 41, &udp(ALICE_6, FOCUS_6, 1, b"6in4")));
        trace.ip(&ip(outer_6.0, outer_6.1, 1, 4, &udp(ALICE, FOCUS, 2, b"4in6")));
        let record = trace.read();
        assert_eq!(record.flows.len(), 2);
        assert_eq!(record.flows[0].flow.client.to_string(), ALICE);
        assert_eq!(record.flows[0].datagrams[1].text, "4in6");
        assert_eq!(record.flows[1].datagrams[0].text, "6in4");
    }

    #[test]
    fn a_fragment_of_a_tunnelled_packet_is_not_entered() {
        let outer = (address("203.0.113.1:0").ip(), address("203.0.113.2:0").ip());
        let packet = ip(outer.0, outer.1, 1, 4, &udp(ALICE, FOCUS, 1, b"in two parts"));
        let mut trace = Trace::default();
        trace.ip(&fragment(&packet, 1, 0..32));
        trace.ip(&fragment(&packet, 1, 32..40));
        assert_eq!(datagrams(trace), [""; 0]);
    }

    #[test]
    fn endless_tunnels_end() {
        let mut packet = udp(ALICE, FOCUS, 1, b"deep");
        for _ in 0..20 {
            packet = ip(address(ALICE).ip(), address(FOCUS).ip(), 1, 4, &packet);
        }
        let mut trace = Trace::default();
        trace.ip(&packet);
        assert_eq!(trace.read().flows.len(), 0);
    }

    #[test]
    fn an_icmp_error_that_quotes_a_datagram_is_not_the_datagram() {
        let quoted = udp(ALICE, FOCUS, 1, b"INVITE");
        let mut trace = Trace::default();
        let icmp = [&[3, 3, 0, 0, 0, 0, 0, 0][..], &quoted].concat();
        trace.ip(&ip(address(FOCUS).ip(), address(ALICE).ip(), 1, 1, &icmp));
        assert_eq!(datagrams(trace), [""; 0]);
    }

    #[test]
    fn damaged_headers_are_noted_and_what_can_be_read_is() {
        let good = udp(ALICE, FOCUS, 1, b"INVITE");
        let damaged = |change: fn(&mut Vec<u8>)| {
            let mut packet = good.clone();
            change(&mut packet);
            let mut trace = Trace::default();
            trace.ip(&packet);
            let record = trace.read();
            assert_eq!(record.problem_kinds(), [ProblemKind::DamagedPacket]);
            record.flows.first().map(|flow| flow.datagrams[0].text.clone())
        };
        assert_eq!(damaged(|packet| packet[0] = 0x44), None);
        assert_eq!(damaged(|packet| packet.truncate(12)), None);
        assert_eq!(damaged(|packet| packet.truncate(24)), None);
        assert_eq!(damaged(|packet| packet[3] = 7).as_deref(), Some("INVITE"));
        assert_eq!(damaged(|packet| packet[3] = 200).as_deref(), Some("INVITE"));
        // A TCP data offset of 4 words.
        let mut packet = TcpSegment { seq: 1, ..Default::default() }.packet(ALICE, FOCUS);
        packet[32] = 4 << 4;
        let mut trace = Trace::default();
        trace.ip(&packet);
        trace.ip(&[]);
        assert_eq!(trace.read().problem_kinds(), [ProblemKind::DamagedPacket; 2]);
    }

    #[test]
    fn a_udp_length_that_lies_is_not_believed() {
        for lie in [0u8, 3, 200] {
            let mut packet = udp(ALICE, FOCUS, 1, b"INVITE");
            packet[25] = lie;
            let mut trace = Trace::default();
            trace.ip(&packet);
            assert_eq!(datagrams(trace), ["INVITE"]);
        }
    }

    const LINKS: [u16; 13] = [0, 1, 9, 12, 14, 50, 101, 108, 113, 147, 228, 229, 276];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// Any bytes as frames of any link type: nothing panics, and what is delivered lies in its frame.
        #[test]
        fn any_bytes_are_survived(
            frames in prop::collection::vec(
                (prop::sample::select(&LINKS[..]), prop::collection::vec(any::<u8>(), 0..120), any::<u8>()), 1..20),
        ) {
            let mut trace = Trace::default();
            for (link, bytes, cut) in &frames {
                trace.cut_frame(LinkType(*link), bytes, bytes.len().saturating_sub(usize::from(*cut)));
            }
            trace.read();
        }

        /// Good packets of one connection, damaged by a few bytes: deeper than random bytes reach.
        #[test]
        fn damaged_packets_are_survived(
            packets in prop::collection::vec(
                (any::<bool>(), any::<u8>(), 0u32..40, prop::collection::vec((0usize..90, any::<u8>()), 0..3), 0usize..30),
                1..40),
        ) {
            let mut trace = Trace::default();
            for (is_tcp, flags, at, damage, cut) in packets {
                let letters: String = [(1, 'F'), (2, 'S'), (4, 'R'), (16, 'A')]
                    .iter()
                    .filter(|(bit, _)| flags & bit != 0)
                    .map(|(_, letter)| letter)
                    .collect();
                let segment = TcpSegment { seq: at, ack: at, flags: &letters, data: b"some bytes of a segment" };
                let (source, destination) = if flags & 32 == 0 { (ALICE, FOCUS) } else { (FOCUS_6, ALICE_6) };
                let mut packet = match is_tcp {
                    true => segment.packet(source, destination),
                    false => udp(source, destination, 7, segment.data),
                };
                if flags & 64 != 0 && packet[0] >> 4 == 4 {
                    packet[6] = flags & 32;
                    packet[7] = at as u8 % 8;
                }
                for (place, byte) in damage {
                    if let Some(target) = packet.get_mut(place) {
                        *target = byte;
                    }
                }
                trace.cut_frame(LinkType::RAW, &packet, packet.len().saturating_sub(cut));
            }
            trace.read();
        }
    }
}
