//! Rules about the dialogs of group sessions: how they are acknowledged, kept alive and ended (spec 5.2.1, 5.2.2, 5.2.3).

mod ack_final_response;
mod ack_handling;
mod bye_inactivity;
mod bye_reason_text;
mod bye_session_replaces;
mod session_identity;
mod session_timer_refresh;
pub mod unacknowledged;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &ack_final_response::CPM_ACK_FINAL_RESPONSE,
    &ack_handling::CPM_ACK_HANDLING,
    &bye_inactivity::CPM_BYE_INACTIVITY_480,
    &bye_reason_text::CPM_BYE_REASON_TEXT,
    &bye_session_replaces::CPM_BYE_SESSION_REPLACES,
    &session_identity::CPM_SESSION_IDENTITY_FROM_CONTACT,
    &session_timer_refresh::CPM_SESSION_TIMER_REFRESH,
];
