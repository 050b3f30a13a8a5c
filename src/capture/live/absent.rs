//! Without libpcap nothing is captured.

use super::{LiveError, LiveOptions, LiveStatus};
use crate::capture::Input;

/// There is none.
pub enum LiveCapture {}

impl LiveCapture {
    /// Fails with [`LiveError::Unsupported`].
    pub fn start(_options: &LiveOptions) -> Result<LiveCapture, LiveError> {
        Err(LiveError::Unsupported)
    }

    pub fn is_running(&self) -> bool {
        match *self {}
    }

    pub fn status(&self) -> LiveStatus {
        match *self {}
    }

    pub fn flush(&self) -> u64 {
        match *self {}
    }

    pub fn recording(&self) -> Input {
        match *self {}
    }

    pub fn stop(&self) {
        match *self {}
    }

    pub fn close(&self) {
        match *self {}
    }

    pub fn finish(&self) -> LiveStatus {
        match *self {}
    }
}
