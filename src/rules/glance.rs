//! One look at every MSRP message of a session. There may be a million of them, and nearly all are ordinary: rules about what stands
//! in a message read the others only.

use std::borrow::Cow;

use hashbrown::{HashMap, HashSet};

use super::case::{Case, Stream};
use super::finding::Actor;
use super::inside::{Inside, Insides};
use super::look::{Look, is_kind};
use crate::session::{MsrpSession, Transfer};
use crate::wire::ahead::{read_ahead, touch};
use crate::wire::imdn::Status;
use crate::wire::msrp::EndFlag;
use crate::wire::{MessageId, cpim, imdn};

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
    /// Notifications of deliveries by the imdn.Message-ID that they are about, each with its From as written.
    pub delivered: HashMap<Cow<'a, str>, Vec<(Sent<'a>, Cow<'a, str>)>>,
    /// What is inside of all of them.
    pub insides: Insides<'a>,
    /// They carry the imdn.Message-ID of an earlier one that the same client sent.
    pub repeated: Vec<(Sent<'a>, Sent<'a>)>,
    /// Their last chunk says that more follows, or was cut.
    pub unfinished: Vec<Sent<'a>>,
}

/// What a stream has brought so far.
#[derive(Default)]
struct Met<'a> {
    /// By direction.
    types: [Vec<Types<'a>>; 2],
    wishes: HashSet<&'a str>,
    addresses: HashSet<&'a str>,
    /// By imdn.Message-ID.
    ids: HashMap<&'a str, Sent<'a>>,
}

/// How much of a message is read ahead, from its Content-Type on: the headers of the envelope in it.
const READ_AHEAD_BYTES: usize = 512;

/// The longest message that is put together to see whether it is a notification.
const MAX_NOTICE_BYTES: u64 = 64 << 10;

/// Content types of one direction that are told apart; a client sends a handful.
const MAX_TYPES: usize = 32;

/// Addresses and wishes of one client that are told apart.
const MAX_VALUES: usize = 256;

impl<'a> Glance<'a> {
    pub(super) fn new(case: &Case<'a>, mut insides: Insides<'a>) -> Glance<'a> {
        let mut glance = Glance::default();
        let streams = case.streams().iter().enumerate();
        let mut all: Vec<Sent<'a>> = streams
            .flat_map(|(index, stream)| case.transfers(stream).map(move |transfer| Sent { stream: index, transfer }))
            .collect();
        // The copies of a message lie close together in the capture: in its order, memory is waited for once.
        all.sort_by_key(|sent| sent.transfer.first);
        let mut met: Vec<Met<'a>> = case.streams().iter().map(|_| Met::default()).collect();
        let is_at_hand = insides.is_at_hand();
        let touch_inside = |sent: &Sent<'a>| {
            if is_at_hand {
                return;
            }
            let messages = case.messages();
            let message = &messages[sent.transfer.first];
            let from = message.msrp().map_or(0, |summary| summary.content_type.range().start);
            let head = messages.head(message);
            touch(head.get(from..head.len().min(from + READ_AHEAD_BYTES)).unwrap_or_default());
        };
        read_ahead(all.into_iter(), touch_inside, |sent| {
            let Some(look) = Look::new(case, sent.transfer) else { return };
            glance.look_at_frame(case, sent, &look);
            let is_whole = sent.transfer.more().is_empty() && look.body().len() == look.body_len;
            let inside = insides.look(sent.transfer.first, &look, is_whole);
            glance.look_for_notice(case, sent, &look, &inside, is_whole);
            let (content_type, glimpse) = glance.look_at_body(sent, &look, &inside);
            glance.compare(case, sent, &look, &inside, (content_type, glimpse), &mut met[sent.stream]);
        });
        glance.insides = insides;
        glance.sort_by_stream();
        glance
    }

    /// Holds a message against those that the stream has brought before.
    fn compare(
        &mut self,
        case: &Case<'a>,
        sent: Sent<'a>,
        look: &Look<'a>,
        inside: &Inside<'a>,
        (content_type, glimpse): (&'a str, Option<cpim::Peek<'a>>),
        met: &mut Met<'a>,
    ) {
        let types = &mut met.types[usize::from(sent.transfer.from_first_end)];
        let seen: Types<'a> = (content_type, glimpse.and_then(|one| one.content_type));
        if !types.contains(&seen) && types.len() < MAX_TYPES && look.body_len > 0 {
            types.push(seen);
            self.types.push((sent, seen));
        }
        if case.streams()[sent.stream].is_from_focus(sent.transfer) != Some(false) {
            return;
        }
        let Some(glimpse) = glimpse else { return };
        if is_of_user(&glimpse) {
            if met.wishes.len() < MAX_VALUES && met.wishes.insert(inside.wish) {
                self.wishes.push((sent, inside.wish));
            }
            let to = glimpse.to.unwrap_or_default();
            if met.addresses.len() < MAX_VALUES && met.addresses.insert(to) {
                self.addressed.push((sent, to));
            }
        }
        if let Some(id) = glimpse.message_id {
            match met.ids.get(id) {
                Some(&first) => self.repeated.push((first, sent)),
                None => drop(met.ids.insert(id, sent)),
            }
        }
    }

    /// Stream after stream, each in the order of its messages: so the rules tell what they find.
    fn sort_by_stream(&mut self) {
        let lists = [
            &mut self.misrouted,
            &mut self.ranges,
            &mut self.identifiers,
            &mut self.untyped,
            &mut self.cpim,
            &mut self.imdn,
            &mut self.composing,
            &mut self.reporting,
            &mut self.untimed,
            &mut self.undated,
            &mut self.unfinished,
        ];
        lists.into_iter().for_each(|list| list.sort_by_key(|sent| sent.stream));
        self.disordered.sort_by_key(|(sent, _)| sent.stream);
        self.types.sort_by_key(|(sent, _)| sent.stream);
        self.wishes.sort_by_key(|(sent, _)| sent.stream);
        self.addressed.sort_by_key(|(sent, _)| sent.stream);
        self.repeated.sort_by_key(|(_, sent)| sent.stream);
    }

    /// What MSRP itself says.
    fn look_at_frame(&mut self, case: &Case<'a>, sent: Sent<'a>, look: &Look<'a>) {
        let transfer = sent.transfer;
        let messages = case.messages();
        let response = transfer.response.map(|(id, _)| id);
        let MsrpSession { disordered, misrouted, .. } = sent.stream(case).msrp;
        let is_disordered = |id: &MessageId| disordered.binary_search(id).is_ok() && !messages[*id].incomplete;
        self.disordered.extend(transfer.chunks().chain(response).filter(is_disordered).map(|id| (sent, id)));
        if response.is_some_and(|id| misrouted.binary_search(&id).is_ok()) {
            self.misrouted.push(sent);
        }
        let form = look.summary.form();
        if !transfer.more().is_empty() || !form.is_in_one_chunk {
            self.ranges.push(sent);
        }
        if !form.has_ident && !look.message.incomplete {
            self.identifiers.push(sent);
        }
        if matches!(transfer.end, EndFlag::Continued | EndFlag::Missing) {
            self.unfinished.push(sent);
        }
        if form.asks_for_more {
            self.reporting.push(sent);
        }
    }

    /// Is it a notification of a delivery? Whatever its content type says.
    fn look_for_notice(
        &mut self,
        case: &Case<'a>,
        sent: Sent<'a>,
        look: &Look<'a>,
        inside: &Inside<'a>,
        is_whole: bool,
    ) {
        let transfer = sent.transfer;
        if is_whole {
            if let (Some((about, Status::Delivered)), Some(from)) = (inside.notice, inside.from()) {
                self.delivered.entry(about.into()).or_default().push((sent, from.into()));
            }
            return;
        }
        // What the first packet shows to be something else, need not be put together.
        let begins = inside.envelope.map(|envelope| look.body()[envelope.body_start..].trim_ascii_start());
        if begins.is_some_and(|content| !content.is_empty() && !content.starts_with(b"<")) {
            return;
        }
        if transfer.body_len(case.messages()) > MAX_NOTICE_BYTES {
            return;
        }
        let body = transfer.body(case.messages());
        let Some(envelope) = cpim::peek(&body) else { return };
        let notice = imdn::peek(&body[envelope.body_start..]);
        if let (Some((about, Status::Delivered)), Some(from)) = (notice, envelope.from) {
            self.delivered.entry(about.to_owned().into()).or_default().push((sent, from.to_owned().into()));
        }
    }

    /// What is inside.
    fn look_at_body(
        &mut self,
        sent: Sent<'a>,
        look: &Look<'a>,
        inside: &Inside<'a>,
    ) -> (&'a str, Option<cpim::Peek<'a>>) {
        let content_type = std::str::from_utf8(inside.content_type).unwrap_or_default();
        if content_type.is_empty() {
            if look.body_len > 0 && !look.message.incomplete {
                self.untyped.push(sent);
            }
            return (content_type, None);
        }
        if is_kind(content_type, COMPOSING) {
            self.composing.push(sent);
        }
        if !is_kind(content_type, "message/cpim") {
            return (content_type, None);
        }
        let Some(glimpse) = inside.envelope else {
            self.cpim.push(sent);
            return (content_type, None);
        };
        if !inside.is_ordinary {
            self.cpim.push(sent);
        }
        if glimpse.date_time.is_none() {
            self.undated.push(sent);
        }
        if inside.is_imdn && !inside.has_time {
            self.untimed.push(sent);
        }
        // What is out of the ordinary as CPIM already, is read in any case.
        if inside.is_ordinary && inside.is_imdn && !inside.is_ordinary_imdn {
            self.imdn.push(sent);
        } else if is_kind(glimpse.content_type.unwrap_or_default(), COMPOSING) {
            self.composing.push(sent);
        }
        (content_type, Some(glimpse))
    }
}

/// Did a user write it, and no client on its own?
fn is_of_user(message: &cpim::Peek<'_>) -> bool {
    let kind = message.content_type.unwrap_or_default();
    !is_kind(kind, "message/imdn+xml") && !is_kind(kind, COMPOSING)
}

const COMPOSING: &str = "application/im-iscomposing+xml";
