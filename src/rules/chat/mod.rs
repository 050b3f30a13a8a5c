//! Rules about what is inside of messages: CPIM (RFC 3862) and IMDN (RFC 5438).

mod cpim_required_headers;
mod imdn_message_id;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[&cpim_required_headers::CPIM_REQUIRED_HEADERS, &imdn_message_id::IMDN_MESSAGE_ID];
