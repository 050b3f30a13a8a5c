//! Clients that were away while their participating function stayed in for them, and what it has kept for them (OMA CPM 5.2.3.4).

mod asserted_identity;
mod contact;
mod contribution_id;
mod conversation_id;
mod delivery_in_rejoin;
mod delivery_order;
pub mod kept;
mod original;
mod original_info;
mod referred_by;
mod resource_list;
mod sdp;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &delivery_in_rejoin::CPM_DEFERRED_DELIVERY_IN_REJOIN_SESSION,
    &delivery_order::CPM_DEFERRED_DELIVERY_ORDER,
    &contact::CPM_DEFERRED_INVITE_CONTACT_FOCUS_URI,
    &contribution_id::CPM_DEFERRED_INVITE_CONTRIBUTION_ID,
    &conversation_id::CPM_DEFERRED_INVITE_CONVERSATION_ID,
    &original_info::CPM_DEFERRED_INVITE_ORIGINAL_INFO,
    &asserted_identity::CPM_DEFERRED_INVITE_PAI_FOCUS,
    &referred_by::CPM_DEFERRED_INVITE_REFERRED_BY,
    &resource_list::CPM_DEFERRED_INVITE_RESOURCE_LIST,
    &sdp::CPM_DEFERRED_SDP_MATCHES_ORIGINAL,
];
