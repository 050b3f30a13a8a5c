//! One file's walk from its first to its last frame, whichever its format.

use super::classic::{Classic, Variant};
use super::notes::Notes;
use super::pcapng::Pcapng;
use super::{Frame, LinkType};

/// The most a single frame may hold. libpcap and Wireshark draw the line at 256 KiB (`MAXIMUM_SNAPLEN`); what claims
/// more is damage. Four times that leaves room for segmentation offload (BIG TCP: 512 KiB).
pub(super) const MAX_CAPTURED_BYTES: u32 = 1 << 20;

/// How far behind a damaged place the next whole one is searched: enough to step over any one frame and its neighbours.
pub(super) const MAX_RESYNC_BYTES: usize = 4 << 20;

/// Where [`Walk::fill`] pauses.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    /// Length the list of frames may reach.
    pub frames: usize,
    /// Bytes of the file to walk over.
    pub bytes: usize,
}

#[derive(Clone)]
pub(super) enum Walk {
    Classic(Classic),
    Pcapng(Pcapng),
}

impl Walk {
    /// A walk over `bytes`, if they begin as a capture does.
    pub fn new(bytes: &[u8], segment: u32, notes: &mut Notes) -> Option<Walk> {
        if let Some(variant) = Variant::of(bytes) {
            return Some(Walk::Classic(Classic::new(variant, bytes, segment, notes)));
        }
        Pcapng::begins(bytes).then(|| Walk::Pcapng(Pcapng::new(segment)))
    }

    /// Whether a file with these first bytes (twelve are enough) is read by [`Walk::new`].
    pub fn recognises(first_bytes: &[u8]) -> bool {
        Variant::of(first_bytes).is_some() || Pcapng::begins(first_bytes)
    }

    /// Appends frames, numbered from 0 in this file, until `limit` is reached or the file ends. `bytes` is the whole
    /// file.
    pub fn fill(&mut self, bytes: &[u8], limit: Limit, frames: &mut Vec<Frame>, notes: &mut Notes) {
        match self {
            Walk::Classic(classic) => classic.fill(bytes, limit, frames, notes),
            Walk::Pcapng(pcapng) => pcapng.fill(bytes, limit, frames, notes),
        }
    }

    /// How many bytes of the file have been walked over.
    pub fn position(&self) -> usize {
        match self {
            Walk::Classic(classic) => classic.position(),
            Walk::Pcapng(pcapng) => pcapng.position(),
        }
    }

    /// The link type of the next frame, without moving.
    pub fn next_link(&self, bytes: &[u8]) -> Option<LinkType> {
        let mut frames = Vec::new();
        self.clone().fill(bytes, Limit { frames: 1, bytes: usize::MAX }, &mut frames, &mut Notes::default());
        frames.first().map(|frame| frame.link)
    }
}
