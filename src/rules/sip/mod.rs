//! Rules about SIP itself: messages, transactions and dialogs (RFC 3261, 3515, 4028).

mod ack_missing;
mod bye_reason_present;
mod content_length;
mod content_type;
mod cseq;
mod dialog_tags;
mod mandatory_headers;
mod refer_notify;
mod request_after_bye;
mod request_unanswered;
mod response_unknown;
mod session_timer;

use super::{Case, Rule};
use crate::session::{Call, Direction};
use crate::wire::MessageId;
use crate::wire::sip::{Message, Name};

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &bye_reason_present::CPM_BYE_REASON_PRESENT,
    &ack_missing::SIP_ACK_MISSING,
    &content_length::SIP_CONTENT_LENGTH,
    &content_type::SIP_CONTENT_TYPE,
    &cseq::SIP_CSEQ,
    &dialog_tags::SIP_DIALOG_TAGS,
    &mandatory_headers::SIP_MANDATORY_HEADERS,
    &refer_notify::SIP_REFER_NOTIFY,
    &request_after_bye::SIP_REQUEST_AFTER_BYE,
    &request_unanswered::SIP_REQUEST_UNANSWERED,
    &response_unknown::SIP_RESPONSE_UNKNOWN,
    &session_timer::SIP_SESSION_TIMER,
];

/// The messages of a call in order, without retransmissions: those of the session, and with the first of its sessions what belongs to
/// none of its dialogs.
fn messages_of(case: &Case<'_>, call: &Call) -> Vec<MessageId> {
    let sessions = case.sessions();
    let all = call.transactions.iter().flat_map(|one| one.requests.iter().chain(&one.responses).chain(&one.acks));
    let mut ids: Vec<MessageId> = all.copied().filter(|&id| !sessions.is_retransmission(id)).collect();
    ids.sort_unstable();
    let first = ids.iter().find_map(|&id| sessions.session_of(id));
    ids.retain(|&id| sessions.session_of(id).or(first).is_some_and(|session| session.id == case.session.id));
    ids
}

/// The method of a request, the status of a response: what a sentence calls it.
fn name_of(message: &Message<'_>) -> String {
    match message.status() {
        Some(status) => status.to_string(),
        None => message.method().unwrap_or_default().to_owned(),
    }
}

/// Is this header of the message for the rules of the specification, which judge the INVITEs of groups and the answers to them? Of an
/// answer of the focus they leave the To and the Contact.
fn is_of_cpm(case: &Case<'_>, id: MessageId, name: Name) -> bool {
    let legs = case.legs().map(|(_, leg)| leg);
    legs.filter(|leg| case.is_of_cpm(leg, id)).any(|leg| {
        leg.invited == Some(id)
            || leg.direction == Direction::FocusToClient
            || !matches!(name, Name::To | Name::Contact)
    })
}
