//! What several panels are made of.

pub mod facts;
pub mod filter_line;
pub mod grid;
pub mod markdown;
pub mod paint;
pub mod rows;
pub mod zoom;
