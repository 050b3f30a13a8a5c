//! Link-layer headers: in comes a frame, out comes where its IP header begins.
//!
//! Read by hand, because etherparse knows no SLL2, NULL, LOOP, PPP, PPPoE or raw IP, refuses cooked frames of unusual
//! hardware types, and stops at three VLAN tags. What lies above the link layer is left to [`super::decode`].

use crate::capture::LinkType;

/// VLAN tags and PPPoE headers followed in one frame: QinQ has two, carriers stack three or four.
const MAX_TAGS: usize = 8;

// EtherTypes (IEEE 802 numbers).
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const PPPOE_SESSION: u16 = 0x8864;

// PPP protocol numbers (RFC 1661 §2, IANA).
const PPP_IPV4: u16 = 0x0021;
const PPP_IPV6: u16 = 0x0057;

// LINKTYPE_RAW is 101, but files written with the platform's DLT_RAW exist: 12 (most systems) and 14 (OpenBSD).
const DLT_RAW: LinkType = LinkType(12);
const DLT_RAW_OPENBSD: LinkType = LinkType(14);

// ARPHRD_ types of cooked frames whose protocol field need not be an EtherType: cellular and tunnel devices without a
// link header.
const ARPHRD_RAWIP: u16 = 519;
const ARPHRD_NONE: u16 = 0xfffe;

/// What the link header says about the rest of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// An IP header begins at this byte of the frame.
    Ip(usize),
    /// Something that carries no IP: ARP, 802.3 LLC, …
    Other,
    /// The frame ends inside the link header.
    Short,
    /// A link type that is not decoded.
    Unknown,
}

/// Reads the link header of a frame.
pub(super) fn read(link: LinkType, frame: &[u8]) -> Link {
    let found = match link {
        LinkType::ETHERNET => u16_at(frame, 12).map(|ether_type| after_ether_type(frame, ether_type, 14)),
        LinkType::LINUX_SLL => linux_sll(frame),
        LinkType::LINUX_SLL2 => linux_sll2(frame),
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 | DLT_RAW | DLT_RAW_OPENBSD => Some(by_version(frame, 0)),
        LinkType::NULL | LinkType::LOOP => bsd_loopback(frame),
        LinkType::PPP | LinkType::PPP_HDLC => ppp_frame(frame),
        _ => return Link::Unknown,
    };
    found.unwrap_or(Link::Short)
}

/// Follows tags from `ether_type`, whose payload begins at `offset`, to the IP header.
fn after_ether_type(frame: &[u8], mut ether_type: u16, mut offset: usize) -> Link {
    for _ in 0..MAX_TAGS {
        match ether_type {
            IPV4 | IPV6 => return Link::Ip(offset),
            // IEEE 802.1Q, 802.1ad, and the two numbers used for stacked tags before 802.1ad.
            0x8100 | 0x88a8 | 0x9100 | 0x9200 => {
                let Some(inner) = u16_at(frame, offset + 2) else { return Link::Short };
                ether_type = inner;
                offset += 4;
            }
            // RFC 2516 §4: six bytes of PPPoE, then PPP without address and control.
            PPPOE_SESSION => return ppp(frame, offset + 6).unwrap_or(Link::Short),
            // Below 0x0600 this is an 802.3 length and LLC follows: no IP in practice.
            _ => return Link::Other,
        }
    }
    Link::Other
}

/// Linux "cooked" capture v1: packet type, ARPHRD, address length, address (8), protocol.
fn linux_sll(frame: &[u8]) -> Option<Link> {
    let (hardware, protocol) = (u16_at(frame, 2)?, u16_at(frame, 14)?);
    Some(cooked(frame, hardware, protocol, 16))
}

/// Linux "cooked" capture v2: protocol, reserved, interface (4), ARPHRD, packet type, address length, address (8).
fn linux_sll2(frame: &[u8]) -> Option<Link> {
    let (protocol, hardware) = (u16_at(frame, 0)?, u16_at(frame, 8)?);
    if frame.len() < 20 {
        return None;
    }
    Some(cooked(frame, hardware, protocol, 20))
}

fn cooked(frame: &[u8], hardware: u16, protocol: u16, offset: usize) -> Link {
    match after_ether_type(frame, protocol, offset) {
        Link::Other if matches!(hardware, ARPHRD_RAWIP | ARPHRD_NONE) => by_version(frame, offset),
        link => link,
    }
}

/// LINKTYPE_NULL has the address family in the byte order of the machine that captured, LINKTYPE_LOOP in network order:
/// families are small numbers, so one of the two orders makes sense.
fn bsd_loopback(frame: &[u8]) -> Option<Link> {
    let field = frame.get(..4)?;
    let family = match field {
        [0, 0, 0, family] | [family, 0, 0, 0] => *family,
        _ => return Some(Link::Other),
    };
    Some(match family {
        // AF_INET everywhere; AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS.
        2 | 10 | 23 | 24 | 28 | 30 => Link::Ip(4),
        _ => Link::Other,
    })
}

/// PPP in HDLC-like framing (RFC 1662 §3.1), address and control perhaps compressed away, or Cisco HDLC.
fn ppp_frame(frame: &[u8]) -> Option<Link> {
    match frame.get(..2)? {
        [0xff, 0x03] => ppp(frame, 2),
        // Cisco HDLC: unicast or multicast address, control 0, then an EtherType.
        [0x0f | 0x8f, 0x00] => Some(after_ether_type(frame, u16_at(frame, 2)?, 4)),
        _ => ppp(frame, 0),
    }
}

/// A PPP protocol field at `offset`; an odd first byte is the whole of a compressed one (RFC 1661 §2, §6.5).
fn ppp(frame: &[u8], offset: usize) -> Option<Link> {
    let first = *frame.get(offset)?;
    let (protocol, len_bytes) = if first & 1 == 1 { (u16::from(first), 1) } else { (u16_at(frame, offset)?, 2) };
    Some(match protocol {
        PPP_IPV4 | PPP_IPV6 => Link::Ip(offset + len_bytes),
        _ => Link::Other,
    })
}

/// IP without a link header: the version nibble must be one we know.
fn by_version(frame: &[u8], offset: usize) -> Link {
    match frame.get(offset).map(|byte| byte >> 4) {
        None => Link::Short,
        Some(4 | 6) => Link::Ip(offset),
        Some(_) => Link::Other,
    }
}

fn u16_at(frame: &[u8], offset: usize) -> Option<u16> {
    let bytes = frame.get(offset..offset.checked_add(2)?)?;
    Some(u16::from_be_bytes([bytes[0], bytes[1]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `header` with some room for an IP header behind it.
    fn read_after(link: LinkType, header: &[u8]) -> Link {
        let mut frame = header.to_vec();
        frame.extend([0x45; 40]);
        read(link, &frame)
    }

    fn ethernet(types_and_tags: &[u8]) -> Vec<u8> {
        [&[0; 12], types_and_tags].concat()
    }

    #[test]
    fn ethernet_with_any_tags_leads_to_ip() {
        assert_eq!(read_after(LinkType::ETHERNET, &ethernet(&[0x08, 0x00])), Link::Ip(14));
        assert_eq!(read_after(LinkType::ETHERNET, &ethernet(&[0x86, 0xdd])), Link::Ip(14));
        for tag in [[0x81, 0x00], [0x88, 0xa8], [0x91, 0x00], [0x92, 0x00]] {
            let one = [&tag[..], &[0, 7, 8, 0]].concat();
            assert_eq!(read_after(LinkType::ETHERNET, &ethernet(&one)), Link::Ip(18), "{tag:x?}");
            let four = [&tag[..], &[0, 7], &tag, &[0, 8], &tag, &[0, 9], &[0x81, 0, 0, 10], &[8, 0]].concat();
            assert_eq!(read_after(LinkType::ETHERNET, &ethernet(&four)), Link::Ip(30), "{tag:x?}");
        }
    }

    #[test]
    fn pppoe_sessions_lead_to_ip_and_discovery_does_not() {
        let session = [0x88, 0x64, 0x11, 0, 0, 1, 0, 42, 0x00, 0x21];
        assert_eq!(read_after(LinkType::ETHERNET, &ethernet(&session)), Link::Ip(22));
        let lcp = [0x88, 0x64, 0x11, 0, 0, 1, 0, 42, 0xc0, 0x21];
        assert_eq!(read_after(LinkType::ETHERNET, &ethernet(&lcp)), Link::Other);
        assert_eq!(read_after(LinkType::ETHERNET, &ethernet(&[0x88, 0x63])), Link::Other);
    }

    #[test]
    fn arp_and_llc_are_no_ip() {
        assert_eq!(read_after(LinkType::ETHERNET, &ethernet(&[0x08, 0x06])), Link::Other);
        assert_eq!(read_after(LinkType::ETHERNET, &ethernet(&[0x00, 0x2e, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0])), Link::Other);
    }

    #[test]
    fn cooked_frames_of_any_hardware_lead_to_ip() {
        for hardware in [1u16, 772, 512, 519, 0xfffe, 778] {
            let [a, b] = hardware.to_be_bytes();
            let v1 = [0, 0, a, b, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0x00];
            assert_eq!(read_after(LinkType::LINUX_SLL, &v1), Link::Ip(16), "{hardware}");
            let v2 = [0x08, 0x00, 0, 0, 0, 0, 0, 2, a, b, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0];
            assert_eq!(read_after(LinkType::LINUX_SLL2, &v2), Link::Ip(20), "{hardware}");
        }
        let tagged = [0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0x00, 0, 5, 0x86, 0xdd];
        assert_eq!(read_after(LinkType::LINUX_SLL, &tagged), Link::Ip(20));
        let rmnet_map = [0, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0xf9];
        assert_eq!(read_after(LinkType::LINUX_SLL, &rmnet_map), Link::Ip(16));
    }

    #[test]
    fn loopback_families_are_read_in_both_byte_orders() {
        for family in [2, 10, 23, 24, 28, 30] {
            assert_eq!(read_after(LinkType::NULL, &[family, 0, 0, 0]), Link::Ip(4));
            assert_eq!(read_after(LinkType::NULL, &[0, 0, 0, family]), Link::Ip(4));
            assert_eq!(read_after(LinkType::LOOP, &[0, 0, 0, family]), Link::Ip(4));
        }
        assert_eq!(read_after(LinkType::NULL, &[7, 0, 0, 0]), Link::Other);
    }

    #[test]
    fn raw_ip_has_many_numbers() {
        for number in [12, 14, 101, 228, 229] {
            assert_eq!(read_after(LinkType(number), &[]), Link::Ip(0));
            assert_eq!(read_after(LinkType(number), &[0x60]), Link::Ip(0));
            assert_eq!(read_after(LinkType(number), &[0x00]), Link::Other);
        }
    }

    #[test]
    fn ppp_with_and_without_compression() {
        for link in [LinkType::PPP, LinkType::PPP_HDLC] {
            assert_eq!(read_after(link, &[0xff, 0x03, 0x00, 0x21]), Link::Ip(4));
            assert_eq!(read_after(link, &[0x00, 0x57]), Link::Ip(2));
            assert_eq!(read_after(link, &[0x21]), Link::Ip(1));
            assert_eq!(read_after(link, &[0xff, 0x03, 0x57]), Link::Ip(3));
            assert_eq!(read_after(link, &[0x0f, 0x00, 0x08, 0x00]), Link::Ip(4));
            assert_eq!(read_after(link, &[0xff, 0x03, 0xc0, 0x21]), Link::Other);
        }
    }

    #[test]
    fn frames_that_end_inside_the_header_are_short() {
        let links = [
            LinkType::ETHERNET,
            LinkType::LINUX_SLL,
            LinkType::LINUX_SLL2,
            LinkType::NULL,
            LinkType::LOOP,
            LinkType::PPP,
            LinkType::RAW,
        ];
        for link in links {
            assert_eq!(read(link, &[]), Link::Short, "{link}");
        }
        assert_eq!(read(LinkType::ETHERNET, &ethernet(&[0x81, 0x00, 0])), Link::Short);
        assert_eq!(read(LinkType(147), &[]), Link::Unknown);
    }
}
