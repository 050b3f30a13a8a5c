//! Requests outside of dialogs that matter to sessions: SIP MESSAGE of a conversation, and registrations.

use hashbrown::HashMap;

use super::call::Call;
use super::identity::Identity;
use crate::wire::sip::{Method, Name};
use crate::wire::{MessageId, Messages};

/// SIP MESSAGE requests by their Contribution-ID and their Conversation-ID; REGISTER requests and their final responses by the normalised
/// URI of whom they register: on each hop, in order, retransmissions left out.
pub fn find(
    calls: &[Call],
    messages: &Messages,
    is_retransmission: impl Fn(MessageId) -> bool,
) -> HashMap<String, Vec<MessageId>> {
    let mut found: HashMap<String, Vec<MessageId>> = HashMap::new();
    let transactions = calls.iter().flat_map(|call| &call.transactions);
    let outside = transactions.filter(|one| matches!(one.method, Method::Message | Method::Register));
    for transaction in outside {
        let responses = transaction.responses.iter().filter(|_| transaction.method == Method::Register);
        for &id in transaction.requests.iter().chain(responses).filter(|&&id| !is_retransmission(id)) {
            let Some(message) = messages.sip(&messages[id]) else { continue };
            let value = |name| message.header(name).map(|value| value.trim().to_owned());
            let keys = match transaction.method {
                Method::Register => [Identity::of_header(&message, Name::To).map(|user| user.key), None],
                _ => [value(Name::ContributionId), value(Name::ConversationId)],
            };
            for key in keys.into_iter().flatten().filter(|key| !key.is_empty()) {
                found.entry(key).or_default().push(id);
            }
        }
    }
    found.values_mut().for_each(|ids| {
        ids.sort_unstable();
        ids.dedup();
    });
    found
}
