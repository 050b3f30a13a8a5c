//! Rules about what is inside of messages: CPIM (RFC 3862) and IMDN (RFC 5438).

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[];
