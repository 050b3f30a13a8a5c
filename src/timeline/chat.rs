//! User messages and what became of them: one message, however many legs and hops its copies took.
//!
//! Copies are matched by imdn.Message-ID, else by sender-independent content: the bytes of the body.

use std::borrow::Cow;

use hashbrown::HashMap;

use super::envelope::{Content, OpenTransfer};
use super::participant::Cast;
use crate::session::{MsrpSessions, uri_key};
use crate::wire::cpim::Address;
use crate::wire::{MessageId, Messages, imdn};

/// A message that a user sent.
#[derive(Clone, Debug)]
pub struct ChatMessage {
    /// The imdn.Message-ID when there is one, else the MSRP Message-ID.
    pub message_id: String,
    /// As on the wire: From of the CPIM envelope, else the sending participant.
    pub from: Option<String>,
    pub to: Option<String>,
    /// Of the inner body, without parameters, in lower case.
    pub content_type: String,
    /// The sending participant, where its own leg was captured.
    pub sender: Option<usize>,
    /// Its first chunk as the sender sent it; where that was not captured, the first copy.
    pub sent: MessageId,
    /// Chunks it was sent in.
    pub chunks: usize,
    /// Was every byte of it captured?
    pub complete: bool,
    /// One per recipient.
    pub copies: Vec<Delivery>,
    sender_hops: usize,
    /// Index in [`crate::session::MsrpSessions::transfers`] of what was sent.
    transfer: u32,
    body_start: usize,
}

/// The copy of a message that one recipient got.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Index of the recipient in [`super::SessionTimeline::participants`].
    pub participant: usize,
    /// First chunk of the copy on the hop nearest to the recipient.
    pub message: MessageId,
    /// Status of the MSRP response to it.
    pub response: Option<u16>,
    /// The first IMDN from this recipient that says delivered.
    pub delivered: Option<MessageId>,
    /// The first IMDN from this recipient that says displayed.
    pub displayed: Option<MessageId>,
    hops: usize,
}

impl ChatMessage {
    /// The inner body, put together from its chunks.
    pub fn body<'m>(&self, msrp: &MsrpSessions, messages: &'m Messages) -> Cow<'m, [u8]> {
        match msrp.transfers[self.transfer as usize].body(messages) {
            Cow::Borrowed(body) => Cow::Borrowed(body.get(self.body_start..).unwrap_or_default()),
            Cow::Owned(mut body) => {
                body.drain(..self.body_start.min(body.len()));
                Cow::Owned(body)
            }
        }
    }
}

/// What makes two transfers copies of one message.
#[derive(PartialEq, Eq, Hash)]
enum CopyKey<'a> {
    MessageId(&'a str),
    Body(Vec<u8>),
}

/// Finds the user messages among the MSRP messages of a session, which come in order.
pub fn build(transfers: &[OpenTransfer<'_>], messages: &Messages, cast: &Cast) -> Vec<ChatMessage> {
    let mut chat: Vec<ChatMessage> = Vec::new();
    let mut by_key: HashMap<CopyKey<'_>, usize> = HashMap::new();
    for one in transfers.iter().filter(|one| one.content == Content::User) {
        let key = match &one.envelope.message_id {
            Some(id) => CopyKey::MessageId(id),
            None => CopyKey::Body(one.transfer.body(messages).into_owned()),
        };
        let known = by_key.get(&key).copied();
        // The same bytes sent again by a user are another message, unless it is the next hop of the same one.
        let again = |index: usize| {
            let message: &ChatMessage = &chat[index];
            matches!(key, CopyKey::Body(_))
                && one.sender.is_some()
                && message.sender == one.sender
                && one.sender_hops == 0
        };
        let index = match known {
            Some(index) if !again(index) => index,
            _ => {
                chat.push(one.message(messages));
                by_key.insert(key, chat.len() - 1);
                chat.len() - 1
            }
        };
        chat[index].see(one, messages);
    }
    notify(&mut chat, transfers, messages, cast);
    chat
}

impl OpenTransfer<'_> {
    fn message(&self, messages: &Messages) -> ChatMessage {
        let first = &messages[self.transfer.first];
        let msrp_id = || {
            let id = first.msrp().map_or(&[][..], |summary| summary.message_id.of(messages.head(first)));
            String::from_utf8_lossy(id).into_owned()
        };
        let uri = |address: &Option<Address>| address.as_ref().map(|address| address.uri.clone());
        ChatMessage {
            message_id: self.envelope.message_id.clone().unwrap_or_else(msrp_id),
            from: uri(&self.envelope.from),
            to: uri(&self.envelope.to),
            content_type: self.envelope.content_type.clone(),
            sender: self.sender,
            sent: self.transfer.first,
            chunks: 1 + self.transfer.more().len(),
            complete: self.transfer.is_complete(messages),
            copies: Vec::new(),
            sender_hops: self.sender_hops,
            transfer: self.index,
            body_start: self.envelope.body_start,
        }
    }
}

impl ChatMessage {
    /// Takes in one more sighting of the message on some leg.
    fn see(&mut self, one: &OpenTransfer<'_>, messages: &Messages) {
        // The leg nearest to the sender tells best what was sent.
        if one.sender.is_some() && (self.sender.is_none() || one.sender_hops < self.sender_hops) {
            let copies = std::mem::take(&mut self.copies);
            *self = ChatMessage { copies, ..one.message(messages) };
        }
        let Some(participant) = one.receiver else { return };
        let copy = Delivery {
            participant,
            message: one.transfer.first,
            response: one.transfer.response.map(|(_, status)| status),
            delivered: None,
            displayed: None,
            hops: one.receiver_hops,
        };
        match self.copies.iter_mut().find(|known| known.participant == participant) {
            Some(known) if known.hops > copy.hops => *known = copy,
            Some(_) => {}
            None => self.copies.push(copy),
        }
    }
}

/// Enters the delivered and displayed notifications.
fn notify(chat: &mut [ChatMessage], transfers: &[OpenTransfer<'_>], messages: &Messages, cast: &Cast) {
    let by_id: HashMap<String, usize> =
        chat.iter().enumerate().map(|(index, message)| (message.message_id.clone(), index)).collect();
    // A few addresses stand in all of them: each is normalised once.
    let mut by_uri: HashMap<&str, Option<usize>> = HashMap::new();
    for one in transfers.iter().filter(|one| one.content == Content::Imdn) {
        let body = one.transfer.body(messages);
        let Ok(notification) = imdn::parse(body.get(one.envelope.body_start..).unwrap_or_default()) else { continue };
        let Some(&index) = notification.message_id.as_ref().and_then(|id| by_id.get(&id.value)) else { continue };
        // On its first leg the participant sends it; on the others the envelope tells whose it is.
        let named = || {
            let uri = one.envelope.from.as_ref()?.uri.as_str();
            *by_uri.entry(uri).or_insert_with(|| cast.find(&uri_key(uri)))
        };
        let Some(from) = one.sender.or_else(named) else { continue };
        let Some(copy) = chat[index].copies.iter_mut().find(|copy| copy.participant == from) else { continue };
        let slot = match notification.notification.and_then(|notification| notification.status) {
            Some(imdn::Status::Delivered) => &mut copy.delivered,
            Some(imdn::Status::Displayed) => &mut copy.displayed,
            _ => continue,
        };
        slot.get_or_insert(one.transfer.first);
    }
}
