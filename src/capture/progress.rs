//! How far reading has come, for whoever wants to show it, and the way to stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Shared between a [`super::FrameReader`] and those who watch it. What is counted are bytes of the files; what is
/// compressed or comes through a pipe counts twice, once as it comes and once as it is walked over.
#[derive(Debug, Default)]
pub struct Progress {
    read_bytes: AtomicU64,
    total_bytes: AtomicU64,
    cancelled: Arc<AtomicBool>,
}

impl Progress {
    pub fn read_bytes(&self) -> u64 {
        self.read_bytes.load(Ordering::Relaxed)
    }

    /// All bytes there are to read, as far as known: it grows when a compressed file has been inflated, or a
    /// pipe has been emptied.
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes.load(Ordering::Relaxed)
    }

    /// Makes [`super::FrameReader::next_batch`] end, and a running [`super::open`] fail with
    /// [`super::OpenError::Cancelled`].
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// The progress of something that is cancelled together with this, and counts for itself.
    pub(super) fn aside(&self) -> Progress {
        Progress { cancelled: Arc::clone(&self.cancelled), ..Progress::default() }
    }

    pub(super) fn add_read(&self, bytes: u64) {
        self.read_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn add_total(&self, bytes: u64) {
        self.total_bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
