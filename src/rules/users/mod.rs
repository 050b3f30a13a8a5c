//! Rules about the users and endpoints in conference-info documents (spec 9.2.14.3, RFC 4575 §5.6, §5.7).

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[];
