//! Builds captures of CPM group sessions, with the truth beside them, for tests, samples and benchmarks.

pub mod conversation;
pub mod large;
pub mod output;
pub mod packets;
pub mod random;
pub mod script;
pub mod stories;
pub mod truth;
