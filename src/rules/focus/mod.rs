//! Rules about what the controlling function makes of requests: whom it accepts, refuses and invites (spec 5.2.5, 5.2.6, 7.2.3).

mod ack;
mod after_first_accept;
mod all_failed_error;
mod bye_410_no_restart;
mod bye_480_restartable;
mod closed_group;
mod empty_list;
pub mod farewell;
mod gsi_allocated;
mod invites_list_members;
mod predefined_single_session;
mod reinvite_fanout;
mod reinvite_not_authorized;
mod reinvite_quorum;
mod reinvite_rollback;
mod reject_isfocus;
mod sdp_488;
mod single_final_response;
mod too_many_participants;
mod warning_text;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &after_first_accept::CPM_FOCUS_200_AFTER_FIRST_ACCEPT,
    &sdp_488::CPM_FOCUS_488_SDP_DESCRIPTION,
    &ack::CPM_FOCUS_ACK,
    &all_failed_error::CPM_FOCUS_ALL_FAILED_ERROR,
    &bye_410_no_restart::CPM_FOCUS_BYE_410_NO_RESTART,
    &bye_480_restartable::CPM_FOCUS_BYE_480_RESTARTABLE,
    &closed_group::CPM_FOCUS_CLOSED_GROUP,
    &empty_list::CPM_FOCUS_EMPTY_LIST,
    &gsi_allocated::CPM_FOCUS_GSI_ALLOCATED,
    &invites_list_members::CPM_FOCUS_INVITES_LIST_MEMBERS,
    &predefined_single_session::CPM_FOCUS_PREDEFINED_SINGLE_SESSION,
    &reinvite_fanout::CPM_FOCUS_REINVITE_FANOUT,
    &reinvite_not_authorized::CPM_FOCUS_REINVITE_NOT_AUTHORIZED,
    &reinvite_quorum::CPM_FOCUS_REINVITE_QUORUM,
    &reinvite_rollback::CPM_FOCUS_REINVITE_ROLLBACK,
    &reject_isfocus::CPM_FOCUS_REJECT_ISFOCUS,
    &single_final_response::CPM_FOCUS_SINGLE_FINAL_RESPONSE,
    &too_many_participants::CPM_FOCUS_TOO_MANY_PARTICIPANTS,
    &warning_text::CPM_FOCUS_WARNING_TEXT,
];
