//! Rules about the media plane: MSRP sessions, relaying, responses and REPORTs (spec 5.2.6.1, RFC 4975).

mod after_close_481;
mod buffered;
mod byte_range;
mod chunk_size;
mod connect_target;
pub mod connection;
mod content_type;
mod copy_unchanged;
mod end_flag;
mod fanout;
mod focus_listening;
mod from_path;
mod groupdata_error;
mod groupdata_not_forwarded;
mod groupdata_response;
mod message_id;
mod no_echo;
pub mod path;
mod path_match;
mod path_order;
mod reconnect_to_focus;
mod report_form;
mod report_missing;
mod report_unasked;
mod report_wish;
mod response_missing;
mod response_unexpected;
mod rfc4975;
mod send_200;
mod session_connection;
mod session_per_participant;
mod setup;
mod to_path;
pub mod unanswered;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &buffered::CPM_MSRP_BUFFERED_DELIVERY,
    &chunk_size::CPM_MSRP_CHUNK_SIZE,
    &connect_target::CPM_MSRP_CONNECT_TARGET,
    &copy_unchanged::CPM_MSRP_COPY_UNCHANGED,
    &fanout::CPM_MSRP_FANOUT,
    &focus_listening::CPM_MSRP_FOCUS_LISTENING,
    &from_path::CPM_MSRP_FROM_PATH,
    &groupdata_error::CPM_MSRP_GROUPDATA_ERROR,
    &groupdata_not_forwarded::CPM_MSRP_GROUPDATA_NOT_FORWARDED,
    &groupdata_response::CPM_MSRP_GROUPDATA_RESPONSE,
    &no_echo::CPM_MSRP_NO_ECHO,
    &reconnect_to_focus::CPM_MSRP_RECONNECT_TO_FOCUS,
    &rfc4975::CPM_MSRP_RFC4975,
    &send_200::CPM_MSRP_SEND_200,
    &session_per_participant::CPM_MSRP_SESSION_PER_PARTICIPANT,
    &setup::CPM_MSRP_SETUP,
    &to_path::CPM_MSRP_TO_PATH,
    &after_close_481::MSRP_481_AFTER_CLOSE,
    &byte_range::MSRP_BYTE_RANGE,
    &content_type::MSRP_CONTENT_TYPE,
    &end_flag::MSRP_END_FLAG,
    &message_id::MSRP_MESSAGE_ID,
    &path_match::MSRP_PATH_MATCH,
    &path_order::MSRP_PATH_ORDER,
    &report_form::MSRP_REPORT_FORM,
    &report_missing::MSRP_REPORT_MISSING,
    &report_unasked::MSRP_REPORT_UNASKED,
    &report_wish::MSRP_REPORT_WISH,
    &response_missing::MSRP_RESPONSE_MISSING,
    &response_unexpected::MSRP_RESPONSE_UNEXPECTED,
    &session_connection::MSRP_SESSION_CONNECTION,
];
