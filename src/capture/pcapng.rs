//! pcapng: sections of blocks, in either byte order, with any number of interfaces.
//!
//! In comes the whole file as a slice; out come [`Frame`]s, and what else the file tells as [`Notes`]. Source:
//! draft-ietf-opsawg-pcapng.
//!
//! Blocks are walked by hand rather than with the crate `pcap-parser`, for three reasons: that allocates a list for the
//! options of every packet; it reports damage without the place and the extent, which the user is to be told and from which
//! reading must go on; and it returns slices, where a [`Span`] needs offsets. The tests hold the two against each other.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::block::{self, BLOCK_FRAME_BYTES, Block, NoBlock, Values, padded, section_order};
use super::bytes::Order;
use super::clock::Clock;
use super::notes::{Comment, Commented, NameResolution, Notes, Secrets};
use super::walk::{Limit, MAX_CAPTURED_BYTES, MAX_RESYNC_BYTES};
use super::{Frame, FrameId, LinkType, ProblemKind, Span, Time};

/// How many interfaces of a section are kept; real files have a handful, a hostile one could describe one per 20 bytes.
const MAX_INTERFACES: usize = 65_536;

/// Blocks in a row that must look right before a place in a damaged file is believed to be a block's beginning.
const RESYNC_BLOCKS: usize = 2;

/// Walks the blocks of one file.
#[derive(Clone)]
pub(super) struct Pcapng {
    order: Order,
    interfaces: Vec<Interface>,
    segment: u32,
    position: usize,
    frames: u32,
    last_time: Time,
}

#[derive(Clone, Copy)]
struct Interface {
    link: LinkType,
    clock: Clock,
    /// 0: no limit.
    snaplen_bytes: u32,
}

/// A packet as its block describes it.
struct Packet {
    link: LinkType,
    time: Time,
    data: Range<usize>,
    original: u32,
    options: Range<usize>,
}

impl Pcapng {
    pub fn begins(first_bytes: &[u8]) -> bool {
        first_bytes.starts_with(&block::SECTION_HEADER.to_be_bytes())
            && section_order(first_bytes, 0) != Err(NoBlock::Damaged)
    }

    pub fn new(segment: u32) -> Pcapng {
        Pcapng { order: Order::Little, interfaces: vec![], segment, position: 0, frames: 0, last_time: Time(0) }
    }

    pub fn position(&self) -> usize {
        self.position
    }

    /// Appends frames until `limit` is reached or the file ends.
    pub fn fill(&mut self, bytes: &[u8], limit: Limit, frames: &mut Vec<Frame>, notes: &mut Notes) {
        let stop = self.position.saturating_add(limit.bytes);
        while frames.len() < limit.frames && self.position < stop.min(bytes.len()) {
            let at = self.position;
            match Block::at(bytes, at, self.order) {
                Ok((block, order)) => {
                    self.order = order;
                    self.position = block.end();
                    if self.read(bytes, &block, frames, notes).is_none() {
                        notes.problem(ProblemKind::DamagedFile, (block.end() - at) as u64, || {
                            format!("the block at byte {at} (type {}) contradicts itself and is left out", block.kind)
                        });
                    }
                }
                Err(NoBlock::Cut) => {
                    let cut = bytes.len() - at;
                    notes.problem(ProblemKind::TruncatedFile, cut as u64, || {
                        format!("cut {cut} bytes into the block at byte {at}")
                    });
                    self.position = bytes.len();
                }
                Err(NoBlock::Damaged) => self.resynchronise(bytes, notes),
            }
        }
    }

    /// Takes in one block; `None` if its contents contradict its length or what came before.
    #[inline]
    fn read(&mut self, bytes: &[u8], block: &Block, frames: &mut Vec<Frame>, notes: &mut Notes) -> Option<()> {
        let body = block.body.clone();
        match block.kind {
            block::ENHANCED_PACKET => {
                let [interface, high, low, captured, original] = self.order.u32s(bytes, body.start)?;
                let packet = self.packet(body.start + 20..body.end, interface, [high, low], captured, original)?;
                self.push(bytes, packet, frames, notes);
            }
            block::PACKET => {
                let [interface, _drops] = self.order.u16s(bytes, body.start)?;
                let [high, low, captured, original] = self.order.u32s(bytes, body.start + 4)?;
                let packet =
                    self.packet(body.start + 20..body.end, interface.into(), [high, low], captured, original)?;
                self.push(bytes, packet, frames, notes);
            }
            block::SIMPLE_PACKET => {
                let packet = self.simple_packet(bytes, body)?;
                self.push(bytes, packet, frames, notes);
            }
            block::SECTION_HEADER => {
                self.interfaces.clear();
                let on = Commented::Section { file: notes.file };
                self.comments(bytes, body.start + 16..body.end, on, notes);
            }
            block::INTERFACE_DESCRIPTION => self.interface(bytes, body, notes)?,
            block::INTERFACE_STATISTICS => {
                let [index] = self.order.u32s(bytes, body.start)?;
                let on = Commented::Interface { file: notes.file, index };
                self.comments(bytes, body.start + 12..body.end, on, notes);
            }
            block::NAME_RESOLUTION => self.names(bytes, body, notes),
            block::DECRYPTION_SECRETS => self.secrets(bytes, body, notes)?,
            _ => {}
        }
        Some(())
    }

    /// `data` is what follows the fixed part of the block: captured bytes, padding, options.
    #[inline]
    fn packet(
        &self,
        data: Range<usize>,
        interface: u32,
        [high, low]: [u32; 2],
        captured: u32,
        original: u32,
    ) -> Option<Packet> {
        let interface = self.interfaces.get(interface as usize)?;
        let end = data.start + captured as usize;
        if captured > MAX_CAPTURED_BYTES || end > data.end {
            return None;
        }
        Some(Packet {
            link: interface.link,
            time: interface.clock.time(u64::from(high) << 32 | u64::from(low)),
            data: data.start..end,
            original,
            options: data.start + padded(captured as usize)..data.end,
        })
    }

    /// A Simple Packet Block belongs to the first interface and has no time: it gets that of the frame before it.
    fn simple_packet(&self, bytes: &[u8], body: Range<usize>) -> Option<Packet> {
        let interface = self.interfaces.first()?;
        let [original] = self.order.u32s(bytes, body.start)?;
        let start = body.start + 4;
        let mut captured = (original as usize).min(body.end.checked_sub(start)?);
        if interface.snaplen_bytes > 0 {
            captured = captured.min(interface.snaplen_bytes as usize);
        }
        let data = start..start + captured.min(MAX_CAPTURED_BYTES as usize);
        Some(Packet { link: interface.link, time: self.last_time, data, original, options: body.end..body.end })
    }

    #[inline]
    fn push(&mut self, bytes: &[u8], packet: Packet, frames: &mut Vec<Frame>, notes: &mut Notes) {
        let id = FrameId(self.frames);
        frames.push(Frame {
            id,
            time: packet.time,
            link: packet.link,
            data: self.span(packet.data),
            original_len_bytes: packet.original,
        });
        self.frames += 1;
        self.last_time = packet.time;
        if !packet.options.is_empty() {
            self.comments(bytes, packet.options, Commented::Frame(id), notes);
        }
    }

    fn interface(&mut self, bytes: &[u8], body: Range<usize>, notes: &mut Notes) -> Option<()> {
        let [link, _reserved] = self.order.u16s(bytes, body.start)?;
        let [snaplen_bytes] = self.order.u32s(bytes, body.start + 4)?;
        if self.interfaces.len() == MAX_INTERFACES {
            notes.problem(ProblemKind::Limit, 0, || {
                format!("more than {MAX_INTERFACES} interfaces in a section; frames of the others are left out")
            });
            return Some(());
        }
        let (mut if_tsresol, mut if_tsoffset) = (None, 0);
        for (code, value) in Values::new(self.order, bytes, body.start + 8..body.end) {
            let value = bytes.get(value)?;
            match code {
                block::IF_TSRESOL => if_tsresol = value.first().copied(),
                block::IF_TSOFFSET => if_tsoffset = value.first_chunk().map_or(0, |&offset| self.order.i64(offset)),
                _ => {}
            }
        }
        let on = Commented::Interface { file: notes.file, index: self.interfaces.len() as u32 };
        self.comments(bytes, body.start + 8..body.end, on, notes);
        let clock = Clock::new(if_tsresol, if_tsoffset);
        self.interfaces.push(Interface { link: LinkType::from_file(link), clock, snaplen_bytes });
        Some(())
    }

    fn comments(&self, bytes: &[u8], options: Range<usize>, on: Commented, notes: &mut Notes) {
        for (code, value) in Values::new(self.order, bytes, options) {
            if code == block::OPT_COMMENT && notes.has_room() {
                notes.comments.push(Comment { on, text: self.span(value) });
            }
        }
    }

    /// Records of an address and one or more names, each ended by a NUL.
    fn names(&self, bytes: &[u8], body: Range<usize>, notes: &mut Notes) {
        for (kind, value) in Values::new(self.order, bytes, body) {
            let record = bytes.get(value.clone()).unwrap_or_default();
            let (address, names) = match kind {
                1 => match record.split_first_chunk::<4>() {
                    Some((&address, names)) => (Ipv4Addr::from(address).into(), names),
                    None => continue,
                },
                2 => match record.split_first_chunk::<16>() {
                    Some((&address, names)) => (Ipv6Addr::from(address).into(), names),
                    None => continue,
                },
                _ => continue,
            };
            let mut start = value.end - names.len();
            for name in names.split(|&byte| byte == 0) {
                if !name.is_empty() && notes.has_room() {
                    notes.names.push(NameResolution { address, name: self.span(start..start + name.len()) });
                }
                start += name.len() + 1;
            }
        }
    }

    fn secrets(&self, bytes: &[u8], body: Range<usize>, notes: &mut Notes) -> Option<()> {
        let [kind, len_bytes] = self.order.u32s(bytes, body.start)?;
        let start = body.start + 8;
        let end = start + len_bytes as usize;
        if end > body.end {
            return None;
        }
        if notes.has_room() {
            notes.secrets.push(Secrets { kind, data: self.span(start..end) });
        }
        Some(())
    }

    fn span(&self, place: Range<usize>) -> Span {
        Span { segment: self.segment, len_bytes: place.len() as u32, start: place.start as u64 }
    }

    /// Moves on to the next place where blocks seem to begin, or to the end of the file.
    #[cold]
    fn resynchronise(&mut self, bytes: &[u8], notes: &mut Notes) {
        let at = self.position;
        let last = bytes.len().min(at + MAX_RESYNC_BYTES);
        let found = (at + 1..last).find(|&place| self.blocks_begin(bytes, place));
        self.position = found.unwrap_or(bytes.len());
        let skipped = self.position - at;
        notes.problem(ProblemKind::DamagedFile, skipped as u64, || {
            let then = if found.is_some() { "read on after" } else { "no block found in the rest of the file:" };
            format!("the block at byte {at} has no plausible length; {then} {skipped} skipped bytes")
        });
    }

    fn blocks_begin(&self, bytes: &[u8], mut at: usize) -> bool {
        let mut order = self.order;
        for _ in 0..RESYNC_BLOCKS {
            match Block::at(bytes, at, order) {
                Ok((block, its_order)) if block.is_known() => (at, order) = (block.end(), its_order),
                _ => return false,
            }
            if bytes.len() - at < BLOCK_FRAME_BYTES {
                return true;
            }
        }
        true
    }
}
