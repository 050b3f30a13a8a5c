//! Rules about when and how participants are told: NOTIFY and conference-info over MSRP (spec 9.2.14.3, 5.2.6.1, RFC 6665).

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[];
