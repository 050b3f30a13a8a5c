//! User messages and what became of them: one message, however many legs and hops its copies took.
//!
//! Copies are matched by imdn.Message-ID, else by sender-independent content: the bytes of the body.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::envelope::{Content, OpenTransfer, Opened};
use crate::session::MsrpSessions;
use crate::wire::{MessageId, Messages, imdn};

/// A message that a user sent.
#[derive(Clone, Debug)]
pub struct ChatMessage {
    /// The imdn.Message-ID when there is one, else the MSRP Message-ID.
    pub message_id: Box<str>,
    /// As on the wire: From of the CPIM envelope.
    pub from: Option<Arc<str>>,
    pub to: Option<Arc<str>>,
    /// Of the inner body, without parameters, in lower case.
    pub content_type: Arc<str>,
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
    Body(Cow<'a, [u8]>),
}

/// Finds the user messages among the MSRP messages of a session, which come in order.
pub fn build(opened: &Opened<'_>, messages: &Messages) -> Vec<ChatMessage> {
    let mut builder =
        Builder { opened, messages, chat: Vec::new(), copies: HashMap::new(), content_types: HashSet::new() };
    let mut by_key: HashMap<CopyKey<'_>, usize> = HashMap::new();
    for one in opened.transfers.iter().filter(|one| one.content == Content::User) {
        let key = match &one.envelope.message_id {
            Some(id) => CopyKey::MessageId(id),
            None => CopyKey::Body(one.transfer.body(messages)),
        };
        let known = by_key.get(&key).copied();
        // The same bytes sent again by a user are another message, unless it is the next hop of the same one.
        let again = |index: usize| {
            let message: &ChatMessage = &builder.chat[index];
            matches!(key, CopyKey::Body(_))
                && one.sender.is_some()
                && message.sender == one.sender
                && one.sender_hops == 0
        };
        let index = match known {
            Some(index) if !again(index) => index,
            _ => {
                let message = builder.message(one);
                builder.chat.push(message);
                by_key.insert(key, builder.chat.len() - 1);
                builder.chat.len() - 1
            }
        };
        builder.see(index, one);
    }
    for one in opened.transfers.iter().filter(|one| one.content == Content::Imdn) {
        let by_id = |id: &str| by_key.get(&CopyKey::MessageId(id)).copied();
        builder.notify(one, by_id);
    }
    builder.chat
}

struct Builder<'a> {
    opened: &'a Opened<'a>,
    messages: &'a Messages,
    chat: Vec<ChatMessage>,
    /// Message and participant → the place of the copy among those of the message.
    copies: HashMap<(usize, usize), usize>,
    content_types: HashSet<Arc<str>>,
}

impl Builder<'_> {
    fn message(&mut self, one: &OpenTransfer<'_>) -> ChatMessage {
        let messages = self.messages;
        let first = &messages[one.transfer.first];
        let message_id = match &one.envelope.message_id {
            Some(id) => id.as_ref().into(),
            None => {
                let id = first.msrp().map_or(&[][..], |summary| summary.message_id.of(messages.head(first)));
                String::from_utf8_lossy(id).into()
            }
        };
        let uri = |address: Option<usize>| address.map(|index| self.opened.addresses[index].uri.clone());
        let content_type = one.envelope.content_type.as_ref();
        ChatMessage {
            message_id,
            from: uri(one.from),
            to: uri(one.to),
            content_type: self.content_types.get_or_insert_with(content_type, |text| Arc::from(text)).clone(),
            sender: one.sender,
            sent: one.transfer.first,
            chunks: 1 + one.transfer.more().len(),
            complete: one.transfer.is_complete(messages),
            copies: Vec::new(),
            sender_hops: one.sender_hops,
            transfer: one.index,
            body_start: one.envelope.body_start,
        }
    }

    /// Takes in one more sighting of the message on some leg.
    fn see(&mut self, index: usize, one: &OpenTransfer<'_>) {
        let known = &self.chat[index];
        // The leg nearest to the sender tells best what was sent.
        if one.sender.is_some() && (known.sender.is_none() || one.sender_hops < known.sender_hops) {
            let message = self.message(one);
            let copies = std::mem::take(&mut self.chat[index].copies);
            self.chat[index] = ChatMessage { copies, ..message };
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
        let copies = &mut self.chat[index].copies;
        let place = *self.copies.entry((index, participant)).or_insert(copies.len());
        match copies.get_mut(place) {
            Some(known) if known.hops > copy.hops => *known = copy,
            Some(_) => {}
            None => copies.push(copy),
        }
    }

    /// Enters a delivered or displayed notification.
    fn notify(&mut self, one: &OpenTransfer<'_>, by_id: impl Fn(&str) -> Option<usize>) {
        let body = one.transfer.body(self.messages);
        let body = body.get(one.envelope.body_start..).unwrap_or_default();
        let (index, status) = match imdn::peek(body) {
            Some((id, status)) => (by_id(id), Some(status)),
            None => {
                let Ok(imdn) = imdn::parse(body) else { return };
                let index = imdn.message_id.and_then(|id| by_id(&id.value));
                (index, imdn.notification.and_then(|notification| notification.status))
            }
        };
        // On its first leg the participant sends it; on the others the envelope tells whose it is.
        let named = || self.opened.addresses[one.from?].participant;
        let (Some(index), Some(from)) = (index, one.sender.or_else(named)) else { return };
        let Some(&place) = self.copies.get(&(index, from)) else { return };
        let copy = &mut self.chat[index].copies[place];
        let slot = match status {
            Some(imdn::Status::Delivered) => &mut copy.delivered,
            Some(imdn::Status::Displayed) => &mut copy.displayed,
            _ => return,
        };
        slot.get_or_insert(one.transfer.first);
    }
}
