//! Subscriptions (RFC 6665): SUBSCRIBE dialogs with their NOTIFYs, and what a REFER outside a session opens (RFC 3515).

use super::call::Call;
use super::identity::Identity;
use crate::wire::sip::{Method, Name};
use crate::wire::{MessageId, Messages};

/// One subscription, or the part of one that was captured.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub call_id: String,
    /// Index into [`super::Sessions::calls`].
    pub call: usize,
    /// Tag of the subscriber.
    pub from_tag: String,
    /// Tag of the notifier; empty when it never answered.
    pub to_tag: String,
    /// The event package, without parameters: `conference`, `refer`, …
    pub event: String,
    pub subscriber: Option<Identity>,
    /// What is subscribed to: the Request-URI of the SUBSCRIBE or REFER.
    pub target: Option<Identity>,
    /// Final status of the SUBSCRIBE; 0 when none was captured.
    pub status: u16,
    pub contribution_ids: Vec<(String, MessageId)>,
    /// All its messages, in order.
    pub messages: Vec<MessageId>,
    /// The NOTIFY requests, in order, retransmissions left out.
    pub notifies: Vec<MessageId>,
}

impl Subscription {
    /// Is it to the conference package (RFC 4575), and not refused?
    pub fn tells_who_is_in(&self) -> bool {
        self.event == "conference" && self.status < 300
    }

    /// Reads one dialog.
    pub fn build(call_index: usize, call: &Call, dialog: usize, messages: &Messages) -> Subscription {
        let dialog = &call.dialogs[dialog];
        let mut subscription = Subscription {
            call_id: call.call_id.clone(),
            call: call_index,
            from_tag: dialog.caller_tag.clone(),
            to_tag: dialog.callee_tag.clone(),
            event: String::new(),
            subscriber: None,
            target: None,
            status: 0,
            contribution_ids: Vec::new(),
            messages: Vec::new(),
            notifies: Vec::new(),
        };
        for &index in &dialog.transactions {
            let transaction = &call.transactions[index];
            let ids = transaction.requests.iter().chain(&transaction.responses);
            subscription.messages.extend(ids);
            let Some(request) = transaction.request() else { continue };
            let Some(message) = messages.sip(&messages[request]) else { continue };
            if let Some(value) = message.header(Name::ContributionId)
                && !subscription.contribution_ids.iter().any(|(known, _)| *known == value)
            {
                subscription.contribution_ids.push((value.into_owned(), request));
            }
            if transaction.method == Method::Notify {
                subscription.notifies.push(request);
            }
            if subscription.event.is_empty() {
                let event = message.header(Name::Event).unwrap_or_default();
                subscription.event = event.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            }
            if subscription.subscriber.is_none() {
                // A NOTIFY goes the other way than the SUBSCRIBE that was not captured.
                let name = if transaction.method == Method::Notify { Name::To } else { Name::From };
                subscription.subscriber = match name {
                    Name::From => Identity::sender(&message),
                    _ => Identity::of_header(&message, name),
                };
                subscription.target = match name {
                    Name::From => message.request_uri().map(|uri| Identity::from_uri(&uri)),
                    _ => Identity::of_header(&message, Name::From),
                };
            }
            if transaction.method != Method::Notify && subscription.status == 0 {
                subscription.status = transaction.final_response("", messages).map_or(0, |(_, status)| status);
            }
        }
        if subscription.event.is_empty() {
            let refers = dialog.transactions.iter().any(|&index| call.transactions[index].method == Method::Refer);
            subscription.event = if refers { "refer".into() } else { String::new() };
        }
        subscription.messages.sort_unstable();
        subscription.messages.dedup();
        subscription
    }
}
