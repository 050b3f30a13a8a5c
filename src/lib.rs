//! rcshark reads captures of RCS group chats (OMA CPM) and answers at the level of the group session.
//!
//! The folders are the layers; a layer imports only from the ones above it in this list:
//!
//! - [`capture`]: files and devices ↔ frames
//! - [`net`]: frames → datagrams and TCP streams; every byte remembers its frame
//! - [`wire`]: bytes ↔ messages, without judging
//! - [`session`]: messages → transactions, dialogs, MSRP sessions, legs, group sessions
//! - [`timeline`]: who took part, which message reached whom, what the observers were told
//! - [`rules`]: one file per rule; sessions and timelines → verdicts and findings
//! - [`filter`]: the display-filter language; knows fields, not where their values come from
//! - [`view`]: what lists and ladders show, in the terminal and on the desktop
//! - [`replay`]: a captured session played against a server
//! - [`report`]: one file per output format
//! - [`cli`]: one file per subcommand; prints, and picks the exit code
//!
//! [`analyze`] runs the first five over a capture set and gives one immutable [`Analysis`]. The library never prints; only
//! `cli` does.

mod analysis;
pub mod capture;
pub mod cli;
pub mod filter;
pub mod net;
pub mod replay;
pub mod report;
pub mod rules;
pub mod session;
pub mod timeline;
pub mod view;
pub mod wire;

pub use analysis::{Analysis, analyze};
