//! One look at every MSRP message of a session. There may be a million of them, and nearly all are ordinary: rules about what stands
//! in a message read the others only.

use memchr::memmem::Finder;

use hashbrown::{HashMap, HashSet};

use super::case::{Case, Stream};
use super::cinfo::lexical::is_date_time;
use super::finding::Actor;
use crate::session::Transfer;
use crate::wire::ahead::{read_ahead, touch};
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
    /// Notifications without a `datetime` as everybody writes it.
    pub untimed: Vec<Sent<'a>>,
    /// CPIM without DateTime.
    pub undated: Vec<Sent<'a>>,
    /// The first one of each value of `Disposition-Notification` that a client gives its chat messages; empty where there is none.
    pub wishes: Vec<(Sent<'a>, &'a str)>,
    /// The first one to each address that a client writes to, as written.
    pub addressed: Vec<(Sent<'a>, &'a str)>,
    /// They carry the imdn.Message-ID of an earlier one that the same client sent.
    pub repeated: Vec<(Sent<'a>, Sent<'a>)>,
    /// Their last chunk says that more follows, or was cut.
    pub unfinished: Vec<Sent<'a>>,
}

/// How much of a message is read ahead: its headers, and those of the envelope in it.
const READ_AHEAD_BYTES: usize = 768;

/// Content types of one direction that are told apart; a client sends a handful.
const MAX_TYPES: usize = 32;

/// Addresses and wishes of one client that are told apart.
const MAX_VALUES: usize = 256;

impl<'a> Glance<'a> {
    pub(super) fn new(case: &Case<'a>) -> Glance<'a> {
        let mut glance = Glance::default();
        let words = Words::default();
        for (index, stream) in case.streams().iter().enumerate() {
            let mut types: [Vec<Types<'a>>; 2] = Default::default();
            let mut wishes: HashSet<&'a str> = HashSet::new();
            let mut addresses: HashSet<&'a str> = HashSet::new();
            let mut sent_ids: HashMap<&'a str, Sent<'a>> = HashMap::new();
            let touch_both = |transfer: &&'a Transfer| {
                let messages = case.messages();
                let answer = transfer.response.map(|(response, _)| response);
                for id in [Some(transfer.first), answer].into_iter().flatten() {
                    let head = messages.head(&messages[id]);
                    touch(&head[..head.len().min(READ_AHEAD_BYTES)]);
                }
            };
            read_ahead(case.transfers(stream), touch_both, |transfer| {
                let sent = Sent { stream: index, transfer };
                let Some(look) = Look::new(case, transfer) else { return };
                glance.look_at_frame(case, sent, &look, &words);
                let (content_type, glimpse) = glance.look_at_body(sent, &look, &words);
                let known = &mut types[usize::from(transfer.from_first_end)];
                let seen: Types<'a> = (content_type, glimpse.and_then(|one| one.content_type));
                if !known.contains(&seen) && known.len() < MAX_TYPES && look.body_len > 0 {
                    known.push(seen);
                    glance.types.push((sent, seen));
                }
                let is_of_client = stream.is_from_focus(transfer) == Some(false);
                if let Some(glimpse) = glimpse.filter(|one| is_of_client && is_of_user(one)) {
                    let wish = look.wish(&words);
                    if wishes.len() < MAX_VALUES && wishes.insert(wish) {
                        glance.wishes.push((sent, wish));
                    }
                    let to = glimpse.to.unwrap_or_default();
                    if addresses.len() < MAX_VALUES && addresses.insert(to) {
                        glance.addressed.push((sent, to));
                    }
                }
                let id = glimpse.and_then(|one| one.message_id);
                if let Some(id) = id.filter(|_| stream.is_from_focus(transfer) == Some(false)) {
                    match sent_ids.get(id) {
                        Some(&first) => glance.repeated.push((first, sent)),
                        None => drop(sent_ids.insert(id, sent)),
                    }
                }
            });
        }
        glance
    }

    /// What MSRP itself says.
    fn look_at_frame(&mut self, case: &Case<'a>, sent: Sent<'a>, look: &Look<'a>, words: &Words) {
        let transfer = sent.transfer;
        let messages = case.messages();
        let is_single = transfer.more().is_empty();
        if !begins_with_paths(look.head, look.summary) && !look.message.incomplete {
            self.disordered.push((sent, transfer.first));
        }
        for &id in transfer.more() {
            let chunk = &messages[id];
            let is_right = chunk.msrp().is_none_or(|summary| begins_with_paths(messages.head(chunk), summary));
            if !is_right && !chunk.incomplete {
                self.disordered.push((sent, id));
            }
        }
        if let Some((id, _)) = transfer.response {
            let response = &messages[id];
            let head = messages.head(response);
            if !response.msrp().is_none_or(|summary| begins_with_paths(head, summary)) && !response.incomplete {
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
        if words.report.find_iter(headers).any(|at| asks_for_more(headers, at)) {
            self.reporting.push(sent);
        }
    }

    /// What is inside.
    fn look_at_body(&mut self, sent: Sent<'a>, look: &Look<'a>, words: &Words) -> (&'a str, Option<cpim::Peek<'a>>) {
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
        if glimpse.date_time.is_none() {
            self.undated.push(sent);
        }
        let inner = glimpse.content_type.unwrap_or_default();
        if is(inner, "message/imdn+xml") && !words.has_time(body, glimpse.body_start) {
            self.untimed.push(sent);
        }
        // What is out of the ordinary as CPIM already, is read in any case.
        if is_ordinary && is(inner, "message/imdn+xml") && !words.is_ordinary_imdn(body, glimpse.body_start) {
            self.imdn.push(sent);
        } else if is(inner, COMPOSING) {
            self.composing.push(sent);
        }
        (content_type, Some(glimpse))
    }
}

/// Did a user write it, and no client on its own?
fn is_of_user(message: &cpim::Peek<'_>) -> bool {
    let kind = message.content_type.unwrap_or_default();
    let is = |essence: &str| kind.get(..essence.len()).is_some_and(|start| start.eq_ignore_ascii_case(essence));
    !is("message/imdn+xml") && !is(COMPOSING)
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

    /// The value of `Disposition-Notification` in its envelope, whatever the prefix; empty where there is none.
    fn wish(&self, words: &Words) -> &'a str {
        let body = self.head.get(self.body_start..).unwrap_or_default();
        let Some(at) = words.wish.find(body) else { return "" };
        let value = body[at..].split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default();
        let value = value.splitn(2, |byte| *byte == b':').nth(1).unwrap_or_default();
        std::str::from_utf8(value.trim_ascii()).unwrap_or_default()
    }
}

/// Are To-Path and From-Path the first two headers (RFC 4975 §9)? Names ignore case.
fn begins_with_paths(head: &[u8], summary: &Summary) -> bool {
    let Some(line) = memchr::memchr(b'\n', head).map(|end| end + 1) else { return false };
    // As everybody writes it, the values stand where they must.
    let to = line + TO_PATH.len() + 1;
    let from = summary.to_path.range().end + 2 + FROM_PATH.len() + 1;
    let is_usual = summary.to_path.range().start == to && summary.from_path.range().start == from;
    if is_usual && head[line..].starts_with(TO_PATH) {
        return true;
    }
    let named = |rest: &[u8], name: &[u8]| rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let second = memchr::memchr(b'\n', &head[line..]).map_or(head.len(), |end| line + end + 1);
    named(&head[line..], TO_PATH) && named(&head[second..], FROM_PATH)
}

const TO_PATH: &[u8] = b"To-Path:";
const FROM_PATH: &[u8] = b"From-Path:";

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

/// What is looked for in headers.
struct Words {
    report: Finder<'static>,
    notification: Finder<'static>,
    wish: Finder<'static>,
    time: Finder<'static>,
}

impl Default for Words {
    fn default() -> Words {
        Words {
            report: Finder::new("-Report:"),
            notification: Finder::new("Content-Disposition: notification"),
            wish: Finder::new("Disposition-Notification"),
            time: Finder::new("<datetime>"),
        }
    }
}

impl Words {
    /// Does the notification that begins at `start` say when?
    fn has_time(&self, body: &[u8], start: usize) -> bool {
        let document = body.get(start..).unwrap_or_default();
        let Some(at) = self.time.find(document) else { return false };
        let value = document[at + "<datetime>".len()..].split(|byte| *byte == b'<').next().unwrap_or_default();
        std::str::from_utf8(value).is_ok_and(is_date_time)
    }

    fn is_ordinary_imdn(&self, body: &[u8], start: usize) -> bool {
        let headers = body.get(..start).unwrap_or_default();
        self.notification.find(headers).is_some()
            && self.wish.find(headers).is_none()
            && imdn::peek(body.get(start..).unwrap_or_default()).is_some()
    }
}
