//! Rules about the users and endpoints in conference-info documents (spec 9.2.14.3, RFC 4575 §5.6, §5.7).

mod disconnection_by;
mod disconnection_info_present;
mod disconnection_method_present;
mod disconnection_method_value;
mod disconnection_reason;
mod disconnection_reason_syntax;
mod disconnection_when;
mod display_text;
mod endpoint_entity;
mod endpoint_single;
mod endpoint_status_present;
mod endpoint_status_value;
mod execution;
mod joining_by;
mod joining_info_present;
mod joining_reason;
mod joining_when;
mod roles;
mod status_connected;
mod status_disconnected;
mod status_pending;
mod user_entity_anonymous;
mod user_entity_present;
mod user_entity_unique;
mod user_entity_value;
mod user_per_participant;
mod yourown_identity;
mod yourown_present;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &disconnection_by::CPM_CINFO_DISCONNECTION_BY,
    &disconnection_info_present::CPM_CINFO_DISCONNECTION_INFO_PRESENT,
    &disconnection_method_present::CPM_CINFO_DISCONNECTION_METHOD_PRESENT,
    &disconnection_method_value::CPM_CINFO_DISCONNECTION_METHOD_VALUE,
    &disconnection_reason::CPM_CINFO_DISCONNECTION_REASON,
    &disconnection_reason_syntax::CPM_CINFO_DISCONNECTION_REASON_SYNTAX,
    &disconnection_when::CPM_CINFO_DISCONNECTION_WHEN,
    &display_text::CPM_CINFO_DISPLAY_TEXT,
    &endpoint_entity::CPM_CINFO_ENDPOINT_ENTITY,
    &endpoint_single::CPM_CINFO_ENDPOINT_SINGLE,
    &endpoint_status_present::CPM_CINFO_ENDPOINT_STATUS_PRESENT,
    &endpoint_status_value::CPM_CINFO_ENDPOINT_STATUS_VALUE,
    &joining_by::CPM_CINFO_JOINING_BY,
    &joining_info_present::CPM_CINFO_JOINING_INFO_PRESENT,
    &joining_reason::CPM_CINFO_JOINING_REASON,
    &joining_when::CPM_CINFO_JOINING_WHEN,
    &roles::CPM_CINFO_ROLES,
    &status_connected::CPM_CINFO_STATUS_CONNECTED,
    &status_disconnected::CPM_CINFO_STATUS_DISCONNECTED,
    &status_pending::CPM_CINFO_STATUS_PENDING,
    &user_entity_anonymous::CPM_CINFO_USER_ENTITY_ANONYMOUS,
    &user_entity_present::CPM_CINFO_USER_ENTITY_PRESENT,
    &user_entity_unique::CPM_CINFO_USER_ENTITY_UNIQUE,
    &user_entity_value::CPM_CINFO_USER_ENTITY_VALUE,
    &user_per_participant::CPM_CINFO_USER_PER_PARTICIPANT,
    &yourown_identity::CPM_CINFO_YOUROWN_IDENTITY,
    &yourown_present::CPM_CINFO_YOUROWN_PRESENT,
];
