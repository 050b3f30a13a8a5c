//! Writing pcapng.
//!
//! In come frames with their link types, times and comments; out goes one little-endian section with nanosecond times,
//! and one interface per link type or those that were described. Source: draft-ietf-opsawg-pcapng. Written by hand: the crate `pcap-parser`
//! serialises block by block into lists of options it owns, which is more to set up than the bytes themselves.

use std::io::{self, Write};
use std::path::Path;

use super::atomic::AtomicFile;
use super::block::{self, BLOCK_FRAME_BYTES, MAX_BLOCK_BYTES, padded};
use super::walk::MAX_CAPTURED_BYTES;
use super::{LinkType, Time};

const SHB_USERAPPL: u16 = 4;
const END_OF_OPTIONS: u16 = 0;

/// Time stamps are unsigned: frames before 1970 get an interface whose clock begins with the earliest [`Time`] there
/// is.
const EARLIEST_SECONDS: i64 = i64::MIN.div_euclid(1_000_000_000);

/// A device whose frames are written as those of one interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceNumber(u32);

/// Writes a pcapng file, block by block.
pub struct PcapngWriter<W: Write> {
    out: W,
    /// Link type and `if_tsoffset` of the interfaces that there are so far; `None` of those that take the frames of one device.
    interfaces: Vec<Option<(LinkType, i64)>>,
    /// The body of the block that is being put together.
    body: Vec<u8>,
}

impl PcapngWriter<AtomicFile> {
    /// Writes to a file that appears at `path` with [`PcapngWriter::save`].
    pub fn create(path: &Path) -> io::Result<Self> {
        PcapngWriter::new(AtomicFile::create(path)?)
    }

    pub fn save(self) -> io::Result<()> {
        self.finish()?.save()
    }
}

impl<W: Write> PcapngWriter<W> {
    /// Begins the section. `out` is written to in small pieces and should be buffered.
    pub fn new(out: W) -> io::Result<Self> {
        let mut writer = PcapngWriter { out, interfaces: vec![], body: vec![] };
        writer.body.extend(block::BYTE_ORDER_MAGIC.to_le_bytes());
        // Version 1.0, and a section length of -1: not known.
        writer.body.extend([1, 0, 0, 0]);
        writer.body.extend((-1i64).to_le_bytes());
        writer.option(SHB_USERAPPL, concat!("rcshark ", env!("CARGO_PKG_VERSION")).as_bytes());
        writer.option(END_OF_OPTIONS, &[]);
        writer.block(block::SECTION_HEADER)?;
        Ok(writer)
    }

    /// Writes one frame. A comment longer than an option can hold (65,535 bytes) is cut.
    ///
    /// # Errors
    /// Those of writing, and `InvalidInput` for what no reader would believe: a frame of more than 1 MiB, or one that
    /// makes more than 16 MiB together with its comments.
    pub fn frame(
        &mut self,
        time: Time,
        link: LinkType,
        data: &[u8],
        original_len_bytes: u32,
        comments: &[&str],
    ) -> io::Result<()> {
        captured_len(data)?;
        let offset_seconds = if time.0 < 0 { EARLIEST_SECONDS } else { 0 };
        let interface = self.interface(link, offset_seconds)?;
        let ticks = (i128::from(time.0) - i128::from(offset_seconds) * 1_000_000_000) as u64;
        self.packet(interface, ticks, data, original_len_bytes, comments)
    }

    /// Describes a device, and gives its number; `snaplen_bytes` and `filter` are those it is captured with.
    pub fn device(
        &mut self,
        link: LinkType,
        name: &str,
        snaplen_bytes: u32,
        filter: Option<&str>,
    ) -> io::Result<DeviceNumber> {
        self.body.extend(link.0.to_le_bytes());
        self.body.extend([0; 2]);
        self.body.extend(snaplen_bytes.to_le_bytes());
        self.option(block::IF_NAME, name.as_bytes());
        self.option(block::IF_TSRESOL, &[9]);
        if let Some(filter) = filter {
            // The first byte tells that a libpcap expression follows.
            self.option(block::IF_FILTER, &[&[0], cut(filter, u16::MAX as usize - 1).as_bytes()].concat());
        }
        self.option(END_OF_OPTIONS, &[]);
        self.block(block::INTERFACE_DESCRIPTION)?;
        self.interfaces.push(None);
        Ok(DeviceNumber(self.interfaces.len() as u32 - 1))
    }

    /// Writes one frame of a device. Errors are those of [`PcapngWriter::frame`]; times before 1970 become 1970.
    pub fn device_frame(
        &mut self,
        device: DeviceNumber,
        time: Time,
        data: &[u8],
        original_len_bytes: u32,
    ) -> io::Result<()> {
        self.packet(device.0, time.0.max(0) as u64, data, original_len_bytes, &[])
    }

    /// Tells how many packets a device has received and how many of them were dropped, since its capture began.
    pub fn statistics(&mut self, device: DeviceNumber, time: Time, received: u64, dropped: u64) -> io::Result<()> {
        let ticks = time.0.max(0) as u64;
        for number in [device.0, (ticks >> 32) as u32, ticks as u32] {
            self.body.extend(number.to_le_bytes());
        }
        self.option(block::ISB_IFRECV, &received.to_le_bytes());
        self.option(block::ISB_IFDROP, &dropped.to_le_bytes());
        self.option(END_OF_OPTIONS, &[]);
        self.block(block::INTERFACE_STATISTICS)
    }

    fn packet(
        &mut self,
        interface: u32,
        ticks: u64,
        data: &[u8],
        original_len_bytes: u32,
        comments: &[&str],
    ) -> io::Result<()> {
        let captured = captured_len(data)?;
        for number in [interface, (ticks >> 32) as u32, ticks as u32, captured, original_len_bytes] {
            self.body.extend(number.to_le_bytes());
        }
        self.padded(data);
        for comment in comments {
            self.option(block::OPT_COMMENT, cut(comment, u16::MAX.into()).as_bytes());
        }
        if !comments.is_empty() {
            self.option(END_OF_OPTIONS, &[]);
        }
        self.block(block::ENHANCED_PACKET)
    }

    /// Writes a Decryption Secrets Block; it should come before the frames it is for. `kind` as in
    /// [`super::Secrets::kind`]. More than 16 MiB are `InvalidInput`.
    pub fn secrets(&mut self, kind: u32, data: &[u8]) -> io::Result<()> {
        // Where the cast would lose something, the block is refused.
        let len_bytes = data.len() as u32;
        self.body.extend(kind.to_le_bytes());
        self.body.extend(len_bytes.to_le_bytes());
        self.padded(data);
        self.block(block::DECRYPTION_SECRETS)
    }

    /// What was written to. After each call of another method it has got whole blocks.
    #[cfg(feature = "pcap")]
    pub(super) fn out_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// Ends the file and gives back where it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    /// The number of the interface for these frames, described when the first of them comes.
    fn interface(&mut self, link: LinkType, offset_seconds: i64) -> io::Result<u32> {
        let known = self.interfaces.iter().position(|&interface| interface == Some((link, offset_seconds)));
        let number = match known {
            Some(number) => number,
            None => {
                self.body.extend(link.0.to_le_bytes());
                // Reserved, and no limit to the captured length.
                self.body.extend([0; 6]);
                self.option(block::IF_TSRESOL, &[9]);
                if offset_seconds != 0 {
                    self.option(block::IF_TSOFFSET, &offset_seconds.to_le_bytes());
                }
                self.option(END_OF_OPTIONS, &[]);
                self.block(block::INTERFACE_DESCRIPTION)?;
                self.interfaces.push(Some((link, offset_seconds)));
                self.interfaces.len() - 1
            }
        };
        Ok(number as u32)
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        self.body.extend(code.to_le_bytes());
        self.body.extend((value.len() as u16).to_le_bytes());
        self.padded(value);
    }

    fn padded(&mut self, bytes: &[u8]) {
        self.body.extend(bytes);
        self.body.resize(padded(self.body.len()), 0);
    }

    /// Writes the block whose body is put together.
    fn block(&mut self, kind: u32) -> io::Result<()> {
        let body = std::mem::take(&mut self.body);
        let len_bytes = body.len() + BLOCK_FRAME_BYTES;
        if len_bytes > MAX_BLOCK_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("a block of {len_bytes} bytes")));
        }
        let len_bytes = (len_bytes as u32).to_le_bytes();
        self.out.write_all(&kind.to_le_bytes())?;
        self.out.write_all(&len_bytes)?;
        self.out.write_all(&body)?;
        self.out.write_all(&len_bytes)?;
        self.body = body;
        self.body.clear();
        Ok(())
    }
}

/// The length of a frame, if a reader would believe it.
fn captured_len(data: &[u8]) -> io::Result<u32> {
    u32::try_from(data.len())
        .ok()
        .filter(|&len| len <= MAX_CAPTURED_BYTES)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, format!("a frame of {} bytes", data.len())))
}

/// As much of `text` as an option of `max_bytes` can hold.
fn cut(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{Seen, read, read_path};
    use super::super::{Commented, FrameId, ProblemKind, Secrets};
    use super::*;

    fn frames() -> impl Strategy<Value = Vec<(Seen, Vec<String>)>> {
        let data = proptest::collection::vec(any::<u8>(), 0..40);
        let frame = (any::<i64>(), any::<u16>(), data, any::<u32>()).prop_map(|(nanos, link, data, original)| Seen {
            time: Time(nanos),
            link: LinkType::from_file(link),
            data,
            original_len_bytes: original,
        });
        proptest::collection::vec((frame, proptest::collection::vec(any::<String>(), 0..3)), 0..20)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(frames in frames()) {
            let mut writer = PcapngWriter::new(vec![]).unwrap();
            for (frame, comments) in &frames {
                let comments: Vec<&str> = comments.iter().map(String::as_str).collect();
                writer.frame(frame.time, frame.link, &frame.data, frame.original_len_bytes, &comments).unwrap();
            }
            let whole = read(&writer.finish().unwrap()).unwrap();
            let comments: Vec<_> =
                whole.summary.comments.iter().map(|c| (c.on, whole.store.text(c.text).into_owned())).collect();
            let mut expected = vec![];
            for ((_, comments), id) in frames.iter().zip(0..) {
                expected.extend(comments.iter().map(|comment| (Commented::Frame(FrameId(id)), comment.clone())));
            }
            prop_assert_eq!(comments, expected);
            prop_assert_eq!(whole.problem_kinds(), vec![]);
            prop_assert_eq!(whole.frames, frames.into_iter().map(|(frame, _)| frame).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_file_with_secrets_and_a_comment_too_long() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.pcapng");
        let mut writer = PcapngWriter::create(&path).unwrap();
        writer.secrets(Secrets::TLS_KEY_LOG, b"CLIENT_RANDOM").unwrap();
        let comment = "ö".repeat(40_000);
        writer.frame(Time(1), LinkType::RAW, b"frame", 1_500, &[&comment]).unwrap();
        writer.save().unwrap();

        let whole = read_path(&path).unwrap();
        assert_eq!(whole.store.bytes(whole.summary.secrets[0].data), b"CLIENT_RANDOM");
        assert_eq!(whole.store.text(whole.summary.comments[0].text), comment[..65_534]);
        assert_eq!(whole.frames[0].original_len_bytes, 1_500);
    }

    #[test]
    fn devices_are_told_apart_and_what_they_dropped_is_a_problem() {
        let mut writer = PcapngWriter::new(vec![]).unwrap();
        let one = writer.device(LinkType::ETHERNET, "eth0", 65_535, Some("udp")).unwrap();
        let other = writer.device(LinkType::ETHERNET, "eth1", 65_535, None).unwrap();
        writer.device_frame(other, Time(5), b"frame", 5).unwrap();
        writer.frame(Time(6), LinkType::ETHERNET, b"frame", 5, &[]).unwrap();
        for dropped in [3, 7] {
            writer.statistics(other, Time(7), 100, dropped).unwrap();
        }
        writer.statistics(one, Time(7), 100, 0).unwrap();
        let whole = read(&writer.finish().unwrap()).unwrap();
        assert_eq!((whole.frames.len(), whole.problem_kinds()), (2, vec![ProblemKind::PacketsDropped]));
        assert!(whole.problems()[0].detail.contains("7 packets of interface 1 were dropped"));
    }

    #[test]
    fn a_frame_no_reader_would_believe_is_refused() {
        let mut writer = PcapngWriter::new(vec![]).unwrap();
        let huge = vec![0; MAX_CAPTURED_BYTES as usize + 1];
        let error = writer.frame(Time(0), LinkType::RAW, &huge, 0, &[]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
