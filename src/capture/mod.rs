//! Files and devices ↔ frames: the ground floor.
//!
//! In come paths, or a device that is listened to (`live`); out come [`Frame`]s in batches, whose bytes lie in a [`Store`]. What a frame means is left to
//! [`crate::net`].
//!
//! [`open`] turns [`Input`]s into a [`FrameReader`]: files are mapped (`map`), compressed files and pipes go through a
//! temporary file first (`source`, `inflate`), then a file is walked from header to header (`walk`: `classic` or
//! `pcapng`), which allocates nothing per frame. What is cut or damaged is read as far as it goes and becomes a
//! [`Problem`]; only what is no capture at all is an [`OpenError`]. [`PcapngWriter`] goes the other way; a [`LiveCapture`] writes a file that is
//! read while it grows.

mod atomic;
mod block;
mod bpf;
mod bytes;
mod classic;
mod clock;
mod error;
mod frame;
mod inflate;
mod input;
mod live;
mod magic;
mod map;
mod notes;
mod pcapng;
mod problem;
mod progress;
mod reader;
mod source;
mod store;
mod summary;
mod table;
#[cfg(test)]
mod testing;
mod time;
mod walk;
mod write;

pub use atomic::AtomicFile;
pub use error::OpenError;
pub use frame::{Batch, Frame, FrameId, LinkType};
pub use input::{Input, expand};
pub use live::{Device, Limits, LiveCapture, LiveError, LiveOptions, LiveStatus, Pace, devices};
pub use notes::{Comment, Commented, MAX_NOTES_PER_FILE, NameResolution, Secrets};
pub use problem::{MAX_PROBLEMS_PER_KIND, Problem, ProblemKind, Problems};
pub use progress::Progress;
pub use reader::{FrameReader, MAX_SPOOLED_BYTES, OpenOptions, open};
pub use store::{Segment, Span, Store};
pub use summary::{FileSummary, Summary};
pub use table::{FramePlace, FrameTable};
pub use time::Time;
pub use write::{DeviceNumber, PcapngWriter};
