//! Rules about what the controlling function makes of requests: whom it accepts, refuses and invites (spec 5.2.5, 5.2.6, 7.2.3).

mod ack;
mod after_first_accept;
mod all_failed_error;
mod anonymity_refused;
mod anonymous_invitee;
mod bye_410_no_restart;
mod bye_480_restartable;
mod closed_group;
mod empty_list;
mod end_on_initiator_leave;
mod end_per_group_policy;
mod failed_invitee_removed;
pub mod farewell;
mod gsi_allocated;
mod invites_list_members;
mod isf_fallback;
mod media_488;
mod media_plane;
pub mod policy;
mod predefined_single_session;
mod predefined_unsupported;
mod reinvite_fanout;
mod reinvite_not_authorized;
mod reinvite_quorum;
mod reinvite_rollback;
mod reject_feature_tag;
mod reject_isfocus;
mod reject_originator;
mod sdp_488;
mod single_final_response;
mod too_many_participants;
mod warning_text;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &after_first_accept::CPM_FOCUS_200_AFTER_FIRST_ACCEPT,
    &media_488::CPM_FOCUS_488_MEDIA,
    &sdp_488::CPM_FOCUS_488_SDP_DESCRIPTION,
    &ack::CPM_FOCUS_ACK,
    &all_failed_error::CPM_FOCUS_ALL_FAILED_ERROR,
    &anonymity_refused::CPM_FOCUS_ANONYMITY_REFUSED,
    &anonymous_invitee::CPM_FOCUS_ANONYMOUS_INVITEE,
    &bye_410_no_restart::CPM_FOCUS_BYE_410_NO_RESTART,
    &bye_480_restartable::CPM_FOCUS_BYE_480_RESTARTABLE,
    &closed_group::CPM_FOCUS_CLOSED_GROUP,
    &empty_list::CPM_FOCUS_EMPTY_LIST,
    &end_on_initiator_leave::CPM_FOCUS_END_ON_INITIATOR_LEAVE,
    &end_per_group_policy::CPM_FOCUS_END_PER_GROUP_POLICY,
    &failed_invitee_removed::CPM_FOCUS_FAILED_INVITEE_REMOVED,
    &gsi_allocated::CPM_FOCUS_GSI_ALLOCATED,
    &invites_list_members::CPM_FOCUS_INVITES_LIST_MEMBERS,
    &isf_fallback::CPM_FOCUS_ISF_FALLBACK,
    &media_plane::CPM_FOCUS_MEDIA_PLANE,
    &predefined_single_session::CPM_FOCUS_PREDEFINED_SINGLE_SESSION,
    &predefined_unsupported::CPM_FOCUS_PREDEFINED_UNSUPPORTED,
    &reinvite_fanout::CPM_FOCUS_REINVITE_FANOUT,
    &reinvite_not_authorized::CPM_FOCUS_REINVITE_NOT_AUTHORIZED,
    &reinvite_quorum::CPM_FOCUS_REINVITE_QUORUM,
    &reinvite_rollback::CPM_FOCUS_REINVITE_ROLLBACK,
    &reject_feature_tag::CPM_FOCUS_REJECT_FEATURE_TAG,
    &reject_isfocus::CPM_FOCUS_REJECT_ISFOCUS,
    &reject_originator::CPM_FOCUS_REJECT_ORIGINATOR,
    &single_final_response::CPM_FOCUS_SINGLE_FINAL_RESPONSE,
    &too_many_participants::CPM_FOCUS_TOO_MANY_PARTICIPANTS,
    &warning_text::CPM_FOCUS_WARNING_TEXT,
];
