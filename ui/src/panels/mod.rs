//! One file per panel. A panel is a function of what there is and what is selected; it returns what it asks for.

pub mod capture;
pub mod detail;
pub mod sessions;
pub mod start;
pub mod status;
mod table;
pub mod toolbar;
