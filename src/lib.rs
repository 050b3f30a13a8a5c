//! rcshark reads captures of RCS group chats (OMA CPM) and answers at the level of the group session.
//!
//! The folders are the layers; a layer imports only from the ones above it in this list:
//!
//! - [`capture`]: files and devices ↔ frames
//! - [`net`]: frames → datagrams and TCP streams; every byte remembers its frame
//! - [`wire`]: bytes ↔ messages, without judging
//! - [`session`]: messages → transactions, dialogs, MSRP sessions, legs, group sessions
//!
//! [`filter`], the display-filter language, stands beside them: it knows of no message but what it is told.
//!
//! The library never prints.

mod analysis;
pub mod capture;
pub mod filter;
pub mod net;
pub mod session;
pub mod wire;

pub use analysis::{Analysis, analyze};
