//! User messages and what became of them: one message, however many legs and hops its copies took.
//!
//! Copies are matched by imdn.Message-ID, else by sender-independent content: the bytes of the body.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::disposition::{self, Disposition, Notice, Stray};
use super::envelope::Content;
use super::opened::{OpenTransfer, Opened};
use super::participant::Cast;
use crate::session::{MsrpSessions, Sessions, Transfer, uri_key};
use crate::wire::msrp::EndFlag;
use crate::wire::{MessageId, Messages};

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
    /// The participant in To, where it is for one alone.
    pub addressee: Option<usize>,
    /// Its first chunk as the sender sent it; where that was not captured, the first copy.
    pub sent: MessageId,
    /// Status of the MSRP response to that.
    pub response: Option<u16>,
    /// Chunks it was sent in.
    pub chunks: usize,
    /// Was every byte of it captured?
    pub complete: bool,
    /// One per recipient.
    pub copies: Vec<Delivery>,
    /// What IMDNs said beyond [`Delivery::delivered`] and [`Delivery::displayed`], in order.
    pub notices: Vec<Notice>,
    sender_hops: usize,
    /// Index in [`MsrpSessions::transfers`] of what was sent.
    pub transfer: u32,
    body_start: usize,
}

/// The copy of a message that one recipient got.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Index of the recipient in [`super::SessionTimeline::participants`].
    pub participant: usize,
    /// First chunk of the copy on the hop nearest to the recipient; of several there, the first that was not refused or
    /// aborted.
    pub message: MessageId,
    /// Status of the MSRP response to it.
    pub response: Option<u16>,
    /// The first IMDN from this recipient that says delivered.
    pub delivered: Option<MessageId>,
    /// The first IMDN from this recipient that says displayed.
    pub displayed: Option<MessageId>,
    /// Did the sender abort it?
    aborted: bool,
    hops: u16,
    /// Index in [`MsrpSessions::transfers`].
    pub transfer: u32,
    /// What most copies do not have: there are hundreds of thousands of them.
    rest: Option<Box<Rest>>,
}

#[derive(Clone, Debug, Default)]
struct Rest {
    deferred: Option<MessageId>,
    attempts: Vec<Attempt>,
}

/// The same message sent to the same recipient once more, or before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its first chunk.
    pub message: MessageId,
    /// Status of the MSRP response to it.
    pub response: Option<u16>,
    /// Did the sender abort it?
    pub aborted: bool,
}

/// An MSRP REPORT about a message (RFC 4975 §7.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    pub message: MessageId,
    /// 200 for success.
    pub status: u16,
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

    /// How many bytes [`ChatMessage::body`] has, without putting it together.
    pub fn len_bytes(&self, msrp: &MsrpSessions, messages: &Messages) -> usize {
        let chunks = msrp.transfers[self.transfer as usize].chunks();
        let len: usize = chunks.map(|id| messages[id].msrp().map_or(0, |summary| summary.body.len as usize)).sum();
        len.saturating_sub(self.body_start)
    }

    /// The REPORTs that came back to the sender.
    pub fn reports(&self, msrp: &MsrpSessions, messages: &Messages) -> Vec<Report> {
        reports(&msrp.transfers[self.transfer as usize], messages)
    }

    /// Those of `present`, who were there when it was sent, to whom it should have come and has not: no copy was captured, it was
    /// refused or aborted, and no IMDN says that it came all the same.
    pub fn missing(&self, present: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let copies = self.copies.iter().filter(|copy| copy.attempt().may_have_arrived()).map(|copy| copy.participant);
        let told = self.notices.iter().filter(|notice| notice.disposition.is_arrival());
        let got: HashSet<usize> = copies.chain(told.filter_map(|notice| notice.recipient)).collect();
        let is_meant = |one: usize| Some(one) != self.sender && self.addressee.is_none_or(|only| only == one);
        present.into_iter().filter(|&one| is_meant(one) && !got.contains(&one)).collect()
    }
}

impl Delivery {
    /// The INVITE of the leg on which the copy came, where it is later than the message: it was kept until its recipient could be
    /// reached (spec 5.2.3.4).
    pub fn deferred(&self) -> Option<MessageId> {
        self.rest.as_ref()?.deferred
    }

    /// The other times that the message, by its imdn.Message-ID, was sent to this recipient on the hop nearest to it.
    pub fn attempts(&self) -> &[Attempt] {
        self.rest.as_ref().map_or(&[], |rest| &rest.attempts)
    }

    /// Copies that were one too many: this one was not refused, and neither were these.
    pub fn duplicates(&self) -> impl Iterator<Item = MessageId> + '_ {
        self.attempts().iter().filter(|attempt| attempt.may_have_arrived()).map(|attempt| attempt.message)
    }

    /// The REPORTs that the recipient sent.
    pub fn reports(&self, msrp: &MsrpSessions, messages: &Messages) -> Vec<Report> {
        reports(&msrp.transfers[self.transfer as usize], messages)
    }

    /// Takes in the same message on the same hop.
    fn again(&mut self, mut other: Delivery) {
        if !self.attempt().may_have_arrived() && other.attempt().may_have_arrived() {
            std::mem::swap(self, &mut other);
            self.rest().attempts = other.rest.take().map(|rest| rest.attempts).unwrap_or_default();
        }
        self.rest().attempts.push(other.attempt());
    }

    fn attempt(&self) -> Attempt {
        Attempt { message: self.message, response: self.response, aborted: self.aborted }
    }

    fn rest(&mut self) -> &mut Rest {
        self.rest.get_or_insert_default()
    }
}

impl Attempt {
    /// Nothing in the capture says that it did not arrive.
    pub fn may_have_arrived(&self) -> bool {
        !self.aborted && self.response.is_none_or(|status| status < 300)
    }
}

fn reports(transfer: &Transfer, messages: &Messages) -> Vec<Report> {
    let report = |&id: &MessageId| {
        let request = messages.msrp(&messages[id])?;
        // `000 200 OK`: namespace and code (RFC 4975 §7.1.2).
        let status = request.header("Status")?.split_ascii_whitespace().nth(1)?.parse().ok()?;
        Some(Report { message: id, status })
    };
    transfer.reports().iter().filter_map(report).collect()
}

/// What makes two transfers copies of one message.
#[derive(PartialEq, Eq, Hash)]
enum CopyKey<'a> {
    MessageId(&'a str),
    Body(Cow<'a, [u8]>),
}

/// Finds the user messages among the MSRP messages of a session, which come in order; and the notifications about other messages.
pub fn build(
    opened: &Opened<'_>,
    sessions: &Sessions,
    messages: &Messages,
    cast: &Cast,
) -> (Vec<ChatMessage>, Vec<Stray>) {
    let mut builder = Builder {
        opened,
        sessions,
        messages,
        cast,
        chat: Vec::new(),
        strays: Vec::new(),
        copies: HashMap::new(),
        content_types: HashSet::new(),
        notified: HashSet::new(),
    };
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
    (builder.chat, builder.strays)
}

struct Builder<'a> {
    opened: &'a Opened<'a>,
    sessions: &'a Sessions,
    messages: &'a Messages,
    cast: &'a Cast,
    chat: Vec<ChatMessage>,
    strays: Vec<Stray>,
    /// Message and participant → the place of the copy among those of the message.
    copies: HashMap<(usize, usize), usize>,
    content_types: HashSet<Arc<str>>,
    /// The notifications whose sender is known: their own imdn.Message-IDs, and what they say about which message.
    notified: HashSet<(&'a str, usize, Disposition)>,
}

impl<'a> Builder<'a> {
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
            addressee: one.to.and_then(|index| self.cast.find(&self.opened.addresses[index].key)),
            sent: one.transfer.first,
            response: one.transfer.response.map(|(_, status)| status),
            chunks: 1 + one.transfer.more().len(),
            complete: one.transfer.is_complete(messages),
            copies: Vec::new(),
            notices: Vec::new(),
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
        let message = &mut self.chat[index];
        let invited = one.leg.and_then(|leg| self.sessions.legs[leg].invited);
        let deferred = invited.filter(|invite| *invite > message.sent);
        let copy = Delivery {
            participant,
            message: one.transfer.first,
            response: one.transfer.response.map(|(_, status)| status),
            delivered: None,
            displayed: None,
            aborted: one.transfer.end == EndFlag::Aborted,
            hops: u16::try_from(one.receiver_hops).unwrap_or(u16::MAX),
            transfer: one.index,
            rest: deferred.map(|_| Box::new(Rest { deferred, ..Rest::default() })),
        };
        let place = *self.copies.entry((index, participant)).or_insert(message.copies.len());
        match message.copies.get_mut(place) {
            None => message.copies.push(copy),
            Some(known) if copy.hops < known.hops => *known = copy,
            // Only an imdn.Message-ID tells that it is the same message and not the same words.
            Some(known) if copy.hops == known.hops && one.envelope.message_id.is_some() => known.again(copy),
            Some(_) => {}
        }
    }

    /// Takes in a notification.
    fn notify(&mut self, one: &'a OpenTransfer<'_>, by_id: impl Fn(&str) -> Option<usize>) {
        let body = one.transfer.body(self.messages);
        let Some(told) = disposition::read(body.get(one.envelope.body_start..).unwrap_or_default()) else { return };
        // On its first leg the participant sends it; on the others the envelope tells whose it is.
        let from = one.from.map(|index| &self.opened.addresses[index]);
        let notifier = one.sender.or_else(|| self.cast.find(&from?.key));
        let recipient = told.recipient_uri.map(|uri| uri_key(&uri));
        let (disposition, message) = (told.disposition, one.transfer.first);
        let Some(index) = by_id(&told.message_id) else {
            let sender = one.sender.map(|index| self.cast.participants[index].identity.key.clone());
            let notifier = sender.or_else(|| Some(from?.key.clone()));
            let message_id = told.message_id.into_owned();
            self.strays.push(Stray { message_id, disposition, notifier, recipient, message });
            return;
        };
        let recipient = recipient.and_then(|key| self.cast.find(&key)).or(notifier);
        // The focus sends on what an anonymous participant notifies without its name (RFC 3323).
        let own_id = one.envelope.message_id.as_deref();
        match (own_id, notifier) {
            (Some(id), Some(_)) => _ = self.notified.insert((id, index, disposition)),
            (Some(id), None) if self.notified.contains(&(id, index, disposition)) => return,
            _ => {}
        }
        let place = recipient.and_then(|recipient| self.copies.get(&(index, recipient)).copied());
        self.chat[index].enter_at(place, Notice { disposition, recipient, notifier, message });
    }
}
