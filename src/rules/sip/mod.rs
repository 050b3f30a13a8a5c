//! Rules about SIP and SDP that break group chats when they are broken (RFC 3261, 3264, 4028, 4975 §8).

mod ack_missing;
mod mandatory_headers;
mod request_after_bye;
mod sdp_msrp_path;
mod sdp_msrp_setup;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &sdp_msrp_path::SDP_MSRP_PATH,
    &sdp_msrp_setup::SDP_MSRP_SETUP,
    &ack_missing::SIP_ACK_MISSING,
    &mandatory_headers::SIP_MANDATORY_HEADERS,
    &request_after_bye::SIP_REQUEST_AFTER_BYE,
];
