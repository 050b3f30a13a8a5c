//! Rules about SIP and SDP that break group chats when they are broken (RFC 3261, 3264, 4028, 4975 §8).

mod ack_missing;
mod bye_reason_present;
mod content_length;
mod content_type;
mod cseq;
mod dialog_tags;
mod mandatory_headers;
mod offers;
mod refer_notify;
mod request_after_bye;
mod request_unanswered;
mod response_unknown;
mod sdp_msrp_accept_types;
mod sdp_msrp_path;
mod sdp_msrp_rejected;
mod sdp_msrp_setup;
mod sdp_offer_answer;
mod sdp_syntax;
mod session_timer;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &bye_reason_present::CPM_BYE_REASON_PRESENT,
    &sdp_msrp_accept_types::SDP_MSRP_ACCEPT_TYPES,
    &sdp_msrp_path::SDP_MSRP_PATH,
    &sdp_msrp_rejected::SDP_MSRP_REJECTED,
    &sdp_msrp_setup::SDP_MSRP_SETUP,
    &sdp_offer_answer::SDP_OFFER_ANSWER,
    &sdp_syntax::SDP_SYNTAX,
    &ack_missing::SIP_ACK_MISSING,
    &content_length::SIP_CONTENT_LENGTH,
    &content_type::SIP_CONTENT_TYPE,
    &cseq::SIP_CSEQ,
    &dialog_tags::SIP_DIALOG_TAGS,
    &mandatory_headers::SIP_MANDATORY_HEADERS,
    &refer_notify::SIP_REFER_NOTIFY,
    &request_after_bye::SIP_REQUEST_AFTER_BYE,
    &request_unanswered::SIP_REQUEST_UNANSWERED,
    &response_unknown::SIP_RESPONSE_UNKNOWN,
    &session_timer::SIP_SESSION_TIMER,
];
