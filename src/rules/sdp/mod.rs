//! Rules about the session descriptions of INVITEs that make or enter a group session, and of their answers (spec 5.2.1, 5.2.2, 5.2.5, 7.2.3).

mod accept_types_cinfo;
mod accept_types_groupdata;
mod answer;
pub mod chatroom;
mod chatroom_closed;
mod chatroom_closed_answer;
mod chatroom_closed_invite;
mod chatroom_closed_value;
mod cinfo_applicable;
mod extend_same_streams;
mod groupdata_applicable;
mod msrp_cema;
mod not_sendrecv;
mod offer_derived;
mod offer_msrp;
pub mod offers;
mod sdp_msrp_accept_types;
mod sdp_msrp_path;
mod sdp_msrp_rejected;
mod sdp_msrp_setup;
mod sdp_offer_answer;
mod sdp_syntax;
mod stream;
mod supported;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &answer::CPM_200_SDP_ANSWER,
    &not_sendrecv::CPM_INVITE_488_NOT_SENDRECV,
    &accept_types_cinfo::CPM_SDP_ACCEPT_TYPES_CINFO,
    &accept_types_groupdata::CPM_SDP_ACCEPT_TYPES_GROUPDATA,
    &chatroom_closed::CPM_SDP_CHATROOM_CLOSED,
    &chatroom_closed_answer::CPM_SDP_CHATROOM_CLOSED_ANSWER,
    &chatroom_closed_invite::CPM_SDP_CHATROOM_CLOSED_INVITE,
    &chatroom_closed_value::CPM_SDP_CHATROOM_CLOSED_VALUE,
    &cinfo_applicable::CPM_SDP_CINFO_APPLICABLE,
    &extend_same_streams::CPM_SDP_EXTEND_SAME_STREAMS,
    &groupdata_applicable::CPM_SDP_GROUPDATA_APPLICABLE,
    &msrp_cema::CPM_SDP_MSRP_CEMA,
    &offer_derived::CPM_SDP_OFFER_DERIVED,
    &offer_msrp::CPM_SDP_OFFER_MSRP,
    &sdp_msrp_accept_types::SDP_MSRP_ACCEPT_TYPES,
    &sdp_msrp_path::SDP_MSRP_PATH,
    &sdp_msrp_rejected::SDP_MSRP_REJECTED,
    &sdp_msrp_setup::SDP_MSRP_SETUP,
    &sdp_offer_answer::SDP_OFFER_ANSWER,
    &sdp_syntax::SDP_SYNTAX,
];
