//! Rules about the users and endpoints in conference-info documents (spec 9.2.14.3, RFC 4575 §5.6, §5.7).

mod disconnection_info_present;
mod disconnection_method_present;
mod disconnection_method_value;
mod disconnection_reason_syntax;
mod disconnection_when;
mod endpoint_entity;
mod endpoint_single;
mod endpoint_status_present;
mod endpoint_status_value;
mod joining_when;
mod user_entity_present;
mod user_entity_unique;
mod yourown_present;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &disconnection_info_present::CPM_CINFO_DISCONNECTION_INFO_PRESENT,
    &disconnection_method_present::CPM_CINFO_DISCONNECTION_METHOD_PRESENT,
    &disconnection_method_value::CPM_CINFO_DISCONNECTION_METHOD_VALUE,
    &disconnection_reason_syntax::CPM_CINFO_DISCONNECTION_REASON_SYNTAX,
    &disconnection_when::CPM_CINFO_DISCONNECTION_WHEN,
    &endpoint_entity::CPM_CINFO_ENDPOINT_ENTITY,
    &endpoint_single::CPM_CINFO_ENDPOINT_SINGLE,
    &endpoint_status_present::CPM_CINFO_ENDPOINT_STATUS_PRESENT,
    &endpoint_status_value::CPM_CINFO_ENDPOINT_STATUS_VALUE,
    &joining_when::CPM_CINFO_JOINING_WHEN,
    &user_entity_present::CPM_CINFO_USER_ENTITY_PRESENT,
    &user_entity_unique::CPM_CINFO_USER_ENTITY_UNIQUE,
    &yourown_present::CPM_CINFO_YOUROWN_PRESENT,
];
