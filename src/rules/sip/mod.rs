//! Rules about SIP and SDP that break group chats when they are broken (RFC 3261, 3264, 4028, 4975 §8).

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[];
