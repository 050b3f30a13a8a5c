//! Classic pcap: a file header of 24 bytes, then records of a 16-byte header and the captured bytes.
//!
//! In comes the whole file as a slice; out come [`Frame`]s. Source: draft-ietf-opsawg-pcap, and `pcap-savefile(5)`.
//!
//! The record headers are walked by hand. A library decoder would have to hand back where in the file its slices lie and
//! why it stopped; four numbers per record are less code than asking it.

use super::bytes::Order;
use super::notes::Notes;
use super::walk::{Limit, MAX_CAPTURED_BYTES, MAX_RESYNC_BYTES};
use super::{Frame, FrameId, LinkType, ProblemKind, Span, Time};

const FILE_HEADER_BYTES: usize = 24;

/// Records in a row that must look right before a place in a damaged file is believed to be a record's beginning.
const RESYNC_RECORDS: usize = 3;

/// How far apart in time neighbours may lie when the next record is searched for in a damaged file.
const RESYNC_SECONDS: u32 = 366 * 24 * 3600;

/// What the first four bytes of a classic pcap file tell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variant {
    order: Order,
    nanos_per_unit: i64,
    record_header_bytes: usize,
}

impl Variant {
    pub fn of(first_bytes: &[u8]) -> Option<Variant> {
        let &magic = first_bytes.first_chunk::<4>()?;
        [Order::Big, Order::Little].into_iter().find_map(|order| {
            let (nanos_per_unit, record_header_bytes) = match order.u32(magic) {
                0xa1b2_c3d4 => (1_000, 16),
                0xa1b2_3c4d => (1, 16),
                // Kuznetsov's variant: interface index, protocol and packet type follow the four usual numbers.
                0xa1b2_cd34 => (1_000, 24),
                _ => return None,
            };
            Some(Variant { order, nanos_per_unit, record_header_bytes })
        })
    }
}

/// Walks the records of one file.
#[derive(Clone)]
pub(super) struct Classic {
    variant: Variant,
    link: LinkType,
    segment: u32,
    position: usize,
    frames: u32,
    last_seconds: u32,
}

/// The header of one record.
struct Record {
    seconds: u32,
    fraction: u32,
    captured: u32,
    original: u32,
}

impl Classic {
    pub fn new(variant: Variant, bytes: &[u8], segment: u32, notes: &mut Notes) -> Classic {
        let (link, position) = match variant.order.u32s::<1>(bytes, 20) {
            Some([link]) => (LinkType::from_file(link as u16), FILE_HEADER_BYTES),
            None => {
                notes.problem(ProblemKind::TruncatedFile, 0, || format!("cut {} bytes into the header", bytes.len()));
                (LinkType::NULL, bytes.len())
            }
        };
        Classic { variant, link, segment, position, frames: 0, last_seconds: 0 }
    }

    pub fn position(&self) -> usize {
        self.position
    }

    /// Appends frames until `limit` is reached or the file ends.
    pub fn fill(&mut self, bytes: &[u8], limit: Limit, frames: &mut Vec<Frame>, notes: &mut Notes) {
        let stop = self.position.saturating_add(limit.bytes);
        while frames.len() < limit.frames && self.position < stop.min(bytes.len()) {
            let start = self.position + self.variant.record_header_bytes;
            match self.record(bytes, self.position) {
                Some(record) if record.captured > MAX_CAPTURED_BYTES => self.resynchronise(bytes, record, notes),
                Some(record) if record.captured as usize <= bytes.len().saturating_sub(start) => {
                    let nanos = i64::from(record.seconds) * 1_000_000_000
                        + i64::from(record.fraction) * self.variant.nanos_per_unit;
                    frames.push(Frame {
                        id: FrameId(self.frames),
                        time: Time(nanos),
                        link: self.link,
                        data: Span { segment: self.segment, len_bytes: record.captured, start: start as u64 },
                        original_len_bytes: record.original,
                    });
                    self.frames += 1;
                    self.last_seconds = record.seconds;
                    self.position = start + record.captured as usize;
                }
                _ => {
                    let (at, cut) = (self.position, bytes.len() - self.position);
                    notes.problem(ProblemKind::TruncatedFile, cut as u64, || {
                        format!("cut {cut} bytes into the record at byte {at}")
                    });
                    self.position = bytes.len();
                }
            }
        }
    }

    #[inline]
    fn record(&self, bytes: &[u8], at: usize) -> Option<Record> {
        let [seconds, fraction, captured, original] = self.variant.order.u32s(bytes, at)?;
        Some(Record { seconds, fraction, captured, original })
    }

    /// Moves on to the next place where records seem to begin, or to the end of the file.
    #[cold]
    fn resynchronise(&mut self, bytes: &[u8], damaged: Record, notes: &mut Notes) {
        let at = self.position;
        let last = bytes.len().min(at + MAX_RESYNC_BYTES);
        let found = (at + 1..last).find(|&place| self.records_begin(bytes, place));
        self.position = found.unwrap_or(bytes.len());
        let skipped = self.position - at;
        notes.problem(ProblemKind::DamagedFile, skipped as u64, || {
            let then = if found.is_some() { "read on after" } else { "no record found in the rest of the file:" };
            format!(
                "the record at byte {at} claims {} captured bytes; {then} {skipped} skipped bytes",
                damaged.captured
            )
        });
    }

    fn records_begin(&self, bytes: &[u8], mut at: usize) -> bool {
        for _ in 0..RESYNC_RECORDS {
            let Some(record) = self.record(bytes, at).filter(|record| self.is_plausible(record)) else { return false };
            at += self.variant.record_header_bytes + record.captured as usize;
            if at == bytes.len() {
                return true;
            }
        }
        at < bytes.len()
    }

    fn is_plausible(&self, record: &Record) -> bool {
        (1..=MAX_CAPTURED_BYTES).contains(&record.captured)
            && (record.captured..=MAX_CAPTURED_BYTES).contains(&record.original)
            && i64::from(record.fraction) * self.variant.nanos_per_unit < 1_000_000_000
            && (self.frames == 0 || record.seconds.abs_diff(self.last_seconds) < RESYNC_SECONDS)
    }
}
