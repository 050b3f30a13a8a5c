//! Rules about conference-info documents (spec 9.2.14.3, RFC 4575).

mod conference_description_present;
mod conference_state_present;
mod entity_is_focus;
pub(super) mod flaws;
mod free_text;
mod groupdata_reflected;
mod history;
mod icon_cid_resolves;
mod icon_ext;
mod icon_no_source;
mod icon_present;
mod icon_source;
mod icon_source_choice;
mod icon_uri;
mod keywords;
pub(super) mod lexical;
mod maximum_user_count_present;
mod msrp_no_state;
mod msrp_no_version;
mod notify_state_value;
mod notify_version;
mod recipient;
mod root;
mod schema;
mod subject;
mod subject_empty;
mod subject_ext_content;
mod subject_ext_participant;
mod subject_ext_present;
mod subject_from_invite;
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
    &free_text::CPM_CINFO_FREE_TEXT,
    &groupdata_reflected::CPM_CINFO_GROUPDATA_REFLECTED,
    &icon_cid_resolves::CPM_CINFO_ICON_CID_RESOLVES,
    &icon_ext::CPM_CINFO_ICON_EXT,
    &icon_no_source::CPM_CINFO_ICON_NO_SOURCE,
    &icon_present::CPM_CINFO_ICON_PRESENT,
    &icon_source::CPM_CINFO_ICON_SOURCE,
    &icon_source_choice::CPM_CINFO_ICON_SOURCE_CHOICE,
    &icon_uri::CPM_CINFO_ICON_URI,
    &keywords::CPM_CINFO_KEYWORDS,
    &maximum_user_count_present::CPM_CINFO_MAXIMUM_USER_COUNT_PRESENT,
    &msrp_no_state::CPM_CINFO_MSRP_NO_STATE,
    &msrp_no_version::CPM_CINFO_MSRP_NO_VERSION,
    &notify_state_value::CPM_CINFO_NOTIFY_STATE_VALUE,
    &notify_version::CPM_CINFO_NOTIFY_VERSION,
    &root::CPM_CINFO_ROOT,
    &schema::CPM_CINFO_SCHEMA,
    &subject_empty::CPM_CINFO_SUBJECT_EMPTY,
    &subject_ext_content::CPM_CINFO_SUBJECT_EXT_CONTENT,
    &subject_ext_participant::CPM_CINFO_SUBJECT_EXT_PARTICIPANT,
    &subject_ext_present::CPM_CINFO_SUBJECT_EXT_PRESENT,
    &subject_from_invite::CPM_CINFO_SUBJECT_FROM_INVITE,
    &subject_present::CPM_CINFO_SUBJECT_PRESENT,
    &user_count_present::CPM_CINFO_USER_COUNT_PRESENT,
    &user_count_value::CPM_CINFO_USER_COUNT_VALUE,
    &users_present::CPM_CINFO_USERS_PRESENT,
];
