//! What lists and ladders show of an analysis: the same rows, columns and filter fields in the terminal and on the desktop.

mod escape;
mod label;
mod ladder;
mod lookup;
mod names;
mod row;

pub use escape::terminal;
pub use label::label;
pub use ladder::{Arrow, Column, Ladder};
pub use lookup::MessageLookup;
pub use names::Names;
pub use row::Row;
