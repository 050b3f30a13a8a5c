//! Rules about what is inside of messages: CPIM (RFC 3862) and IMDN (RFC 5438).

mod body;
mod cpim_datetime;
mod cpim_namespace;
mod cpim_required_headers;
mod cpim_structure;
mod imdn_content_disposition;
mod imdn_message_id;
mod imdn_message_id_unique;
mod imdn_without_request;
mod imdn_xml;
mod iscomposing_xml;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &cpim_datetime::CPIM_DATETIME,
    &cpim_namespace::CPIM_NAMESPACE,
    &cpim_required_headers::CPIM_REQUIRED_HEADERS,
    &cpim_structure::CPIM_STRUCTURE,
    &imdn_content_disposition::IMDN_CONTENT_DISPOSITION,
    &imdn_message_id::IMDN_MESSAGE_ID,
    &imdn_message_id_unique::IMDN_MESSAGE_ID_UNIQUE,
    &imdn_without_request::IMDN_WITHOUT_REQUEST,
    &imdn_xml::IMDN_XML,
    &iscomposing_xml::ISCOMPOSING_XML,
];
