//! Instant message disposition notifications (RFC 5438): what became of a message at its recipients, and on the way.
//!
//! Most come over MSRP in the session of the message. Some come in another session, or in a SIP MESSAGE, where the session was over
//! (spec 5.2.3.4): these are matched by the imdn.Message-ID once all sessions are known.

use std::borrow::Cow;
use std::cell::LazyCell;

use hashbrown::HashMap;

use super::envelope::{Content, Envelope};
use super::{ChatMessage, SessionTimeline};
use crate::session::{Identity, Sessions, uri_key};
use crate::wire::cpim::Address;
use crate::wire::imdn::{self, Status};
use crate::wire::sip::{Method, Name};
use crate::wire::{MessageId, Messages};

/// What a notification says about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Disposition {
    Delivered,
    Displayed,
    Failed,
    Forbidden,
    Error,
    /// An intermediary, such as an interworking function, has taken it over.
    Processed,
    /// An intermediary keeps it until it can be delivered.
    Stored,
    /// An interworking function has delivered it by other means, such as SMS.
    Interworked,
}

impl Disposition {
    pub fn as_str(self) -> &'static str {
        match self {
            Disposition::Delivered => "delivered",
            Disposition::Displayed => "displayed",
            Disposition::Failed => "failed",
            Disposition::Forbidden => "forbidden",
            Disposition::Error => "error",
            Disposition::Processed => "processed",
            Disposition::Stored => "stored",
            Disposition::Interworked => "interworked",
        }
    }

    /// Does it say that the message came to its recipient?
    pub fn is_arrival(self) -> bool {
        matches!(self, Disposition::Delivered | Disposition::Displayed | Disposition::Interworked)
    }
}

impl From<Status> for Disposition {
    fn from(status: Status) -> Disposition {
        match status {
            Status::Delivered => Disposition::Delivered,
            Status::Displayed => Disposition::Displayed,
            Status::Failed => Disposition::Failed,
            Status::Forbidden => Disposition::Forbidden,
            Status::Error => Disposition::Error,
            Status::Processed => Disposition::Processed,
            Status::Stored => Disposition::Stored,
        }
    }
}

/// A notification about a message, as its first sighting shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    pub disposition: Disposition,
    /// Whose copy it is about, an index of a participant.
    pub recipient: Option<usize>,
    /// Who says so; `None` where it is no participant.
    pub notifier: Option<usize>,
    /// The first chunk of the notification, or the SIP MESSAGE that carries it.
    pub message: MessageId,
}

/// A notification as it is read.
pub struct Told<'a> {
    /// The imdn.Message-ID of the message it is about.
    pub message_id: Cow<'a, str>,
    pub disposition: Disposition,
    /// The recipient that it names. Not read where it is the notifier who received the message.
    pub recipient_uri: Option<String>,
}

/// Reads the body of a notification.
pub fn read(body: &[u8]) -> Option<Told<'_>> {
    if let Some((message_id, status @ (Status::Delivered | Status::Displayed))) = imdn::peek(body) {
        let message_id = Cow::Borrowed(message_id);
        return Some(Told { message_id, disposition: status.into(), recipient_uri: None });
    }
    let imdn = imdn::parse(body).ok()?;
    let status = imdn.notification.and_then(|notification| notification.status).map(Disposition::from);
    let is_interworked = imdn.extras.iter().any(|extra| extra.name == "interworking-notification");
    let disposition = status.or(is_interworked.then_some(Disposition::Interworked))?;
    let message_id = Cow::Owned(imdn.message_id?.value);
    Some(Told { message_id, disposition, recipient_uri: imdn.recipient_uri.map(|uri| uri.value) })
}

/// A notification about a message that is not in the session in which the notification came.
pub struct Stray {
    pub message_id: String,
    pub disposition: Disposition,
    /// Normalised URIs.
    pub notifier: Option<String>,
    pub recipient: Option<String>,
    pub message: MessageId,
}

/// The notifications that came in SIP MESSAGEs.
pub fn in_sip(sessions: &Sessions, messages: &Messages) -> Vec<Stray> {
    let transactions = sessions.calls.iter().flat_map(|call| &call.transactions);
    let requests = transactions.filter(|transaction| transaction.method == Method::Message);
    requests.filter_map(|transaction| stray_in_sip(*transaction.requests.first()?, messages)).collect()
}

fn stray_in_sip(id: MessageId, messages: &Messages) -> Option<Stray> {
    let message = messages.sip(&messages[id])?;
    let content_type = message.header(Name::ContentType)?;
    let envelope = Envelope::open(&content_type, message.body());
    if envelope.content(message.body().len()) != Content::Imdn {
        return None;
    }
    let told = read(message.body().get(envelope.body_start..)?)?;
    let in_envelope = envelope.from.as_ref().map(|value| uri_key(&Address::parse(value).uri));
    Some(Stray {
        message_id: told.message_id.into_owned(),
        disposition: told.disposition,
        notifier: in_envelope.or_else(|| Some(Identity::sender(&message)?.key)),
        recipient: told.recipient_uri.map(|uri| uri_key(&uri)),
        message: id,
    })
}

/// Enters notifications at the messages they are about, in whatever session those are. Only a notification from or about somebody
/// in that session counts. `changed` is told the indices of the timelines that something was entered in.
pub fn settle(timelines: &mut [SessionTimeline], strays: &[Stray], mut changed: impl FnMut(usize)) {
    if strays.is_empty() {
        return;
    }
    let mut by_id: HashMap<&str, Vec<&Stray>> = HashMap::new();
    for stray in strays {
        by_id.entry(&stray.message_id).or_default().push(stray);
    }
    for (index, SessionTimeline { participants, messages, .. }) in timelines.iter_mut().enumerate() {
        let by_key = LazyCell::new(|| -> HashMap<&str, usize> {
            participants.iter().enumerate().map(|(index, one)| (one.identity.key.as_str(), index)).collect()
        });
        let find = |key: &Option<String>| by_key.get(key.as_deref()?).copied();
        for message in messages {
            let about = by_id.get(&*message.message_id).into_iter().flatten();
            for stray in about {
                let (notifier, recipient) = (find(&stray.notifier), find(&stray.recipient));
                if notifier.or(recipient).is_some() {
                    let recipient = recipient.or(notifier);
                    let Stray { disposition, message: at, .. } = **stray;
                    message.enter(Notice { disposition, recipient, notifier, message: at });
                    changed(index);
                }
            }
        }
    }
}

impl ChatMessage {
    /// Takes in a notification.
    fn enter(&mut self, notice: Notice) {
        let place = self.copies.iter().position(|copy| Some(copy.participant) == notice.recipient);
        self.enter_at(place, notice);
    }

    /// Takes in a notification about the copy at `place`. The first of each kind counts: one notification is seen on several hops,
    /// and each of a recipient's devices may send one.
    pub(super) fn enter_at(&mut self, place: Option<usize>, notice: Notice) {
        let copy = place.and_then(|place| self.copies.get_mut(place));
        let slot = match (notice.disposition, copy) {
            (Disposition::Delivered, Some(copy)) => &mut copy.delivered,
            (Disposition::Displayed, Some(copy)) => &mut copy.displayed,
            _ => {
                let same = |known: &Notice| Notice { message: notice.message, ..*known } == notice;
                if !self.notices.iter().any(same) {
                    self.notices.push(notice);
                }
                return;
            }
        };
        *slot = Some(slot.map_or(notice.message, |known| known.min(notice.message)));
    }
}
