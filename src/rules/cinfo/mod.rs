//! Rules about conference-info documents (spec 9.2.14.3, RFC 4575).

mod root;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[&root::CPM_CINFO_ROOT];
