//! Classic pcap: a file header of 24 bytes, then records of a 16-byte header and the captured bytes.
//!
//! In comes the whole file as a slice; out come [`Frame`]s. Source: draft-ietf-opsawg-pcap, and `pcap-savefile(5)`.
//!
//! The record headers are walked by hand. A library decoder would have to hand back where in the file its slices lie
//! and why it stopped; four numbers per record are less code than asking it.

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

impl Record {
    #[inline]
    fn fits(&self, bytes: &[u8], start: usize) -> bool {
        self.captured <= MAX_CAPTURED_BYTES && start + self.captured as usize <= bytes.len()
    }
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
                Some(record) if record.fits(bytes, start) => {
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
                damaged => self.step_over(bytes, damaged, notes),
            }
        }
    }

    #[inline]
    fn record(&self, bytes: &[u8], at: usize) -> Option<Record> {
        let [seconds, fraction, captured, original] = self.variant.order.u32s(bytes, at)?;
        Some(Record { seconds, fraction, captured, original })
    }

    /// Moves on from a record that is damaged or cut: to the next place where records seem to begin, or to the end.
    #[cold]
    fn step_over(&mut self, bytes: &[u8], damaged: Option<Record>, notes: &mut Notes) {
        let at = self.position;
        let last = bytes.len().min(at + MAX_RESYNC_BYTES);
        let found = (at + 1..last).find(|&place| self.records_begin(bytes, place));
        self.position = found.unwrap_or(bytes.len());
        let skipped = self.position - at;
        match damaged {
            Some(Record { captured, .. }) if found.is_some() || captured > MAX_CAPTURED_BYTES => {
                notes.problem(ProblemKind::DamagedFile, skipped as u64, || {
                    format!("the record at byte {at} claims {captured} captured bytes; {skipped} bytes are left out")
                });
            }
            _ => notes.problem(ProblemKind::TruncatedFile, skipped as u64, || {
                format!("cut {skipped} bytes into the record at byte {at}")
            }),
        }
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

#[cfg(test)]
mod tests {
    use super::super::testing::{Bytes, Seen, read, seen};
    use super::*;

    fn three(order: Order) -> Bytes {
        Bytes::new(order)
            .file_header(0xa1b2_c3d4, 1)
            .record(1_700_000_000, 5, b"first", 5)
            .record(1_700_000_001, 6, b"", 0)
            .record(1_700_000_002, 7, b"thi", 2_000)
    }

    fn frames_of_three() -> Vec<Seen> {
        vec![
            seen(1_700_000_000_000_005_000, LinkType::ETHERNET, b"first"),
            seen(1_700_000_001_000_006_000, LinkType::ETHERNET, b""),
            Seen { original_len_bytes: 2_000, ..seen(1_700_000_002_000_007_000, LinkType::ETHERNET, b"thi") },
        ]
    }

    #[test]
    fn a_little_endian_file_byte_by_byte() {
        let bytes = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x65\0\0\0\
                      \x01\0\0\0\x02\0\0\0\x01\0\0\0\x03\0\0\0\x45";
        let whole = read(bytes).unwrap();
        assert_eq!(whole.frames, [Seen { original_len_bytes: 3, ..seen(1_000_002_000, LinkType::RAW, b"\x45") }]);
    }

    #[test]
    fn both_byte_orders() {
        for order in [Order::Little, Order::Big] {
            let whole = read(&three(order).bytes).unwrap();
            assert_eq!((whole.problem_kinds(), whole.frames), (vec![], frames_of_three()));
        }
    }

    #[test]
    fn nanoseconds_and_the_variant_with_long_records() {
        for order in [Order::Little, Order::Big] {
            let nano = Bytes::new(order).file_header(0xa1b2_3c4d, 113).record(1, 999_999_999, b"n", 1);
            assert_eq!(read(&nano.bytes).unwrap().frames, [seen(1_999_999_999, LinkType::LINUX_SLL, b"n")]);

            let long = Bytes::new(order).file_header(0xa1b2_cd34, 1);
            let long = long.u32(1).u32(2).u32(4).u32(4).raw(&[9; 8]).raw(b"long");
            assert_eq!(read(&long.bytes).unwrap().frames, [seen(1_000_002_000, LinkType::ETHERNET, b"long")]);
        }
    }

    #[test]
    fn the_upper_half_of_the_link_type_field_is_no_link_type() {
        let with_fcs = Bytes::new(Order::Little).file_header(0xa1b2_c3d4, 0x2400_0001).record(0, 0, b"x", 1);
        assert_eq!(read(&with_fcs.bytes).unwrap().frames[0].link, LinkType::ETHERNET);
    }

    #[test]
    fn cut_anywhere_a_file_gives_a_prefix_of_its_frames_and_says_so() {
        let whole = three(Order::Big).bytes;
        // Behind the file header and behind each record, nothing is missing.
        let ends = [24, 45, 61, 80];
        for len in 4..whole.len() {
            let read = read(&whole[..len]).unwrap();
            let expected = ends.iter().filter(|&&end| end <= len).count().saturating_sub(1);
            assert_eq!(read.frames, frames_of_three()[..expected], "cut at {len}");
            let cut: &[_] = if ends.contains(&len) { &[] } else { &[ProblemKind::TruncatedFile] };
            assert_eq!(read.problem_kinds(), cut, "cut at {len}");
        }
    }

    #[test]
    fn the_place_of_a_cut_is_told() {
        let whole = three(Order::Little).bytes;
        let problems = read(&whole[..60]).unwrap().problems();
        assert!(problems[0].detail.ends_with("/capture: cut 15 bytes into the record at byte 45"), "{problems:?}");
    }

    #[test]
    fn reading_goes_on_behind_a_damaged_record() {
        let mut damaged = three(Order::Little);
        let at = damaged.bytes.len();
        damaged = damaged.record(1_700_000_003, 0, b"damaged", 7);
        for i in 0..5 {
            damaged = damaged.record(1_700_000_004 + i, 0, b"good again", 10);
        }
        // The captured length of the fourth record.
        damaged.bytes[at + 8..at + 12].copy_from_slice(b"\xff\xff\xff\xff");
        let whole = read(&damaged.bytes).unwrap();
        assert_eq!(whole.frames.len(), 3 + 5);
        assert_eq!(whole.frames[3].data, b"good again");
        let problems = whole.problems();
        assert_eq!((problems.len(), problems[0].kind, problems[0].bytes), (1, ProblemKind::DamagedFile, 16 + 7));
        assert!(problems[0].detail.contains("the record at byte 80 claims 4294967295 captured bytes"), "{problems:?}");
    }

    #[test]
    fn damage_without_end_is_reported_and_over() {
        let mut bytes = three(Order::Little).bytes;
        bytes.extend([0xff; 5_000]);
        let whole = read(&bytes).unwrap();
        assert_eq!((whole.frames, whole.summary.problems.finish()[0].bytes), (frames_of_three(), 5_000));
    }
    proptest::proptest! {
        #[test]
        fn no_bytes_panic(big: bool, flips in proptest::collection::vec((0usize..200, 0u8..), 0..10)) {
            let order = if big { Order::Big } else { Order::Little };
            let mut bytes = three(order).record(1_700_000_003, 0, &[1; 60], 60).bytes;
            for (place, value) in flips {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte = value;
                }
            }
            if let Ok(whole) = read(&bytes) {
                // A zero-length record is 16 bytes.
                proptest::prop_assert!(whole.frames.len() <= (bytes.len() - 24) / 16);
            }
        }
    }
}
