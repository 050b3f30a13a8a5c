//! Rules about the media plane: MSRP sessions, relaying, responses and REPORTs (spec 5.2.6.1, RFC 4975).

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[];
