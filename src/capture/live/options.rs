//! What to capture, and how long.

use std::path::PathBuf;
use std::time::Duration;

use crate::capture::MAX_SPOOLED_BYTES;

/// Frames longer than this do not exist: as libpcap's and Wireshark's own default (`MAXIMUM_SNAPLEN`).
const SNAPLEN_BYTES: u32 = 256 << 10;

/// What the system keeps for us until we have read it: ten times libpcap's default, enough for half a second of a busy
/// interface of 100 Mbit/s.
const BUFFER_BYTES: u32 = 20 << 20;

/// What is captured.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// Names of devices; `any` stands for all of them where the system has it.
    pub interfaces: Vec<String>,
    /// A libpcap expression: only packets that pass are captured.
    pub filter: Option<String>,
    /// How much of a frame is kept.
    pub snaplen_bytes: u32,
    /// Take in also what is sent to others.
    pub promiscuous: bool,
    /// What the system keeps for us until it was read.
    pub buffer_bytes: u32,
    pub limits: Limits,
    /// Where it is written; a temporary file when there is none. What was there is replaced.
    pub file: Option<PathBuf>,
}

/// After which a capture ends by itself.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub frames: Option<u64>,
    pub duration: Option<Duration>,
    /// Of the file.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { frames: None, duration: None, bytes: MAX_SPOOLED_BYTES }
    }
}

impl Default for LiveOptions {
    fn default() -> LiveOptions {
        LiveOptions {
            interfaces: vec![],
            filter: None,
            snaplen_bytes: SNAPLEN_BYTES,
            promiscuous: true,
            buffer_bytes: BUFFER_BYTES,
            limits: Limits::default(),
            file: None,
        }
    }
}
