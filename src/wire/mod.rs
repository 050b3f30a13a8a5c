//! Bytes ↔ messages, without judging: what is odd is kept and noted, never lost.

pub mod conference_info;
pub mod cut;
pub mod media_type;
pub mod multipart;
pub mod sdp;
pub mod uri;
mod message;
pub mod msrp;
mod name_addr;
mod reader;
pub mod sip;
pub mod text;

pub use message::{Kind, Message, MessageId, Messages, Piece};
pub use reader::Reader;

/// Longest SIP or MSRP message that is put together. MSRP chunks of several megabytes occur; anything beyond this is a broken or
/// hostile stream, whose bytes go to the unread ledger.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;
