//! Files and devices ↔ frames: the ground floor.
//!
//! In come paths; out come [`Frame`]s in batches, whose bytes lie in a [`Store`]. What a frame means is left to [`crate::net`].

mod frame;
mod problem;
mod store;
mod time;

pub use frame::{Batch, Frame, FrameId, LinkType};
pub use problem::{Problem, ProblemKind, Problems};
pub use store::{Segment, Span, Store};
pub use time::Time;
