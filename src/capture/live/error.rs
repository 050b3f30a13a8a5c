//! Why a live capture could not begin, and what can be done about it.

use std::io;
use std::path::PathBuf;

/// What ends [`super::LiveCapture::start`].
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    #[error("live capture needs libpcap: this rcshark was built without the feature `pcap`")]
    Unsupported,
    #[error("no interface to capture on was given")]
    NoneGiven,
    #[error("there is no interface {asked}; there are: {}", .known.join(", "))]
    NoSuchInterface { asked: String, known: Vec<String> },
    /// With the command that gives the right to capture once and for all.
    #[error("no permission to capture on {interface}: run it as root, or allow it once with\n  {remedy}")]
    Permission { interface: String, remedy: String },
    #[error("cannot capture on {interface}: {reason}")]
    Device { interface: String, reason: String },
    #[error("capture filter {expression:?} on {interface}: {reason}")]
    Filter { expression: String, interface: String, reason: String },
    #[error("{}: cannot be written: {source}", .path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("no thread to capture with: {0}")]
    Thread(io::Error),
    #[error("the interfaces cannot be listed: {0}")]
    List(String),
}
