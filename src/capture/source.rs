//! From an [`Input`] to bytes that can be walked: a file is mapped; what is compressed or comes through a pipe is first
//! written to a temporary file without a name, which is then mapped, so that memory stays bounded.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;

use super::inflate::inflater;
use super::input::first_bytes;
use super::magic::{Magic, quoted};
use super::map::map;
use super::notes::Notes;
use super::{Input, OpenError, ProblemKind, Progress, Segment};

const COPY_BYTES: usize = 256 << 10;

/// Where bytes go that cannot be mapped where they are.
pub(super) struct Spool<'a> {
    /// How many bytes all temporary files of the set may still take.
    pub room_bytes: u64,
    pub progress: &'a Progress,
}

/// How copying ended.
enum Ended {
    Whole,
    Broken(io::Error),
    NoRoom,
}

/// The bytes of `input`, which begin as a capture does.
pub(super) fn load(input: &Input, spool: &mut Spool<'_>, notes: &mut Notes) -> Result<Segment, OpenError> {
    match input {
        Input::Stdin => load_stream(input, io::stdin().lock(), spool, notes),
        Input::Recording { path, len_bytes, .. } => {
            let mapped = File::open(path).and_then(|file| map(&file, *len_bytes));
            let mapped = mapped.map_err(|error| OpenError::io(path.to_path_buf(), error))?;
            spool.progress.add_total(*len_bytes);
            Ok(Segment::Mapped(Arc::new(mapped)))
        }
        Input::Path(path) => {
            let fail = |error| OpenError::io(path.clone(), error);
            let file = File::open(path).map_err(fail)?;
            let metadata = file.metadata().map_err(fail)?;
            if !metadata.is_file() {
                return load_stream(input, file, spool, notes);
            }
            if metadata.len() == 0 {
                return Err(OpenError::Empty { input: input.clone() });
            }
            let mapped = map(&file, metadata.len()).map_err(fail)?;
            spool.progress.add_total(mapped.len() as u64);
            let magic = Magic::of(&mapped);
            if let Some(inflated) = inflater(magic, Counted { reader: &mapped[..], progress: spool.progress }) {
                return load_inflated(input, inflated, spool, notes);
            }
            match magic {
                Magic::Capture => Ok(Segment::Mapped(Arc::new(mapped))),
                _ => Err(not_a_capture(input, &mapped)),
            }
        }
    }
}

fn load_stream(
    input: &Input,
    mut stream: impl Read,
    spool: &mut Spool<'_>,
    notes: &mut Notes,
) -> Result<Segment, OpenError> {
    let first = first_bytes(&mut stream).map_err(|source| OpenError::Unreadable { input: input.clone(), source })?;
    if first.is_empty() {
        return Err(OpenError::Empty { input: input.clone() });
    }
    let progress = spool.progress;
    let before = progress.read_bytes();
    let magic = Magic::of(&first);
    let mut whole = Counted { reader: first.chain(stream), progress };
    let segment = if magic == Magic::Capture {
        spool.take_in(input, &mut whole, notes)
    } else {
        match inflater(magic, whole) {
            Some(inflated) => load_inflated(input, inflated, spool, notes),
            None => Err(not_a_capture(input, &first)),
        }
    };
    // How much comes through a pipe is known afterwards.
    progress.add_total(progress.read_bytes() - before);
    segment
}

fn load_inflated(
    input: &Input,
    mut inflated: impl Read,
    spool: &mut Spool<'_>,
    notes: &mut Notes,
) -> Result<Segment, OpenError> {
    let segment = spool.take_in(input, &mut inflated, notes)?;
    let bytes = segment.bytes();
    let what = match Magic::of(bytes) {
        Magic::Capture => return Ok(segment),
        Magic::Foreign(format) => format.to_string(),
        _ if bytes.is_empty() => "nothing could be inflated".to_string(),
        _ => format!("what is inside begins with {}", quoted(bytes)),
    };
    Err(OpenError::NoCaptureInside { input: input.clone(), what })
}

/// The error for bytes that do not begin as a capture does.
pub(super) fn not_a_capture(input: &Input, bytes: &[u8]) -> OpenError {
    let input = input.clone();
    match Magic::of(bytes) {
        Magic::Foreign(format) => OpenError::ForeignFormat { input, format },
        _ => OpenError::NotACapture { input, begins: quoted(bytes) },
    }
}

impl Spool<'_> {
    /// Copies all of `reader` to a temporary file and maps that.
    fn take_in(&mut self, input: &Input, reader: &mut impl Read, notes: &mut Notes) -> Result<Segment, OpenError> {
        let fail = |source| OpenError::Spool { input: input.clone(), source };
        let mut file = tempfile::tempfile().map_err(fail)?;
        let (copied, ended) = self.copy(reader, &mut file).map_err(fail)?;
        if self.progress.is_cancelled() {
            return Err(OpenError::Cancelled);
        }
        match ended {
            Ended::Whole => {}
            Ended::Broken(error) => {
                let early = error.kind() == io::ErrorKind::UnexpectedEof;
                let kind = if early { ProblemKind::TruncatedFile } else { ProblemKind::DamagedFile };
                notes.problem(kind, 0, || format!("only the first {copied} bytes could be inflated: {error}"));
            }
            Ended::NoRoom => notes.problem(ProblemKind::Limit, 0, || {
                format!("more bytes than may be inflated or copied; read are the first {copied}")
            }),
        }
        self.progress.add_total(copied);
        if copied == 0 {
            return Ok(Segment::Owned(Arc::new(vec![])));
        }
        Ok(Segment::Mapped(Arc::new(map(&file, copied).map_err(fail)?)))
    }

    /// Errors are those of writing.
    fn copy(&mut self, reader: &mut impl Read, file: &mut File) -> io::Result<(u64, Ended)> {
        let mut buffer = vec![0; COPY_BYTES];
        let mut copied = 0;
        while !self.progress.is_cancelled() {
            let len_bytes = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(len_bytes) => len_bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Ok((copied, Ended::Broken(error))),
            };
            let kept = len_bytes.min(usize::try_from(self.room_bytes).unwrap_or(usize::MAX));
            file.write_all(&buffer[..kept])?;
            copied += kept as u64;
            self.room_bytes -= kept as u64;
            if kept < len_bytes {
                return Ok((copied, Ended::NoRoom));
            }
        }
        Ok((copied, Ended::Whole))
    }
}

/// Counts what is read for the progress.
struct Counted<'a, R> {
    reader: R,
    progress: &'a Progress,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let len_bytes = self.reader.read(target)?;
        self.progress.add_read(len_bytes as u64);
        Ok(len_bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::super::bytes::Order;
    use super::super::testing::{Bytes, Whole, read};
    use super::super::{OpenOptions, open};
    use super::*;

    const FRAMES: usize = 3_000;

    fn capture() -> Vec<u8> {
        let mut file = Bytes::new(Order::Little).file_header(0xa1b2_c3d4, 1);
        for i in 0..FRAMES as u32 {
            // Bytes that do not compress to nothing.
            let data: Vec<u8> = (0..100).map(|n| (i.wrapping_mul(2_654_435_761 + n) >> 13) as u8).collect();
            file = file.record(i, 0, &data, 100);
        }
        file.bytes
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(vec![], Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    }

    /// Two members or frames, with the cut inside a record.
    fn in_two(pack: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let capture = capture();
        let (one, two) = capture.split_at(12_345);
        [pack(one), pack(two)].concat()
    }

    #[test]
    fn gzip_and_zstd_of_several_members_are_read_whole() {
        for packed in [in_two(gzip), in_two(zstd)] {
            let whole = read(&packed).unwrap();
            assert_eq!((whole.frames.len(), whole.problem_kinds()), (FRAMES, vec![]));
            assert_eq!(whole.summary.files[0].len_bytes, capture().len() as u64);
        }
    }

    #[test]
    fn a_skippable_zstd_frame_is_skipped() {
        let packed = [b"\x50\x2a\x4d\x18\x04\0\0\0skip", &zstd(&capture())[..]].concat();
        assert_eq!(read(&packed).unwrap().frames.len(), FRAMES);
    }

    #[test]
    fn a_broken_tail_gives_what_could_be_inflated() {
        for packed in [in_two(gzip), in_two(zstd)] {
            let all = read(&packed).unwrap().frames;
            let cut = read(&packed[..packed.len() - 10_000]).unwrap();
            assert!(cut.frames.len() > FRAMES / 2 && cut.frames.len() < FRAMES, "{} frames", cut.frames.len());
            assert_eq!(cut.frames, all[..cut.frames.len()]);
            assert_eq!(cut.problem_kinds()[0], ProblemKind::TruncatedFile);
            assert!(cut.problems().iter().any(|problem| problem.detail.contains("could be inflated")));

            let mut wrong = packed.clone();
            let last = wrong.len() - 2;
            wrong[last] ^= 0xff;
            assert_eq!(read(&wrong).unwrap().problem_kinds(), [ProblemKind::DamagedFile], "checksum");

            let trailing = [&packed[..], b"junk behind it"].concat();
            let whole = read(&trailing).unwrap();
            assert_eq!((whole.frames.len(), whole.problem_kinds()), (FRAMES, vec![ProblemKind::DamagedFile]));
        }
    }

    #[test]
    fn a_bomb_is_inflated_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb");
        fs::write(&path, gzip(&capture())).unwrap();
        let options = OpenOptions { max_spooled_bytes: 24 + 10 * 116, ..OpenOptions::default() };
        let whole = super::super::testing::drain(open(&[Input::Path(path)], &options).unwrap());
        assert_eq!((whole.frames.len(), whole.problem_kinds()), (10, vec![ProblemKind::Limit]));
    }

    #[test]
    fn a_zstd_window_of_terabytes_is_refused() {
        // Window descriptor 0xff: 3.75 TiB.
        assert!(matches!(read(b"\x28\xb5\x2f\xfd\x00\xff\x01\x00\x00"), Err(OpenError::NoCaptureInside { .. })));
    }

    #[test]
    fn a_pipe_is_read_whatever_comes_through_it() {
        for bytes in [capture(), gzip(&capture()), zstd(&capture())] {
            let progress = Progress::default();
            let mut spool = Spool { room_bytes: u64::MAX, progress: &progress };
            let segment = load_stream(&Input::Stdin, &bytes[..], &mut spool, &mut Notes::default()).unwrap();
            assert!(segment.bytes() == capture());
            // What was copied is still to be walked over.
            let left = progress.total_bytes() - progress.read_bytes();
            assert_eq!((progress.read_bytes(), left), (bytes.len() as u64, segment.bytes().len() as u64));
        }
        let progress = Progress::default();
        let mut spool = Spool { room_bytes: u64::MAX, progress: &progress };
        let mut load = |bytes: &[u8]| {
            load_stream(&Input::Stdin, bytes, &mut spool, &mut Notes::default()).map(|_| ()).unwrap_err().to_string()
        };
        assert_eq!(load(b""), "standard input: the file is empty");
        assert!(
            load(b"GET / HTTP/1.1").starts_with("standard input: not a capture: begins with \"GET / HT\"…; rcshark")
        );
    }

    #[test]
    fn other_files_are_named_for_what_they_are() {
        let refused = |bytes: &[u8]| read(bytes).map(|_: Whole| ()).unwrap_err().to_string();
        assert!(refused(b"").ends_with("/capture: the file is empty"));
        assert!(
            refused(b"\xd4\xc3")
                .contains(r#"not a capture: begins with "\xd4\xc3"; rcshark reads pcap, pcapng, and gzip"#)
        );
        assert!(refused(b"GMBU\0\x02").contains("a capture of Microsoft Network Monitor 2.x; rcshark reads"));
        assert!(refused(b"snoop\0\0\0\0\0\0\x02").contains("a snoop capture"));
        assert!(refused(&gzip(b"hello world")).contains("what is inside begins with \"hello wo\"…"));
        assert!(refused(&gzip(b"GMBU")).contains("compressed, but no capture: a capture of Microsoft Network Monitor"));
        assert!(refused(&gzip(b"")).contains("nothing could be inflated"));
    }
}
