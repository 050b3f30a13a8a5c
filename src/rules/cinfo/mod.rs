//! Rules about conference-info documents (spec 9.2.14.3, RFC 4575).

mod conference_description_present;
mod conference_state_present;
mod entity_is_focus;
mod group_data;
mod icon_source_choice;
pub(super) mod lexical;
mod maximum_user_count_present;
mod msrp_no_state;
mod msrp_no_version;
mod notify_state_value;
mod notify_version;
mod root;
mod schema;
mod subject_present;
mod types;
mod user_count_present;
mod user_count_value;
mod users_present;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &conference_description_present::CPM_CINFO_CONFERENCE_DESCRIPTION_PRESENT,
    &conference_state_present::CPM_CINFO_CONFERENCE_STATE_PRESENT,
    &entity_is_focus::CPM_CINFO_ENTITY_IS_FOCUS,
    &icon_source_choice::CPM_CINFO_ICON_SOURCE_CHOICE,
    &maximum_user_count_present::CPM_CINFO_MAXIMUM_USER_COUNT_PRESENT,
    &msrp_no_state::CPM_CINFO_MSRP_NO_STATE,
    &msrp_no_version::CPM_CINFO_MSRP_NO_VERSION,
    &notify_state_value::CPM_CINFO_NOTIFY_STATE_VALUE,
    &notify_version::CPM_CINFO_NOTIFY_VERSION,
    &root::CPM_CINFO_ROOT,
    &schema::CPM_CINFO_SCHEMA,
    &subject_present::CPM_CINFO_SUBJECT_PRESENT,
    &user_count_present::CPM_CINFO_USER_COUNT_PRESENT,
    &user_count_value::CPM_CINFO_USER_COUNT_VALUE,
    &users_present::CPM_CINFO_USERS_PRESENT,
];
