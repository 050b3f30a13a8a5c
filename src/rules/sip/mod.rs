//! Rules about SIP itself: messages, transactions and dialogs (RFC 3261, 3515, 4028).

mod ack_missing;
mod bye_reason_present;
mod content_length;
mod content_type;
mod cseq;
mod dialog_tags;
mod mandatory_headers;
mod refer_notify;
mod request_after_bye;
mod request_unanswered;
mod response_unknown;
mod session_timer;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &bye_reason_present::CPM_BYE_REASON_PRESENT,
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
