//! Rules about coming back to a group: what the client sends, and what the focus makes of it (spec 5.2.1.4, 5.2.6).

mod allowed;
mod conversation_mismatch;
mod fallback;
mod fallback_after_refusal;
mod fallback_contribution_id;
mod fallback_conversation_id;
mod fallback_list;
mod fallback_new_session;
mod fallback_own_list;
mod glare;
mod headers;
pub mod last;
mod not_allowed;
mod not_participant;
mod restart_invites;
mod stored_ids;
mod subscribes;
mod unknown_session;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &stored_ids::CPM_REJOIN_200_STORED_IDS,
    &allowed::CPM_REJOIN_ALLOWED_FOR_LAST_PARTICIPANT,
    &conversation_mismatch::CPM_REJOIN_CONVERSATION_MISMATCH,
    &fallback_after_refusal::CPM_REJOIN_FALLBACK_AFTER_REFUSAL,
    &fallback_contribution_id::CPM_REJOIN_FALLBACK_CONTRIBUTION_ID,
    &fallback_conversation_id::CPM_REJOIN_FALLBACK_CONVERSATION_ID,
    &fallback_own_list::CPM_REJOIN_FALLBACK_LIST,
    &fallback_new_session::CPM_REJOIN_FALLBACK_NEW_SESSION,
    &fallback_list::CPM_REJOIN_FALLBACK_RESOURCE_LIST,
    &glare::CPM_REJOIN_GLARE_USE_RECEIVED,
    &headers::CPM_REJOIN_HEADERS_FROM_SESSION_INFO,
    &not_allowed::CPM_REJOIN_NOT_ALLOWED,
    &not_participant::CPM_REJOIN_NOT_PARTICIPANT,
    &restart_invites::CPM_REJOIN_RESTART_INVITES,
    &subscribes::CPM_REJOIN_SUBSCRIBE_FOCUS,
    &unknown_session::CPM_REJOIN_UNKNOWN_SESSION,
];
