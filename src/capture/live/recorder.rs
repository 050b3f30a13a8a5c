//! The file that a live capture grows in.
//!
//! Frames of all devices come in, from several threads; what is written are whole blocks only. So whoever opens the first bytes
//! up to what [`Recorder::flush`] tells finds nothing cut, while more is written behind them.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tempfile::TempPath;

use super::{Limits, LiveError, LiveStatus};
use crate::capture::write::{DeviceNumber, PcapngWriter};
use crate::capture::{LinkType, Time};

/// Bytes that are gathered before they are written.
const GATHERED_BYTES: usize = 256 << 10;

/// A file, how it is opened again, and what removes it where that has to be done.
type Made = (File, PathBuf, Option<TempPath>);

/// Makes the file under its name, in place of what was there (which somebody may still be reading), or a temporary one.
pub(super) fn create(path: Option<&Path>) -> Result<Made, LiveError> {
    let Some(path) = path else {
        return temporary().map_err(|source| LiveError::File { path: std::env::temp_dir(), source });
    };
    let fail = |source| LiveError::File { path: path.to_path_buf(), source };
    // A device or a pipe would not be written to but replaced.
    if path.exists() && !path.is_file() {
        return Err(fail(io::Error::new(io::ErrorKind::InvalidInput, "not an ordinary file")));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".rcshark-");
    // Temporary files are made for their owner alone; this one becomes an ordinary file (less the umask).
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = builder.tempfile_in(folder).map_err(fail)?.persist(path).map_err(|error| fail(error.error))?;
    Ok((file, path.to_path_buf(), None))
}

/// Where the system can open a file that has no name, it gets none: then it goes with the program, however that ends.
fn temporary() -> io::Result<Made> {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd;

        let file = tempfile::tempfile()?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        if path.exists() {
            return Ok((file, path, None));
        }
    }
    let (file, temporary) = tempfile::Builder::new().prefix("rcshark-").suffix(".pcapng").tempfile()?.into_parts();
    Ok((file, temporary.to_path_buf(), Some(temporary)))
}

pub(super) struct Recorder {
    inner: Mutex<Inner>,
    limits: Limits,
    started: Instant,
}

struct Inner {
    file: File,
    writer: PcapngWriter<Vec<u8>>,
    status: LiveStatus,
    /// Packets dropped, by device.
    dropped: Vec<(DeviceNumber, u64)>,
    /// Nothing more is taken in.
    is_over: bool,
    /// Nothing more can be written.
    is_broken: bool,
}

impl Recorder {
    pub fn new(file: File, limits: Limits) -> io::Result<Recorder> {
        let writer = PcapngWriter::new(vec![])?;
        let status = LiveStatus::default();
        let mut inner = Inner { file, writer, status, dropped: vec![], is_over: false, is_broken: false };
        inner.write_out()?;
        Ok(Recorder { inner: Mutex::new(inner), limits, started: Instant::now() })
    }

    /// What is behind the lock is whole after every call: a thread that panicked leaves it usable.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn status(&self) -> LiveStatus {
        let inner = self.lock();
        LiveStatus { dropped: inner.dropped.iter().map(|(_, packets)| packets).sum(), ..inner.status.clone() }
    }

    /// Is nothing more taken in: has a limit been reached, or did writing fail?
    pub fn is_over(&self) -> bool {
        self.lock().is_over
    }

    /// Is the time over? What was received until now is still taken in.
    pub fn is_late(&self) -> bool {
        self.limits.duration.is_some_and(|duration| self.started.elapsed() >= duration)
    }

    /// Describes a device; `None` when it cannot be written.
    pub fn device(&self, link: LinkType, name: &str, snaplen_bytes: u32, filter: Option<&str>) -> Option<DeviceNumber> {
        let mut inner = self.lock();
        let written = inner.writer.device(link, name, snaplen_bytes, filter);
        inner.checked(written)
    }

    /// Takes in a frame, unless the capture is over.
    pub fn frame(&self, device: DeviceNumber, time: Time, data: &[u8], original_len_bytes: u32) {
        let mut inner = self.lock();
        if inner.is_over {
            return;
        }
        let written = inner.writer.device_frame(device, time, data, original_len_bytes);
        if inner.checked(written).is_none() {
            return;
        }
        inner.status.frames += 1;
        if inner.writer.out_mut().len() >= GATHERED_BYTES {
            inner.flush();
        }
        let len_bytes = inner.status.bytes + inner.writer.out_mut().len() as u64;
        if self.limits.frames.is_some_and(|limit| inner.status.frames >= limit) {
            let frames = inner.status.frames;
            inner.end(format!("{frames} packets were captured"));
        } else if len_bytes >= self.limits.bytes {
            let bytes = self.limits.bytes;
            inner.end(format!("the file has {bytes} bytes, which is the limit"));
        }
    }

    /// Takes in what the system counts of a device: losses are written when there are new ones.
    pub fn count(&self, device: DeviceNumber, now: Time, received: u64, dropped: u64) {
        let mut inner = self.lock();
        let known = inner.dropped.iter().position(|(number, _)| *number == device);
        let before = known.map_or(0, |place| inner.dropped[place].1);
        if dropped <= before {
            return;
        }
        match known {
            Some(place) => inner.dropped[place].1 = dropped,
            None => inner.dropped.push((device, dropped)),
        }
        let written = inner.writer.statistics(device, now, received, dropped);
        inner.checked(written);
    }

    /// A device has failed; the others go on.
    pub fn fail(&self, why: String) {
        let mut inner = self.lock();
        inner.status.failed = true;
        inner.status.ended.push(why);
    }

    /// Writes what was gathered; how many bytes the file has.
    pub fn flush(&self) -> u64 {
        let mut inner = self.lock();
        inner.flush();
        inner.status.bytes
    }
}

impl Inner {
    fn end(&mut self, why: String) {
        self.is_over = true;
        self.status.ended.push(why);
    }

    /// Without room on the disk the capture is over for all devices.
    fn checked<T>(&mut self, result: io::Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                if !self.is_over {
                    self.status.failed = true;
                    self.end(format!("the file cannot be written: {error}"));
                }
                None
            }
        }
    }

    fn flush(&mut self) {
        let written = self.write_out();
        self.checked(written);
    }

    fn write_out(&mut self) -> io::Result<()> {
        let gathered = std::mem::take(self.writer.out_mut());
        if self.is_broken {
            return Ok(());
        }
        if let Err(error) = self.file.write_all(&gathered) {
            self.is_broken = true;
            // Not to leave a block that was written in part.
            let _ = self.file.set_len(self.status.bytes);
            return Err(error);
        }
        self.status.bytes += gathered.len() as u64;
        Ok(())
    }
}
