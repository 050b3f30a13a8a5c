//! What lists and ladders show of an analysis: the same rows, columns and filter fields in the terminal and on the desktop.

mod axis;
mod escape;
mod events;
mod label;
mod ladder;
mod lanes;
mod lookup;
mod names;
mod outline;
mod receipt;
mod row;

pub use axis::{Axis, Stretch};
pub use escape::terminal;
pub use events::{EventLine, Tone, events, sender};
pub use label::label;
pub use ladder::{Arrow, Column, Ladder};
pub use lanes::{Lane, Lanes, Mark, MarkKind, Span};
pub use lookup::MessageLookup;
pub use names::Names;
pub use outline::{Node, outline};
pub use receipt::{Receipt, receipts};
pub use row::Row;
