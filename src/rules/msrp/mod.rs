//! Rules about the media plane: MSRP sessions, relaying, responses and REPORTs (spec 5.2.6.1, RFC 4975).

mod byte_range;
mod fanout;
mod groupdata_response;
mod no_echo;
mod path_order;
mod response_missing;
mod send_200;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &fanout::CPM_MSRP_FANOUT,
    &groupdata_response::CPM_MSRP_GROUPDATA_RESPONSE,
    &no_echo::CPM_MSRP_NO_ECHO,
    &send_200::CPM_MSRP_SEND_200,
    &byte_range::MSRP_BYTE_RANGE,
    &path_order::MSRP_PATH_ORDER,
    &response_missing::MSRP_RESPONSE_MISSING,
];
