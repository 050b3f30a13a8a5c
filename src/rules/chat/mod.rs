//! Rules about what is inside of messages: CPIM (RFC 3862) and IMDN (RFC 5438).

mod accept_chat;
pub mod address;
mod body;
mod cinfo_accepted;
pub mod composing;
mod cpim_datetime;
mod cpim_datetime_pf;
mod cpim_namespace;
mod cpim_required_headers;
mod cpim_structure;
mod cpim_to_group;
mod cpim_to_predefined;
mod cpim_to_present;
mod cpim_to_single;
mod dated;
mod datetime_retransmission;
mod event_own_session;
mod event_response;
mod groupdata_body;
mod imdn_content_disposition;
mod imdn_datetime_element;
mod imdn_datetime_pf;
mod imdn_delivery_returned;
mod imdn_display_returned;
mod imdn_in_session;
mod imdn_message_id;
mod imdn_message_id_unique;
mod imdn_request;
mod imdn_request_display;
mod imdn_request_interworking;
mod imdn_to_sender;
mod imdn_where;
mod imdn_without_request;
mod imdn_xml;
mod interworked;
mod iscomposing_delivered;
mod iscomposing_no_cpim;
mod iscomposing_no_request;
mod iscomposing_over_msrp;
mod iscomposing_rfc3994;
mod iscomposing_xml;
mod sent_in_session;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &cpim_datetime::CPIM_DATETIME,
    &cpim_namespace::CPIM_NAMESPACE,
    &cpim_required_headers::CPIM_REQUIRED_HEADERS,
    &cpim_structure::CPIM_STRUCTURE,
    &cinfo_accepted::CPM_CINFO_MSRP_ACCEPTED,
    &accept_chat::CPM_MSRP_ACCEPT_CHAT,
    &cpim_datetime_pf::CPM_MSRP_CPIM_DATETIME,
    &cpim_to_group::CPM_MSRP_CPIM_TO_GROUP,
    &cpim_to_predefined::CPM_MSRP_CPIM_TO_PREDEFINED,
    &cpim_to_present::CPM_MSRP_CPIM_TO_PRESENT,
    &cpim_to_single::CPM_MSRP_CPIM_TO_SINGLE_RECIPIENT,
    &datetime_retransmission::CPM_MSRP_DATETIME_RETRANSMISSION,
    &event_own_session::CPM_MSRP_EVENT_OWN_SESSION,
    &event_response::CPM_MSRP_EVENT_RESPONSE,
    &groupdata_body::CPM_MSRP_GROUPDATA_BODY,
    &imdn_datetime_pf::CPM_MSRP_IMDN_CPIM_DATETIME,
    &imdn_datetime_element::CPM_MSRP_IMDN_DATETIME_ELEMENT,
    &imdn_delivery_returned::CPM_MSRP_IMDN_DELIVERY_RETURNED,
    &imdn_display_returned::CPM_MSRP_IMDN_DISPLAY_RETURNED,
    &imdn_where::CPM_MSRP_IMDN_IN_OR_OUT_OF_SESSION,
    &imdn_in_session::CPM_MSRP_IMDN_IN_SESSION,
    &interworked::CPM_MSRP_IMDN_INTERWORKING_RETURNED,
    &imdn_request::CPM_MSRP_IMDN_REQUEST,
    &imdn_request_display::CPM_MSRP_IMDN_REQUEST_DISPLAY,
    &imdn_request_interworking::CPM_MSRP_IMDN_REQUEST_INTERWORKING,
    &imdn_to_sender::CPM_MSRP_IMDN_TO_SENDER,
    &iscomposing_delivered::CPM_MSRP_ISCOMPOSING_DELIVERED,
    &iscomposing_no_cpim::CPM_MSRP_ISCOMPOSING_NO_CPIM_1_1,
    &iscomposing_no_request::CPM_MSRP_ISCOMPOSING_NO_IMDN_REQUEST,
    &iscomposing_rfc3994::CPM_MSRP_ISCOMPOSING_RFC3994,
    &iscomposing_over_msrp::CPM_MSRP_ISCOMPOSING_VIA_MSRP,
    &sent_in_session::CPM_MSRP_SEND_IN_SESSION,
    &imdn_content_disposition::IMDN_CONTENT_DISPOSITION,
    &imdn_message_id::IMDN_MESSAGE_ID,
    &imdn_message_id_unique::IMDN_MESSAGE_ID_UNIQUE,
    &imdn_without_request::IMDN_WITHOUT_REQUEST,
    &imdn_xml::IMDN_XML,
    &iscomposing_xml::ISCOMPOSING_XML,
];
