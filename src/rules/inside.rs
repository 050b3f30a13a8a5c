//! What is inside of MSRP messages: the CPIM envelope, and a notification in it. A message is sent to all recipients in the same
//! bytes, and so are notifications on their way: what is the same is looked at once.

use memchr::memmem::Finder;

use super::cinfo::lexical::is_date_time;
use super::glance::is;
use crate::wire::MessageId;
use crate::wire::cpim::{self, Peek};
use crate::wire::imdn::{self, Status};
use crate::wire::seen::Seen;

/// What a glance at a body shows.
#[derive(Clone, Copy, Default)]
pub struct Inside<'a> {
    /// The same for all bodies that are the same; `None` where that is not known.
    pub number: Option<u32>,
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

/// Looks into the bodies of messages, in order of their first chunks.
#[derive(Default)]
pub struct Insides<'a> {
    known: Known<'a>,
    seen: Seen<&'a [u8], Inside<'a>>,
    words: Words,
}

/// What the timeline has read already.
#[derive(Default)]
struct Known<'a> {
    /// The first chunks of messages, in order, with the numbers of their bodies.
    numbers: Vec<(MessageId, u32)>,
    /// The next of them that is looked for.
    next: usize,
    /// By the number of a body.
    envelopes: Vec<Option<Peek<'a>>>,
    /// The same, once it was looked at.
    insides: Vec<Option<Inside<'a>>>,
}

impl<'a> Insides<'a> {
    /// Takes in what was read of a message; see [`crate::timeline::Onlooker::message`].
    pub fn learn(&mut self, first: MessageId, number: Option<u32>, envelope: Option<Peek<'a>>) {
        let Some(number) = number else { return };
        let Known { numbers, envelopes, insides, .. } = &mut self.known;
        numbers.push((first, number));
        let place = number as usize;
        if envelopes.len() <= place {
            envelopes.resize(place + 1, None);
            insides.resize(place + 1, None);
            envelopes[place] = envelope;
        }
    }

    /// What is inside of the body of a message.
    pub fn of(&mut self, first: MessageId, body: &'a [u8]) -> Inside<'a> {
        let Insides { known, seen, words } = self;
        if let Some(number) = known.number(first) {
            let place = number as usize;
            let look = || Inside { number: Some(number), ..words.look(body, known.envelopes[place]) };
            return *known.insides[place].get_or_insert_with(look);
        }
        let after = known.envelopes.len() as u32;
        seen.look(body, body.len(), |number| Inside {
            number: number.map(|number| number + after),
            ..words.look(body, None)
        })
    }
}

impl Known<'_> {
    /// The number of the body of a message; they are asked for in order.
    fn number(&mut self, first: MessageId) -> Option<u32> {
        while self.numbers.get(self.next).is_some_and(|(known, _)| *known < first) {
            self.next += 1;
        }
        self.numbers.get(self.next).filter(|(known, _)| *known == first).map(|(_, number)| *number)
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
        let is_imdn = is(envelope.content_type.unwrap_or_default(), "message/imdn+xml");
        let wish = self.wish.find(headers);
        let wish_of_user = if is_imdn { None } else { wish.or_else(|| self.wish.find(body)) };
        let notice = imdn::peek(content);
        Inside {
            number: None,
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
