//! pcapng: sections of blocks, in either byte order, with any number of interfaces.
//!
//! In comes the whole file as a slice; out come [`Frame`]s, and what else the file tells as [`Notes`]. Source:
//! draft-ietf-opsawg-pcapng.
//!
//! Blocks are walked by hand rather than with the crate `pcap-parser`, for three reasons: that allocates a list for the
//! options of every packet; it reports damage without the place and the extent, which the user is to be told and from
//! which reading must go on; and it returns slices, where a [`Span`] needs offsets. The tests hold the two against each
//! other.

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
    /// Where the section begins that is being read.
    section: usize,
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
        let interfaces = vec![];
        Pcapng { order: Order::Little, interfaces, segment, position: 0, section: 0, frames: 0, last_time: Time(0) }
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
                Err(why) => self.step_over(bytes, why, notes),
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
                self.section = body.start;
                let on = Commented::Section { file: notes.file };
                self.comments(bytes, body.start + 16..body.end, on, notes);
            }
            block::INTERFACE_DESCRIPTION => self.interface(bytes, body, notes)?,
            block::INTERFACE_STATISTICS => {
                let [index] = self.order.u32s(bytes, body.start)?;
                let on = Commented::Interface { file: notes.file, index };
                self.comments(bytes, body.start + 12..body.end, on, notes);
                self.statistics(bytes, body.start + 12..body.end, index, notes);
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
        let options = body.start + 8..body.end;
        if options.start > options.end {
            return None;
        }
        let [link, _reserved] = self.order.u16s(bytes, body.start)?;
        let [snaplen_bytes] = self.order.u32s(bytes, body.start + 4)?;
        if self.interfaces.len() == MAX_INTERFACES {
            notes.problem(ProblemKind::Limit, 0, || {
                format!("more than {MAX_INTERFACES} interfaces in a section; frames of the others are left out")
            });
            return Some(());
        }
        let (mut if_tsresol, mut if_tsoffset) = (None, 0);
        for (code, value) in Values::new(self.order, bytes, options.clone()) {
            let value = bytes.get(value)?;
            match code {
                block::IF_TSRESOL => if_tsresol = value.first().copied(),
                block::IF_TSOFFSET => if_tsoffset = value.first_chunk().map_or(0, |&offset| self.order.i64(offset)),
                _ => {}
            }
        }
        let on = Commented::Interface { file: notes.file, index: self.interfaces.len() as u32 };
        self.comments(bytes, options, on, notes);
        let clock = Clock::new(if_tsresol, if_tsoffset);
        self.interfaces.push(Interface { link: LinkType::from_file(link), clock, snaplen_bytes });
        Some(())
    }

    /// What an Interface Statistics Block counts; of its two counters of lost packets, programs write either.
    fn statistics(&self, bytes: &[u8], options: Range<usize>, interface: u32, notes: &mut Notes) {
        let counter = |(code, value): (u16, Range<usize>)| match code {
            block::ISB_IFDROP | block::ISB_OSDROP => {
                let value = *bytes.get(value)?.first_chunk()?;
                // All ones: not known.
                Some(self.order.i64(value) as u64).filter(|packets| *packets != u64::MAX)
            }
            _ => None,
        };
        let dropped = Values::new(self.order, bytes, options).filter_map(counter).fold(0, u64::saturating_add);
        notes.dropped(self.section, interface, dropped);
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

    /// Moves on from a block that is damaged or cut: to the next place where blocks seem to begin, or to the end.
    #[cold]
    fn step_over(&mut self, bytes: &[u8], why: NoBlock, notes: &mut Notes) {
        let at = self.position;
        let last = bytes.len().min(at + MAX_RESYNC_BYTES);
        let found = (at + 1..last).find(|&place| self.blocks_begin(bytes, place));
        self.position = found.unwrap_or(bytes.len());
        let skipped = self.position - at;
        if found.is_none() && why == NoBlock::Cut {
            notes.problem(ProblemKind::TruncatedFile, skipped as u64, || {
                format!("cut {skipped} bytes into the block at byte {at}")
            });
        } else {
            notes.problem(ProblemKind::DamagedFile, skipped as u64, || {
                format!("the lengths of the block at byte {at} make no sense; {skipped} bytes are left out")
            });
        }
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

#[cfg(test)]
mod tests {
    use super::super::testing::{Bytes, Seen, read, seen};
    use super::*;

    fn no_options(body: Bytes) -> Bytes {
        body
    }

    /// Two interfaces of different link types and clocks.
    fn two_interfaces(order: Order) -> Bytes {
        Bytes::new(order)
            .section()
            .interface(1, no_options)
            .interface(101, |body| body.option(9, &[9]).option(14, &7i64.to_ne_bytes()).option(0, &[]))
    }

    #[test]
    fn a_big_endian_file_byte_by_byte() {
        let bytes = b"\x0a\x0d\x0d\x0a\0\0\0\x1c\x1a\x2b\x3c\x4d\0\x01\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\x1c\
                      \0\0\0\x01\0\0\0\x14\0\x71\0\0\0\0\0\0\0\0\0\x14\
                      \0\0\0\x06\0\0\0\x24\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x09abc\0\0\0\0\x24";
        let whole = read(bytes).unwrap();
        let expected = Seen { original_len_bytes: 9, ..seen(((1 << 32) + 2) * 1_000, LinkType::LINUX_SLL, b"abc") };
        assert_eq!((&whole.frames, whole.problem_kinds()), (&vec![expected], vec![]));
    }

    #[test]
    fn each_interface_has_its_link_type_and_clock_and_each_section_its_byte_order() {
        let mut bytes = vec![];
        for order in [Order::Little, Order::Big] {
            let offset = |body: Bytes| body.option(9, &[9]).u16(14).u16(8).i64(7).option(0, &[]);
            let section = Bytes::new(order)
                .section()
                .interface(1, no_options)
                .interface(101, offset)
                .packet(1, 5, b"raw", no_options)
                .packet(0, 6, b"ethernet", no_options);
            bytes.extend(section.bytes);
        }
        let section = [seen(7_000_000_005, LinkType::RAW, b"raw"), seen(6_000, LinkType::ETHERNET, b"ethernet")];
        let whole = read(&bytes).unwrap();
        assert_eq!((whole.frames, whole.ids), ([section.clone(), section].concat(), vec![0, 1, 2, 3]));
        assert_eq!(whole.summary.links, [LinkType::RAW, LinkType::ETHERNET]);
    }

    #[test]
    fn interfaces_end_with_their_section() {
        let bytes = two_interfaces(Order::Little).section().packet(0, 1, b"lost", no_options).bytes;
        let whole = read(&bytes).unwrap();
        assert_eq!((whole.frames.len(), whole.problem_kinds()), (0, vec![ProblemKind::DamagedFile]));
    }

    #[test]
    fn simple_and_obsolete_packet_blocks() {
        let bytes = Bytes::new(Order::Little).section();
        // Snap length 4.
        let interface = bytes.body().u16(1).u16(0).u32(4);
        let obsolete = bytes.body().u16(0).u16(9).u32(0).u32(3).u32(2).u32(8).padded(b"ob");
        let simple = bytes.body().u32(6).raw(b"simp");
        let bytes = bytes.block(1, interface).block(2, obsolete).block(3, simple).bytes;
        let whole = read(&bytes).unwrap();
        let expected = [
            Seen { original_len_bytes: 8, ..seen(3_000, LinkType::ETHERNET, b"ob") },
            Seen { original_len_bytes: 6, ..seen(3_000, LinkType::ETHERNET, b"simp") },
        ];
        assert_eq!((&whole.frames[..], whole.problem_kinds()), (&expected[..], vec![]));
    }

    #[test]
    fn comments_names_and_secrets_are_kept() {
        for order in [Order::Little, Order::Big] {
            let bytes = Bytes::new(order);
            let section = bytes.body().u32(block::BYTE_ORDER_MAGIC).u16(1).u16(0).i64(-1).option(1, "größe".as_bytes());
            let names = bytes
                .body()
                .option(1, b"\x0a\0\0\x01alice\0www.alice\0")
                .option(2, b"\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x02bob\0")
                .option(0, b"");
            let secrets = bytes.body().u32(Secrets::TLS_KEY_LOG).u32(5).padded(b"CLIEN");
            let comments =
                |body: Bytes| body.option(2, &[0, 0, 0, 1]).option(1, b"one").option(1, b"two").option(0, b"");
            let bytes = bytes
                .block(block::SECTION_HEADER, section)
                .interface(1, |body| body.option(1, b"an interface").option(9, &[6]).option(0, b""))
                .packet(0, 1, b"plain", no_options)
                .packet(0, 2, b"with comments", comments)
                .block(0x0000_0bad, names.body().u32(32_473).raw(b"unknown!"))
                .block(block::NAME_RESOLUTION, names)
                .block(block::DECRYPTION_SECRETS, secrets)
                .bytes;
            let whole = read(&bytes).unwrap();
            assert_eq!((whole.frames.len(), whole.problem_kinds()), (2, vec![]));
            let summary = &whole.summary;
            let comments: Vec<_> =
                summary.comments.iter().map(|c| (c.on, whole.store.text(c.text).into_owned())).collect();
            let expected = [
                (Commented::Section { file: 0 }, "größe"),
                (Commented::Interface { file: 0, index: 0 }, "an interface"),
                (Commented::Frame(FrameId(1)), "one"),
                (Commented::Frame(FrameId(1)), "two"),
            ];
            assert_eq!(comments, expected.map(|(on, text)| (on, text.to_string())));
            let names: Vec<_> =
                summary.names.iter().map(|n| format!("{} {}", n.address, whole.store.text(n.name))).collect();
            assert_eq!(names, ["10.0.0.1 alice", "10.0.0.1 www.alice", "fe80::2 bob"]);
            assert_eq!(summary.secrets.len(), 1);
            assert_eq!(summary.secrets[0].kind, Secrets::TLS_KEY_LOG);
            assert_eq!(whole.store.bytes(summary.secrets[0].data), b"CLIEN");
        }
    }

    #[test]
    fn cut_anywhere_a_file_gives_a_prefix_of_its_frames_and_says_so() {
        let head = two_interfaces(Order::Big).bytes.len();
        let mut file = two_interfaces(Order::Big);
        let mut ends = vec![28, 48, head];
        for ticks in 0..3 {
            file = file.packet(0, ticks, b"some bytes", |body| body.option(1, b"comment").option(0, b""));
            ends.push(file.bytes.len());
        }
        let all = read(&file.bytes).unwrap().frames;
        for len in 4..file.bytes.len() {
            let read = read(&file.bytes[..len]).unwrap();
            let expected = ends[3..].iter().filter(|&&end| end <= len).count();
            assert_eq!(read.frames, all[..expected], "cut at {len}");
            let cut: &[_] = if ends.contains(&len) { &[] } else { &[ProblemKind::TruncatedFile] };
            assert_eq!(read.problem_kinds(), cut, "cut at {len}");
        }
    }

    #[test]
    fn reading_goes_on_behind_a_damaged_block() {
        let start = two_interfaces(Order::Little);
        let at = start.bytes.len();
        let file = start.packet(0, 1, b"damaged", no_options).packet(0, 2, b"good", no_options).packet(
            1,
            3,
            b"good too",
            no_options,
        );
        let skipped = 32 + 8;
        // Either length of the block, its type together with its length, and a length that points beyond the file.
        for (place, damage) in [
            (4, &b"\x31"[..]),
            (4, b"\xff\xff\xff\x7f"),
            (4, b"\0\0\x01"),
            (skipped - 4, b"\0"),
            (0, b"\xff\xff\xff\xff\0"),
        ] {
            let mut bytes = file.bytes.clone();
            bytes[at + place..at + place + damage.len()].copy_from_slice(damage);
            let whole = read(&bytes).unwrap();
            let data: Vec<_> = whole.frames.iter().map(|frame| frame.data.as_slice()).collect();
            assert_eq!(data, [&b"good"[..], b"good too"], "damage {damage:?} at {place}");
            let problems = whole.problems();
            assert_eq!((problems[0].kind, problems[0].bytes), (ProblemKind::DamagedFile, skipped as u64));
            assert!(problems[0].detail.contains(&format!("the block at byte {at}")), "{problems:?}");
        }
    }

    #[test]
    fn a_packet_longer_than_its_block_is_left_out_and_the_next_is_read() {
        let start = two_interfaces(Order::Little);
        let at = start.bytes.len();
        let mut bytes = start.packet(0, 1, b"damaged", no_options).packet(0, 2, b"good", no_options).bytes;
        bytes[at + 20] = 9;
        let whole = read(&bytes).unwrap();
        assert_eq!((whole.frames.len(), whole.problem_kinds()), (1, vec![ProblemKind::DamagedFile]));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(big: bool, flips in proptest::collection::vec((0usize..400, 0u8..), 0..20)) {
            let order = if big { Order::Big } else { Order::Little };
            let mut bytes = two_interfaces(order)
                .packet(0, 1, b"some", |body| body.option(1, b"comment"))
                .block(block::NAME_RESOLUTION, Bytes::new(order).option(1, b"\x0a\0\0\x01alice\0"))
                .block(block::DECRYPTION_SECRETS, Bytes::new(order).u32(1).u32(4).raw(b"keys"))
                .block(block::SIMPLE_PACKET, Bytes::new(order).u32(4).raw(b"data"))
                .packet(1, 1, b"bytes", no_options)
                .bytes;
            for (place, value) in flips {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte = value;
                }
            }
            if let Ok(whole) = read(&bytes) {
                proptest::prop_assert!(whole.frames.len() <= 3);
            }
        }
    }
}
