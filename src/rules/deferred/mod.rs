//! Clients that were away while their participating function stayed in for them, and what it has kept for them (OMA CPM 5.2.3.4).

mod asserted_identity;
mod asserted_service;
pub mod away;
mod cinfo_sent;
mod closed_when_delivered;
mod contact;
mod contribution_id;
mod conversation_id;
mod declined_bye;
mod declined_discard;
mod delivery_in_rejoin;
mod delivery_order;
mod failure_told;
mod imdn_ids;
mod imdn_routing;
pub mod information;
mod information_optional;
mod information_sent;
mod intercepted;
pub mod kept;
mod left_discard;
mod may_unsubscribe;
mod no_invite_after_rejoin;
mod one_session;
mod original;
mod original_info;
mod over_msrp;
mod referred_by;
mod registered;
mod rejoin_handled;
mod relayed_again;
mod request_uri;
mod resource_list;
mod restart_refused;
mod restarts;
mod restarts_for_client;
mod retry;
mod sdp;
mod sendrecv;
mod session_deferred;
mod sip_instance;
mod stays;
mod stays_in_path;
mod subscribes_on_loss;
mod unsubscribes;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &stays::CPM_BYE_503_PF_STAYS_IN_SESSION,
    &declined_bye::CPM_DEFERRED_603_BYE_FOCUS,
    &declined_discard::CPM_DEFERRED_603_DISCARD,
    &left_discard::CPM_DEFERRED_BYE_200_DISCARD,
    &cinfo_sent::CPM_DEFERRED_CINFO_SENT,
    &closed_when_delivered::CPM_DEFERRED_CLOSE_WHEN_INACTIVE,
    &delivery_in_rejoin::CPM_DEFERRED_DELIVERY_IN_REJOIN_SESSION,
    &delivery_order::CPM_DEFERRED_DELIVERY_ORDER,
    &over_msrp::CPM_DEFERRED_DELIVERY_OVER_MSRP,
    &imdn_ids::CPM_DEFERRED_IMDN_MESSAGE_IDS,
    &imdn_routing::CPM_DEFERRED_IMDN_ROUTING,
    &intercepted::CPM_DEFERRED_INTERCEPT_MESSAGES,
    &contact::CPM_DEFERRED_INVITE_CONTACT_FOCUS_URI,
    &sip_instance::CPM_DEFERRED_INVITE_CONTACT_SIP_INSTANCE,
    &contribution_id::CPM_DEFERRED_INVITE_CONTRIBUTION_ID,
    &conversation_id::CPM_DEFERRED_INVITE_CONVERSATION_ID,
    &original_info::CPM_DEFERRED_INVITE_ORIGINAL_INFO,
    &asserted_identity::CPM_DEFERRED_INVITE_PAI_FOCUS,
    &referred_by::CPM_DEFERRED_INVITE_REFERRED_BY,
    &request_uri::CPM_DEFERRED_INVITE_REQUEST_URI,
    &resource_list::CPM_DEFERRED_INVITE_RESOURCE_LIST,
    &no_invite_after_rejoin::CPM_DEFERRED_NO_INVITE_AFTER_REJOIN,
    &one_session::CPM_DEFERRED_ONE_SESSION_PER_GROUP,
    &information_optional::CPM_DEFERRED_PARTICIPANT_INFO_OPTIONAL,
    &information_sent::CPM_DEFERRED_PARTICIPANT_INFO_SENT,
    &stays_in_path::CPM_DEFERRED_PF_STAYS_IN_PATH,
    &relayed_again::CPM_DEFERRED_REJOIN_ACTIVE_CONFERENCE,
    &restarts_for_client::CPM_DEFERRED_RESTART_ON_CLIENT_TRAFFIC,
    &retry::CPM_DEFERRED_RETRY_AFTER_ERROR,
    &sdp::CPM_DEFERRED_SDP_MATCHES_ORIGINAL,
    &session_deferred::CPM_DEFERRED_SESSION_MAY_DEFER,
    &registered::CPM_DEFERRED_TRIGGER_THIRD_PARTY_REGISTER,
    &asserted_service::CPM_INVITE_P_ASSERTED_SERVICE,
    &restart_refused::CPM_REJOIN_FAILED_BYE_REASON,
    &failure_told::CPM_REJOIN_FAILED_MSRP_FAILURE_REPORT,
    &rejoin_handled::CPM_REJOIN_PF_HANDLED,
    &restarts::CPM_REJOIN_PF_RESTARTS_SESSION,
    &sendrecv::CPM_SDP_SENDRECV,
    &subscribes_on_loss::CPM_SUBSCRIBE_BY_PF_ON_CLIENT_LOSS,
    &may_unsubscribe::CPM_SUBSCRIBE_PF_MAY_UNSUBSCRIBE,
    &unsubscribes::CPM_SUBSCRIBE_PF_UNSUBSCRIBES,
];
