//! What is written about an analysis: one file per format.

pub mod json;
