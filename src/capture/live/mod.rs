//! Devices → a growing capture file.
//!
//! In go the names of devices and a capture filter; out comes a pcapng file that grows, whole block by whole block, and
//! [`LiveCapture::recording`] is an [`super::Input`] like any other: whatever came so far is opened and analysed as a file is. So
//! memory stays bounded, and there is one way from bytes to sessions.
//!
//! A thread listens to each device (`listen`) and puts its frames into the one file (`recorder`). What the system had to drop
//! stands in the file, and is a [`super::Problem`] for whoever reads it.

#[cfg(not(feature = "pcap"))]
mod absent;
mod device;
mod error;
#[cfg(feature = "pcap")]
mod listen;
mod options;
mod pace;
#[cfg(feature = "pcap")]
mod recorder;
#[cfg(feature = "pcap")]
mod running;
mod status;

#[cfg(not(feature = "pcap"))]
pub use absent::LiveCapture;
pub use device::{Device, devices};
pub use error::LiveError;
pub use options::{Limits, LiveOptions};
pub use pace::Pace;
#[cfg(feature = "pcap")]
pub use running::LiveCapture;
pub use status::LiveStatus;
