//! Rules about the INVITEs that make or enter a group session (spec 5.2.1, 5.2.3, 5.2.5, 7.2.3).

mod accept_contact_copied;
mod accept_contact_icsi;
pub mod answer;
mod answer_asserted_identity;
mod answer_contact_icsi;
mod answer_copy_ids;
mod answer_display_name;
mod answer_ids_override;
mod answer_path;
mod answer_preferred_identity;
mod answer_rfc3261;
mod answer_session_expires;
mod answer_timer_option;
mod answer_user_agent;
mod asserted_identity;
pub mod change;
mod contact_icsi;
mod content_type_multipart;
mod contribution_id;
mod conversation_id;
mod extend_conversation_id;
mod extend_gruu_entry;
mod extend_inreplyto;
mod extend_session_replaces_entry;
pub mod extended;
mod focus_200_isfocus;
mod focus_invite_isfocus;
mod form;
mod inreplyto_contribution_id;
pub mod invitation;
mod invite_rfc3261;
mod max_participants;
mod p_preferred_service;
mod preferred_identity;
mod privacy_id;
mod referred_by;
mod reinvite_in_dialog;
mod reject_code;
mod rejoin;
mod rejoin_invite_contribution_id;
mod rejoin_invite_conversation_id;
mod rejoin_request_uri_focus;
mod request_uri;
mod request_uri_factory;
mod request_uri_group;
mod resource_list;
mod response_rfc3261;
mod service_route;
mod session_expires;
mod session_replaces;
mod session_replaces_481;
mod session_replaces_known;
mod session_replaces_switch;
mod subject;
mod supported_timer;
mod user_agent_release;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &answer_asserted_identity::CPM_200_ASSERTED_IDENTITY,
    &answer_contact_icsi::CPM_200_CONTACT_ICSI,
    &answer_copy_ids::CPM_200_COPY_IDS,
    &answer_display_name::CPM_200_DISPLAY_NAME,
    &answer_ids_override::CPM_200_IDS_OVERRIDE,
    &answer_preferred_identity::CPM_200_PREFERRED_IDENTITY,
    &answer_rfc3261::CPM_200_RFC3261,
    &answer_path::CPM_200_SEND_SIP_CORE,
    &answer_session_expires::CPM_200_SESSION_EXPIRES,
    &answer_timer_option::CPM_200_TIMER_OPTION,
    &answer_user_agent::CPM_200_USER_AGENT,
    &focus_200_isfocus::CPM_FOCUS_200_ISFOCUS,
    &focus_invite_isfocus::CPM_FOCUS_INVITE_ISFOCUS,
    &accept_contact_copied::CPM_INVITE_ACCEPT_CONTACT_COPIED,
    &accept_contact_icsi::CPM_INVITE_ACCEPT_CONTACT_ICSI,
    &asserted_identity::CPM_INVITE_ASSERTED_IDENTITY,
    &contact_icsi::CPM_INVITE_CONTACT_ICSI,
    &content_type_multipart::CPM_INVITE_CONTENT_TYPE_MULTIPART,
    &contribution_id::CPM_INVITE_CONTRIBUTION_ID,
    &conversation_id::CPM_INVITE_CONVERSATION_ID,
    &extend_conversation_id::CPM_INVITE_EXTEND_CONVERSATION_ID,
    &extend_gruu_entry::CPM_INVITE_EXTEND_GRUU_ENTRY,
    &extend_inreplyto::CPM_INVITE_EXTEND_INREPLYTO,
    &extend_session_replaces_entry::CPM_INVITE_EXTEND_SESSION_REPLACES_ENTRY,
    &inreplyto_contribution_id::CPM_INVITE_INREPLYTO_CONTRIBUTION_ID,
    &max_participants::CPM_INVITE_MAX_PARTICIPANTS,
    &p_preferred_service::CPM_INVITE_P_PREFERRED_SERVICE,
    &preferred_identity::CPM_INVITE_PREFERRED_IDENTITY,
    &privacy_id::CPM_INVITE_PRIVACY_ID,
    &referred_by::CPM_INVITE_REFERRED_BY,
    &reinvite_in_dialog::CPM_INVITE_REINVITE_IN_DIALOG,
    &reject_code::CPM_INVITE_REJECT_CODE,
    &request_uri::CPM_INVITE_REQUEST_URI,
    &request_uri_factory::CPM_INVITE_REQUEST_URI_FACTORY,
    &request_uri_group::CPM_INVITE_REQUEST_URI_GROUP,
    &resource_list::CPM_INVITE_RESOURCE_LIST,
    &response_rfc3261::CPM_INVITE_RESPONSE_RFC3261,
    &invite_rfc3261::CPM_INVITE_RFC3261,
    &service_route::CPM_INVITE_SEND_SIP_CORE,
    &session_expires::CPM_INVITE_SESSION_EXPIRES,
    &session_replaces::CPM_INVITE_SESSION_REPLACES,
    &session_replaces_481::CPM_INVITE_SESSION_REPLACES_481,
    &session_replaces_known::CPM_INVITE_SESSION_REPLACES_KNOWN,
    &session_replaces_switch::CPM_INVITE_SESSION_REPLACES_SWITCH,
    &subject::CPM_INVITE_SUBJECT,
    &supported_timer::CPM_INVITE_SUPPORTED_TIMER,
    &user_agent_release::CPM_INVITE_USER_AGENT_RELEASE,
    &rejoin_invite_contribution_id::CPM_REJOIN_INVITE_CONTRIBUTION_ID,
    &rejoin_invite_conversation_id::CPM_REJOIN_INVITE_CONVERSATION_ID,
    &rejoin_request_uri_focus::CPM_REJOIN_REQUEST_URI_FOCUS,
];
