//! Why a capture set could not be opened.

use std::io;
use std::path::PathBuf;

use super::Input;

/// What ends [`super::open`]. Whatever goes wrong later is a [`super::Problem`].
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("no capture given")]
    NoInput,
    #[error("{}: no such file or folder", .path.display())]
    NotFound { path: PathBuf },
    #[error("{}: permission denied", .path.display())]
    PermissionDenied { path: PathBuf },
    #[error("{input}: cannot be read: {source}")]
    Unreadable { input: Input, source: io::Error },
    #[error("{input}: the file is empty")]
    Empty { input: Input },
    #[error("{}: no captures in this folder (rcshark reads {READS})", .path.display())]
    NoCapturesInFolder { path: PathBuf },
    #[error("{input}: not a capture: begins with {begins}; rcshark reads {READS}")]
    NotACapture { input: Input, begins: String },
    #[error("{input}: {format}; rcshark reads {READS}")]
    ForeignFormat { input: Input, format: &'static str },
    #[error("{input}: compressed, but no capture: {what}; rcshark reads {READS}")]
    NoCaptureInside { input: Input, what: String },
    #[error("more than {limit} files in one capture set")]
    TooManyFiles { limit: usize },
    #[error("no temporary file for {input}: {source} (the folder can be chosen with TMPDIR)")]
    Spool { input: Input, source: io::Error },
    #[error("capture filter {expression:?}: {reason}")]
    Filter { expression: String, reason: String },
    #[error("capture filters need libpcap: this rcshark was built without the feature `pcap`")]
    FilterUnsupported,
    #[error("cancelled")]
    Cancelled,
}

const READS: &str = "pcap, pcapng, and gzip or zstd of these";

impl OpenError {
    /// The error for a file or folder that the operating system refused.
    pub(super) fn io(path: PathBuf, source: io::Error) -> OpenError {
        match source.kind() {
            io::ErrorKind::NotFound => OpenError::NotFound { path },
            io::ErrorKind::PermissionDenied => OpenError::PermissionDenied { path },
            _ => OpenError::Unreadable { input: Input::Path(path), source },
        }
    }
}
