//! What is written about an analysis: one file per format.

pub mod findings;
pub mod json;
pub mod ladder;
