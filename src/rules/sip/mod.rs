//! Rules about SIP and SDP that break group chats when they are broken (RFC 3261, 3264, 4028, 4975 §8).

mod ack_missing;
mod mandatory_headers;
mod sdp_msrp_path;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] =
    &[&sdp_msrp_path::SDP_MSRP_PATH, &ack_missing::SIP_ACK_MISSING, &mandatory_headers::SIP_MANDATORY_HEADERS];
