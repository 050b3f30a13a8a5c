//! Link headers in front of IP packets.

use std::net::IpAddr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Ethernet,
    /// 802.1Q.
    Vlan,
    /// 802.1ad outside, 802.1Q inside.
    QinQ,
    /// Linux cooked capture, as `tcpdump -i any` once wrote.
    Sll,
    Sll2,
    Raw,
    /// BSD loopback.
    Null,
}

impl Link {
    pub const ALL: &[Self] = &[Self::Ethernet, Self::Vlan, Self::QinQ, Self::Sll, Self::Sll2, Self::Raw, Self::Null];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ethernet => "ethernet",
            Self::Vlan => "vlan",
            Self::QinQ => "qinq",
            Self::Sll => "sll",
            Self::Sll2 => "sll2",
            Self::Raw => "raw",
            Self::Null => "null",
        }
    }

    /// The LINKTYPE_ value of the capture file.
    pub fn link_type(self) -> u16 {
        match self {
            Self::Ethernet | Self::Vlan | Self::QinQ => 1,
            Self::Sll => 113,
            Self::Sll2 => 276,
            Self::Raw => 101,
            Self::Null => 0,
        }
    }

    /// Starts a frame: the link header for a packet from `source` to `destination`.
    pub(super) fn header(self, source: IpAddr, destination: IpAddr, out: &mut Vec<u8>) {
        let ether_type: [u8; 2] = if source.is_ipv4() { [0x08, 0x00] } else { [0x86, 0xdd] };
        match self {
            Self::Ethernet | Self::Vlan | Self::QinQ => {
                out.extend_from_slice(&mac(destination));
                out.extend_from_slice(&mac(source));
                if self == Self::QinQ {
                    out.extend_from_slice(&[0x88, 0xa8, 0x00, 0x0a]);
                }
                if self != Self::Ethernet {
                    out.extend_from_slice(&[0x81, 0x00, 0x00, 0x64]);
                }
                out.extend_from_slice(&ether_type);
            }
            Self::Sll => {
                // Packet type 0 (to us), ARPHRD_ETHER, address length 6, address.
                out.extend_from_slice(&[0, 0, 0, 1, 0, 6]);
                out.extend_from_slice(&mac(source));
                out.extend_from_slice(&[0, 0]);
                out.extend_from_slice(&ether_type);
            }
            Self::Sll2 => {
                out.extend_from_slice(&ether_type);
                // Reserved, interface 2, ARPHRD_ETHER, packet type 0, address length 6, address.
                out.extend_from_slice(&[0, 0, 0, 0, 0, 2, 0, 1, 0, 6]);
                out.extend_from_slice(&mac(source));
                out.extend_from_slice(&[0, 0]);
            }
            Self::Raw => {}
            // AF_INET and AF_INET6 of macOS, in the byte order of the host.
            Self::Null => out.extend_from_slice(&[if source.is_ipv4() { 2 } else { 30 }, 0, 0, 0]),
        }
    }

    /// Pads what Ethernet would pad.
    pub(super) fn pad(self, frame: &mut Vec<u8>) {
        const MINIMUM: usize = 60;
        if matches!(self, Self::Ethernet | Self::Vlan | Self::QinQ) && frame.len() < MINIMUM {
            frame.resize(MINIMUM, 0);
        }
    }
}

/// A locally administered address made of the last four bytes of the IP address.
fn mac(ip: IpAddr) -> [u8; 6] {
    let tail = match ip {
        IpAddr::V4(ip) => ip.octets(),
        IpAddr::V6(ip) => {
            let o = ip.octets();
            [o[5], o[7], o[13], o[15]]
        }
    };
    [2, 0, tail[0], tail[1], tail[2], tail[3]]
}
