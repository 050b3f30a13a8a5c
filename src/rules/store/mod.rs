//! The state of a group as the message store keeps it, in what a client is given that was away (OMA CPM 5.2.3.2.1).

mod coherent_state;
mod comm_addr;
mod group_type;
mod icon;
mod icon_participant;
mod icon_source;
mod icon_source_empty;
mod icon_timestamp;
mod last_state;
mod lastfocussessionid;
mod max_user_count;
mod name;
pub mod object;
mod participants;
mod policy;
mod role;
mod sent;
mod subject;
mod subject_participant;
mod subject_text;
mod subject_timestamp;
mod timestamp;
mod yourown;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &last_state::CPM_DEFERRED_GSO_LAST_STATE,
    &sent::CPM_DEFERRED_GSO_SENT,
    &coherent_state::CPM_STORE_GSO_COHERENT_STATE,
    &comm_addr::CPM_STORE_GSO_COMM_ADDR,
    &group_type::CPM_STORE_GSO_GROUP_TYPE,
    &icon::CPM_STORE_GSO_ICON,
    &icon_participant::CPM_STORE_GSO_ICON_PARTICIPANT,
    &icon_source::CPM_STORE_GSO_ICON_SOURCE,
    &icon_source_empty::CPM_STORE_GSO_ICON_SOURCE_EMPTY,
    &icon_timestamp::CPM_STORE_GSO_ICON_TIMESTAMP,
    &lastfocussessionid::CPM_STORE_GSO_LASTFOCUSSESSIONID,
    &max_user_count::CPM_STORE_GSO_MAX_USER_COUNT,
    &name::CPM_STORE_GSO_NAME,
    &participants::CPM_STORE_GSO_PARTICIPANTS,
    &policy::CPM_STORE_GSO_POLICY,
    &role::CPM_STORE_GSO_ROLE,
    &subject::CPM_STORE_GSO_SUBJECT,
    &subject_participant::CPM_STORE_GSO_SUBJECT_PARTICIPANT,
    &subject_text::CPM_STORE_GSO_SUBJECT_TEXT,
    &subject_timestamp::CPM_STORE_GSO_SUBJECT_TIMESTAMP,
    &timestamp::CPM_STORE_GSO_TIMESTAMP,
    &yourown::CPM_STORE_GSO_YOUROWN,
];
