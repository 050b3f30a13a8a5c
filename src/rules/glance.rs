//! One look at every MSRP message of a session. There may be a million of them, and nearly all are ordinary: rules about what stands
//! in a message read the others only.

use memchr::memmem::Finder;

use hashbrown::HashMap;

use super::case::{Case, Stream};
use super::cinfo::lexical::is_date_time;
use super::finding::Actor;
use crate::session::Transfer;
use crate::wire::msrp::{EndFlag, Summary};
use crate::wire::{Message, MessageId, cpim, imdn};

/// A message sent over a stream.
#[derive(Clone, Copy)]
pub struct Sent<'a> {
    /// Index in [`Case::streams`].
    pub stream: usize,
    pub transfer: &'a Transfer,
}

impl Sent<'_> {
    pub fn stream<'c, 'a>(&self, case: &'c Case<'a>) -> &'c Stream<'a> {
        &case.streams()[self.stream]
    }

    /// Who sent it.
    pub fn sender(&self, case: &Case<'_>) -> Actor {
        match self.stream(case).is_from_focus(self.transfer) {
            Some(true) => Actor::ControllingFunction,
            Some(false) => Actor::Client,
            None => Actor::Unknown,
        }
    }

    /// Who received it.
    pub fn receiver(&self, case: &Case<'_>) -> Actor {
        match self.sender(case) {
            Actor::ControllingFunction => Actor::Client,
            Actor::Client => Actor::ControllingFunction,
            other => other,
        }
    }
}

/// What a content type is sent in: the type of the message, and of what is in its envelope.
pub type Types<'a> = (&'a str, Option<&'a str>);

/// The messages that some rule reads.
#[derive(Default)]
pub struct Glance<'a> {
    /// Requests and responses that do not begin with To-Path and From-Path.
    pub disordered: Vec<(Sent<'a>, MessageId)>,
    /// Their response goes to another path than they came from.
    pub misrouted: Vec<Sent<'a>>,
    /// Their Byte-Range is not simply that of the whole message.
    pub ranges: Vec<Sent<'a>>,
    /// Message-ID missing, or no ident of RFC 4975 §9.
    pub identifiers: Vec<Sent<'a>>,
    /// They have a body, and no Content-Type.
    pub untyped: Vec<Sent<'a>>,
    /// The first one of each content type in each direction.
    pub types: Vec<(Sent<'a>, Types<'a>)>,
    /// CPIM that is not as everybody writes it.
    pub cpim: Vec<Sent<'a>>,
    /// Disposition notifications that are not as everybody writes them.
    pub imdn: Vec<Sent<'a>>,
    pub composing: Vec<Sent<'a>>,
    /// They ask for other reports than the default.
    pub reporting: Vec<Sent<'a>>,
    /// They carry the imdn.Message-ID of an earlier one that the same client sent.
    pub repeated: Vec<(Sent<'a>, Sent<'a>)>,
    /// Their last chunk says that more follows, or was cut.
    pub unfinished: Vec<Sent<'a>>,
}

/// Content types of one direction that are told apart; a client sends a handful.
const MAX_TYPES: usize = 32;

impl<'a> Glance<'a> {
    pub(super) fn new(case: &Case<'a>) -> Glance<'a> {
        let mut glance = Glance::default();
        let finder = Finder::new(b"-Report:");
        for (index, stream) in case.streams().iter().enumerate() {
            let mut types: [Vec<Types<'a>>; 2] = Default::default();
            let mut sent_ids: HashMap<&'a str, Sent<'a>> = HashMap::new();
            for transfer in case.transfers(stream) {
                let sent = Sent { stream: index, transfer };
                let Some(look) = Look::new(case, transfer) else { continue };
                glance.look_at_frame(case, sent, &look, &finder);
                let (content_type, glimpse) = glance.look_at_body(sent, &look);
                let known = &mut types[usize::from(transfer.from_first_end)];
                let seen: Types<'a> = (content_type, glimpse.and_then(|one| one.content_type));
                if !known.contains(&seen) && known.len() < MAX_TYPES && look.body_len > 0 {
                    known.push(seen);
                    glance.types.push((sent, seen));
                }
                let id = glimpse.and_then(|one| one.message_id);
                if let Some(id) = id.filter(|_| stream.is_from_focus(transfer) == Some(false)) {
                    match sent_ids.get(id) {
                        Some(&first) => glance.repeated.push((first, sent)),
                        None => drop(sent_ids.insert(id, sent)),
                    }
                }
            }
        }
        glance
    }

    /// What MSRP itself says.
    fn look_at_frame(&mut self, case: &Case<'a>, sent: Sent<'a>, look: &Look<'a>, finder: &Finder<'_>) {
        let transfer = sent.transfer;
        let messages = case.messages();
        let is_single = transfer.more().is_empty();
        if !begins_with_paths(look.head) && !look.message.incomplete {
            self.disordered.push((sent, transfer.first));
        }
        for &id in transfer.more() {
            if !begins_with_paths(messages.head(&messages[id])) && !messages[id].incomplete {
                self.disordered.push((sent, id));
            }
        }
        if let Some((id, _)) = transfer.response {
            let response = &messages[id];
            let head = messages.head(response);
            if !begins_with_paths(head) && !response.incomplete {
                self.disordered.push((sent, id));
            }
            let turned = response.msrp().is_none_or(|summary| {
                summary.to_path.of(head) == look.summary.from_path.of(look.head)
                    && summary.from_path.of(head) == look.summary.to_path.of(look.head)
            });
            if !turned {
                self.misrouted.push(sent);
            }
        }
        if !is_single || !is_whole_range(look) {
            self.ranges.push(sent);
        }
        if !is_ident(look.summary.message_id.of(look.head)) && !look.message.incomplete {
            self.identifiers.push(sent);
        }
        if matches!(transfer.end, EndFlag::Continued | EndFlag::Missing) {
            self.unfinished.push(sent);
        }
        let headers = &look.head[..look.body_start.min(look.head.len())];
        if finder.find_iter(headers).any(|at| asks_for_more(headers, at)) {
            self.reporting.push(sent);
        }
    }

    /// What is inside.
    fn look_at_body(&mut self, sent: Sent<'a>, look: &Look<'a>) -> (&'a str, Option<cpim::Peek<'a>>) {
        let content_type = std::str::from_utf8(look.summary.content_type.of(look.head)).unwrap_or_default();
        if content_type.is_empty() {
            if look.body_len > 0 && !look.message.incomplete {
                self.untyped.push(sent);
            }
            return (content_type, None);
        }
        let is = |value: &str, essence: &str| {
            value.get(..essence.len()).is_some_and(|start| start.eq_ignore_ascii_case(essence))
        };
        if is(content_type, COMPOSING) {
            self.composing.push(sent);
        }
        if !is(content_type, "message/cpim") {
            return (content_type, None);
        }
        let body = look.head.get(look.body_start..).unwrap_or_default();
        let body = &body[..body.len().min(look.body_len)];
        let Some(glimpse) = cpim::peek(body) else {
            self.cpim.push(sent);
            return (content_type, None);
        };
        let is_ordinary = glimpse.from.is_some()
            && glimpse.to.is_some()
            && glimpse.message_id.is_some()
            && glimpse.content_type.is_some()
            && glimpse.date_time.is_none_or(is_date_time);
        if !is_ordinary {
            self.cpim.push(sent);
        }
        let inner = glimpse.content_type.unwrap_or_default();
        if is(inner, "message/imdn+xml") && !is_ordinary_imdn(body, glimpse.body_start) {
            self.imdn.push(sent);
        } else if is(inner, COMPOSING) {
            self.composing.push(sent);
        }
        (content_type, Some(glimpse))
    }
}

const COMPOSING: &str = "application/im-iscomposing+xml";

/// The first chunk of a message.
struct Look<'a> {
    message: &'a Message,
    summary: &'a Summary,
    head: &'a [u8],
    body_start: usize,
    body_len: usize,
}

impl<'a> Look<'a> {
    fn new(case: &Case<'a>, transfer: &Transfer) -> Option<Look<'a>> {
        let message = &case.messages()[transfer.first];
        let summary = message.msrp()?;
        let head = case.messages().head(message);
        let body = summary.body.range();
        let body_start = if body.is_empty() { head.len() } else { body.start };
        Some(Look { message, summary, head, body_start, body_len: body.len() })
    }
}

/// Are To-Path and From-Path the first two headers (RFC 4975 §9)? Names ignore case.
fn begins_with_paths(head: &[u8]) -> bool {
    let mut rest = head;
    for name in [None, Some("To-Path:"), Some("From-Path:")] {
        if let Some(name) = name
            && !rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
        {
            return false;
        }
        let Some(end) = memchr::memchr(b'\n', rest) else { return name.is_some() };
        rest = &rest[end + 1..];
    }
    true
}

/// Is the Byte-Range that of a message in one chunk, or is there none?
fn is_whole_range(look: &Look<'_>) -> bool {
    let text = look.summary.byte_range.of(look.head);
    if text.is_empty() {
        return true;
    }
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let Some((start, total)) = text.split_once('/') else { return false };
    let is_len = |text: &str| text == "*" || text.parse() == Ok(look.body_len);
    start.strip_prefix("1-").is_some_and(is_len) && is_len(total)
}

/// RFC 4975 §9: a letter or digit, then 3 to 31 letters, digits, or `.-+%=`.
fn is_ident(text: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b".-+%=".contains(byte);
    (4..=32).contains(&text.len()) && text[0].is_ascii_alphanumeric() && text.iter().all(fits)
}

/// Is the report header whose name ends at `at` other than `Failure-Report: yes` and `Success-Report: no`?
fn asks_for_more(headers: &[u8], at: usize) -> bool {
    let value =
        headers[at + b"-Report:".len()..].split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default();
    let is = |wanted: &[u8]| value.trim_ascii().eq_ignore_ascii_case(wanted);
    let is_failure = headers[..at].last_chunk::<7>().is_some_and(|name| name.eq_ignore_ascii_case(b"Failure"));
    if is_failure { !is(b"yes") } else { !is(b"no") }
}

fn is_ordinary_imdn(body: &[u8], start: usize) -> bool {
    let headers = body.get(..start).unwrap_or_default();
    let has = |text: &[u8]| memchr::memmem::find(headers, text).is_some();
    has(b"Content-Disposition: notification")
        && !has(b"Disposition-Notification")
        && imdn::peek(body.get(start..).unwrap_or_default()).is_some()
}
