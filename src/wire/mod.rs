//! Bytes ↔ messages, without judging: what is odd is kept and noted, never lost.

pub(crate) mod ahead;
mod buffer;
pub mod conference_info;
pub mod cpim;
pub mod cut;
pub mod defect;
pub mod ft_http;
pub mod group_data;
pub mod group_state;
pub mod imdn;
pub mod is_composing;
pub mod media_type;
mod message;
mod message_list;
pub mod mime;
pub mod msrp;
pub mod multipart;
mod name_addr;
mod reader;
pub mod reason;
pub mod resource_lists;
pub mod sdp;
pub mod seen;
pub mod sip;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
pub mod uri;
pub mod warning;
pub mod xml;

pub use message::{Kind, Message, MessageId, Messages, Piece};
pub use message_list::MessageList;
pub use reader::Reader;

/// Longest SIP or MSRP message that is put together. MSRP chunks of several megabytes occur; anything beyond this is a broken or
/// hostile stream, whose bytes go to the unread ledger.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;
