//! What is inside of MSRP messages: the CPIM envelope, and a notification in it. A message is sent to all recipients in the same
//! bytes, and so are notifications on their way: what is the same is looked at once.

use memchr::memmem::Finder;

use super::cinfo::lexical::is_date_time;
use super::look::{Look, is_kind};
use crate::wire::MessageId;
use crate::wire::cpim::{self, Peek};
use crate::wire::imdn::{self, Status};
use crate::wire::seen::Seen;

/// What a glance at a body shows.
#[derive(Clone, Copy, Default)]
pub struct Inside<'a> {
    /// Content-Type of the message, as its first chunk has it: bytes that many messages share.
    pub content_type: &'a [u8],
    /// `None` where it is no CPIM as everybody writes it.
    pub envelope: Option<Peek<'a>>,
    /// Has the envelope what everybody writes into it?
    pub is_ordinary: bool,
    /// Does the envelope say that a notification is in it?
    pub is_imdn: bool,
    pub is_ordinary_imdn: bool,
    /// Has that notification a `datetime` as everybody writes it?
    pub has_time: bool,
    /// The value of `Disposition-Notification`, whatever the prefix; empty where there is none, and not read of a notification.
    pub wish: &'a str,
    /// What the content is about as a notification, whatever the envelope says.
    pub notice: Option<(&'a str, Status)>,
}

impl<'a> Inside<'a> {
    /// The From of the envelope as written.
    pub fn from(&self) -> Option<&'a str> {
        self.envelope.and_then(|envelope| envelope.from)
    }
}

/// What is inside of the bodies of a session's messages, looked at in order of their first chunks.
#[derive(Default)]
pub struct Insides<'a> {
    list: Vec<Inside<'a>>,
    /// The first chunks of the messages, in order, each with its place in the list. Those that are known to have the same type and body
    /// share one.
    places: Vec<(MessageId, u32)>,
    /// Content types as written, each once.
    types: Vec<&'a [u8]>,
    opened: Opened<'a>,
    seen: Seen<(&'a [u8], &'a [u8]), u32>,
    words: Words,
}

/// Content types that are kept; a group has a handful.
const MAX_TYPES: usize = 64;

/// What was opened for the timeline.
#[derive(Default)]
struct Opened<'a> {
    /// In order: the first chunks of messages, each with the index of its envelope.
    messages: Vec<(MessageId, u32)>,
    /// The next of them that is looked for.
    next: usize,
    envelopes: Vec<Option<Peek<'a>>>,
    /// By the number of a body: the index of its envelope.
    numbered: Vec<u32>,
    /// By the index of an envelope: the place of what is in it, once that was looked at.
    places: Vec<Option<u32>>,
}

impl<'a> Insides<'a> {
    /// Takes in what was opened of a message; see [`crate::timeline::Onlooker::message`].
    pub fn learn(&mut self, first: MessageId, number: Option<u32>, envelope: Option<Peek<'a>>) {
        self.opened.add(first, number, envelope);
    }

    /// Looks into the body of a message, `whole` or as much of it as stands in its first packet.
    pub fn look(&mut self, first: MessageId, look: &Look<'a>, whole: bool) -> Inside<'a> {
        let Insides { list, places, types, opened, seen, words } = self;
        let body = look.body();
        let written = || look.summary.content_type.of(look.head);
        let mut add = |content_type: &'a [u8], envelope| {
            let known = types.iter().find(|known| **known == content_type).copied();
            if known.is_none() && types.len() < MAX_TYPES {
                types.push(content_type);
            }
            list.push(Inside { content_type: known.unwrap_or(content_type), ..words.look(body, envelope) });
            list.len() as u32 - 1
        };
        let place = match opened.find(first) {
            Some(index) => *opened.places[index].get_or_insert_with(|| add(written(), opened.envelopes[index])),
            None if whole => seen.look((written(), body), body.len(), |_| add(written(), None)),
            None => add(written(), None),
        };
        places.push((first, place));
        self.list[place as usize]
    }

    /// Was what it is asked for opened a moment ago?
    pub fn is_at_hand(&self) -> bool {
        !self.opened.messages.is_empty()
    }

    /// What is inside of a message that was looked at.
    pub fn of(&self, first: MessageId) -> Option<&Inside<'a>> {
        Some(&self.list[self.place(first)?])
    }

    /// Are the bodies of two messages known to be the same, byte for byte?
    pub fn is_same(&self, one: MessageId, other: MessageId) -> bool {
        self.place(one).is_some_and(|place| self.place(other) == Some(place))
    }

    fn place(&self, first: MessageId) -> Option<usize> {
        let index = self.places.binary_search_by_key(&first, |(known, _)| *known).ok()?;
        Some(self.places[index].1 as usize)
    }
}

impl<'a> Opened<'a> {
    fn add(&mut self, first: MessageId, number: Option<u32>, envelope: Option<Peek<'a>>) {
        // Numbers are given in order.
        let known = number.and_then(|number| self.numbered.get(number as usize).copied());
        let index = known.unwrap_or_else(|| {
            let index = self.envelopes.len() as u32;
            self.envelopes.push(envelope);
            self.places.push(None);
            self.numbered.extend(number.map(|_| index));
            index
        });
        self.messages.push((first, index));
    }

    /// The index of the envelope of a message; they are asked for in order.
    fn find(&mut self, first: MessageId) -> Option<usize> {
        let later = self.messages.get(self.next..).unwrap_or_default();
        self.next += later.iter().take_while(|(known, _)| *known < first).count();
        self.messages.get(self.next).filter(|(known, _)| *known == first).map(|(_, index)| *index as usize)
    }
}

/// What is looked for.
struct Words {
    notification: Finder<'static>,
    wish: Finder<'static>,
    time: Finder<'static>,
}

impl Default for Words {
    fn default() -> Words {
        Words {
            notification: Finder::new("Content-Disposition: notification"),
            wish: Finder::new("Disposition-Notification"),
            time: Finder::new("<datetime>"),
        }
    }
}

impl Words {
    /// Looks at a body, of which the envelope may be `known`.
    fn look<'a>(&self, body: &'a [u8], known: Option<Peek<'a>>) -> Inside<'a> {
        let Some(envelope) = known.or_else(|| cpim::peek(body)) else { return Inside::default() };
        let is_ordinary = envelope.from.is_some()
            && envelope.to.is_some()
            && envelope.message_id.is_some()
            && envelope.content_type.is_some()
            && envelope.date_time.is_none_or(is_date_time);
        let (headers, content) = body.split_at(envelope.body_start);
        let is_imdn = is_kind(envelope.content_type.unwrap_or_default(), "message/imdn+xml");
        let wish = self.wish.find(headers);
        let wish_of_user = if is_imdn { None } else { wish.or_else(|| self.wish.find(body)) };
        let notice = imdn::peek(content);
        Inside {
            content_type: &[],
            envelope: Some(envelope),
            is_ordinary,
            is_imdn,
            is_ordinary_imdn: notice.is_some() && wish.is_none() && self.notification.find(headers).is_some(),
            has_time: is_imdn && self.has_time(content),
            wish: wish_of_user.map_or("", |at| value_at(&body[at..])),
            notice,
        }
    }

    /// Does the notification say when?
    fn has_time(&self, document: &[u8]) -> bool {
        let Some(at) = self.time.find(document) else { return false };
        let value = document[at + "<datetime>".len()..].split(|byte| *byte == b'<').next().unwrap_or_default();
        std::str::from_utf8(value).is_ok_and(is_date_time)
    }
}

/// The value of the header whose name begins `text`.
fn value_at(text: &[u8]) -> &str {
    let line = text.split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default();
    let value = line.splitn(2, |byte| *byte == b':').nth(1).unwrap_or_default();
    std::str::from_utf8(value.trim_ascii()).unwrap_or_default()
}
