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
            let mapped = map(&file).map_err(fail)?;
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
    let magic = Magic::of(&first);
    let mut whole = first.chain(Counted { reader: stream, progress: spool.progress });
    if first.is_empty() {
        return Err(OpenError::Empty { input: input.clone() });
    }
    if magic == Magic::Capture {
        return spool.take_in(input, &mut whole, notes);
    }
    match inflater(magic, whole) {
        Some(inflated) => load_inflated(input, inflated, spool, notes),
        None => Err(not_a_capture(input, &first)),
    }
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
        Ok(Segment::Mapped(Arc::new(map(&file).map_err(fail)?)))
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
