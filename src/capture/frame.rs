//! A frame as it was captured, and the link types it can have.

use std::fmt;
use std::sync::Arc;

use super::{Span, Store, Time};

/// A frame's place in the capture set, counted from 0 over all files in reading order.
/// What users see is the file and the number in it: [`super::FrameTable`] translates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub u32);

/// One captured frame; its bytes lie in the [`Store`].
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub id: FrameId,
    pub time: Time,
    pub link: LinkType,
    /// What was captured.
    pub data: Span,
    /// Length on the wire in bytes; more than `data` holds when the capture cut the frame (snaplen).
    pub original_len_bytes: u32,
}

/// Some frames in order, and the store that holds their bytes.
pub struct Batch {
    pub frames: Vec<Frame>,
    pub store: Arc<Store>,
}

/// A LINKTYPE_ value of the pcap registry (not libpcap's platform-dependent DLT_).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkType(pub u16);

impl LinkType {
    pub const NULL: Self = Self(0);
    pub const ETHERNET: Self = Self(1);
    pub const PPP: Self = Self(9);
    pub const PPP_HDLC: Self = Self(50);
    pub const RAW: Self = Self(101);
    pub const LOOP: Self = Self(108);
    pub const LINUX_SLL: Self = Self(113);
    pub const IPV4: Self = Self(228);
    pub const IPV6: Self = Self(229);
    pub const LINUX_SLL2: Self = Self(276);

    /// The link type a file's header names. Old files name raw IP by the platform's DLT_RAW: 12, or 14 on OpenBSD.
    pub(super) fn from_file(value: u16) -> Self {
        match value {
            12 | 14 => Self::RAW,
            other => Self(other),
        }
    }
}

/// The short name used in reports and JSON: `ethernet`, `linux-sll`, … or `link-type-147`.
impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::NULL => "null",
            Self::ETHERNET => "ethernet",
            Self::PPP => "ppp",
            Self::PPP_HDLC => "ppp-hdlc",
            Self::RAW => "raw",
            Self::LOOP => "loop",
            Self::LINUX_SLL => "linux-sll",
            Self::IPV4 => "ipv4",
            Self::IPV6 => "ipv6",
            Self::LINUX_SLL2 => "linux-sll2",
            Self(other) => return write!(f, "link-type-{other}"),
        })
    }
}
