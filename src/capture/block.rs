//! The framing of pcapng: blocks, and the options inside them. Source: draft-ietf-opsawg-pcapng sections 3 and 4.

use std::ops::Range;

use super::bytes::Order;

pub(super) const SECTION_HEADER: u32 = 0x0a0d_0d0a;
pub(super) const INTERFACE_DESCRIPTION: u32 = 1;
/// Obsolete, but still met.
pub(super) const PACKET: u32 = 2;
pub(super) const SIMPLE_PACKET: u32 = 3;
pub(super) const NAME_RESOLUTION: u32 = 4;
pub(super) const INTERFACE_STATISTICS: u32 = 5;
pub(super) const ENHANCED_PACKET: u32 = 6;
pub(super) const DECRYPTION_SECRETS: u32 = 10;

pub(super) const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// Block type and length before the body, the length again behind it.
pub(super) const BLOCK_FRAME_BYTES: usize = 12;

/// The longest block that is believed: Wireshark's limit for all but packets (`MAX_BLOCK_SIZE`), far above any frame.
pub(super) const MAX_BLOCK_BYTES: usize = 16 << 20;

pub(super) const OPT_COMMENT: u16 = 1;
pub(super) const IF_NAME: u16 = 2;
pub(super) const IF_TSRESOL: u16 = 9;
pub(super) const IF_FILTER: u16 = 11;
pub(super) const IF_TSOFFSET: u16 = 14;
/// Packets that the interface received, since the capture began.
pub(super) const ISB_IFRECV: u16 = 4;
/// Packets that were dropped, by the interface and by the operating system.
pub(super) const ISB_IFDROP: u16 = 5;
pub(super) const ISB_OSDROP: u16 = 7;

/// A whole block of the file.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub kind: u32,
    /// Where its body lies in the file.
    pub body: Range<usize>,
}

/// Why there is no block at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoBlock {
    /// The file ends inside it.
    Cut,
    /// Its two lengths are absurd or contradict each other.
    Damaged,
}

impl Block {
    /// The block that begins at `at`; in `order`, unless it is a section header, which tells its own.
    #[inline]
    pub fn at(bytes: &[u8], at: usize, order: Order) -> Result<(Block, Order), NoBlock> {
        let [kind, mut len_bytes] = order.u32s(bytes, at).ok_or(NoBlock::Cut)?;
        let mut order = order;
        if kind == SECTION_HEADER {
            order = section_order(bytes, at)?;
            [_, len_bytes] = order.u32s::<2>(bytes, at).ok_or(NoBlock::Cut)?;
        }
        let len_bytes = len_bytes as usize;
        if !(BLOCK_FRAME_BYTES..=MAX_BLOCK_BYTES).contains(&len_bytes) {
            return Err(NoBlock::Damaged);
        }
        let end = at + len_bytes;
        let [repeated] = order.u32s(bytes, end - 4).ok_or(NoBlock::Cut)?;
        if repeated as usize != len_bytes {
            return Err(NoBlock::Damaged);
        }
        Ok((Block { kind, body: at + 8..end - 4 }, order))
    }

    pub fn end(&self) -> usize {
        self.body.end + 4
    }

    /// Whether the type is one that files are known to hold: what counts as a block when one is searched for.
    pub fn is_known(&self) -> bool {
        matches!(self.kind, SECTION_HEADER | 1..=12 | 0xbad | 0x4000_0bad)
    }
}

/// The byte order of the section whose header stands at `at`.
pub(super) fn section_order(bytes: &[u8], at: usize) -> Result<Order, NoBlock> {
    let [magic] = Order::Little.u32s(bytes, at + 8).ok_or(NoBlock::Cut)?;
    match magic {
        BYTE_ORDER_MAGIC => Ok(Order::Little),
        _ if magic.swap_bytes() == BYTE_ORDER_MAGIC => Ok(Order::Big),
        _ => Err(NoBlock::Damaged),
    }
}

/// A list of type, length and value, each value padded to four bytes, ended by type 0 or the end of the range. Options
/// have this form, and so have the records of a Name Resolution Block. Yields type and place of the value; stops where
/// a value does not fit.
pub(super) struct Values<'a> {
    order: Order,
    bytes: &'a [u8],
    rest: Range<usize>,
}

impl<'a> Values<'a> {
    pub fn new(order: Order, bytes: &'a [u8], rest: Range<usize>) -> Values<'a> {
        Values { order, bytes, rest }
    }
}

impl Iterator for Values<'_> {
    type Item = (u16, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.rest.start + 4;
        if start > self.rest.end {
            return None;
        }
        let [kind, len_bytes] = self.order.u16s(self.bytes, self.rest.start)?;
        let end = start + usize::from(len_bytes);
        if kind == 0 || end > self.rest.end {
            self.rest.start = self.rest.end;
            return None;
        }
        self.rest.start = start + padded(usize::from(len_bytes));
        Some((kind, start..end))
    }
}

/// `len_bytes` rounded up to the next multiple of four.
pub(super) fn padded(len_bytes: usize) -> usize {
    len_bytes.next_multiple_of(4)
}
