//! MSRP sessions and what is transferred in them (RFC 4975): chunks joined to messages, responses and REPORTs paired.
//!
//! Needs no SDP: the paths of the messages themselves tell which session they belong to.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable, hash_map, hash_table};

use super::transfer::Transfer;
use crate::wire::ahead::{read_ahead, touch};
use crate::wire::msrp::{EndFlag, Method, session_id_range};
use crate::wire::{Message, MessageId, Messages};

/// An MSRP session: the two session-ids of its far ends (RFC 4975 §6).
#[derive(Clone, Debug)]
pub struct MsrpSession {
    /// The far-end URIs as first seen; `ends[0]` sent first.
    pub ends: [String; 2],
    /// Its messages that are requests, in order.
    pub transfers: Vec<u32>,
    /// First and last message.
    pub first: MessageId,
    pub last: MessageId,
    /// Chunks of SENDs that no response was captured for, in order.
    pub unanswered: Vec<MessageId>,
    /// Responses to nothing that was captured, further ones to what was answered already, and those to REPORTs, in order.
    pub unexpected: Vec<MessageId>,
    /// Responses that do not go the way that their request came, in order.
    pub misrouted: Vec<MessageId>,
    /// Requests and responses that do not begin with To-Path and From-Path, in order.
    pub disordered: Vec<MessageId>,
    /// The first message with each pair of To-Path and From-Path, and whether the first end sent it.
    pub ways: Vec<(MessageId, bool)>,
    /// Pairs of transfers, by their indices: one that was complete, and one that bears its Message-ID again in the same direction.
    pub repeats: Vec<(u32, u32)>,
}

/// All MSRP of a capture.
#[derive(Default)]
pub struct MsrpSessions {
    pub sessions: Vec<MsrpSession>,
    pub transfers: Vec<Transfer>,
    /// Message → its session; [`NO_SESSION`] where there is none (SIP, AUTH, unpaired responses).
    pub session_of: Vec<u32>,
}

/// Stands for "no session" in [`MsrpSessions::session_of`].
pub const NO_SESSION: u32 = u32::MAX;

impl MsrpSessions {
    /// One pass over all messages in order.
    pub fn build(messages: &Messages) -> MsrpSessions {
        let mut builder = Builder::new(messages);
        builder.found.session_of = vec![NO_SESSION; messages.list.len()];
        let all = messages.iter().filter(|(_, message)| message.msrp().is_some());
        read_ahead(all, |(_, message)| touch_keys(messages, message), |(id, message)| builder.add(id, message));
        builder.finish()
    }
}

fn touch_keys(messages: &Messages, message: &Message) {
    let Some(summary) = message.msrp() else { return };
    let head = messages.head(message);
    for key in [summary.transaction_id, summary.to_path, summary.from_path, summary.message_id] {
        touch(key.of(head));
    }
}

/// The two session-ids of a message's far ends, lesser first, so that both directions share it.
type SessionKey<'a> = (&'a [u8], &'a [u8]);

/// The To-Path and From-Path of a message as written.
type Paths<'a> = (&'a [u8], &'a [u8]);

/// Flow, whether its client sent the request, and transaction id.
type Transaction<'a> = (u32, bool, &'a [u8]);

/// A message that waits for the other half of its transaction.
#[derive(Clone, Copy)]
enum Half {
    /// With the transfer that it carries a part of.
    Request(MessageId, Option<u32>),
    /// With its status. It was captured before its request: captures of two directions, or with several receive queues, shuffle
    /// packets.
    Response(MessageId, u16),
}

/// A request, the transfer that it carries a part of, the response, and its status.
type Answered = (MessageId, Option<u32>, MessageId, u16);

impl Half {
    fn with(self, other: Half) -> Option<Answered> {
        match (self, other) {
            (Half::Request(request, transfer), Half::Response(response, status))
            | (Half::Response(response, status), Half::Request(request, transfer)) => {
                Some((request, transfer, response, status))
            }
            _ => None,
        }
    }
}

struct Builder<'a> {
    messages: &'a Messages,
    found: MsrpSessions,
    /// With each: was it the end with the lesser id that sent first?
    sessions: HashMap<SessionKey<'a>, (u32, bool)>,
    /// Paths that were taken apart already: their session, and whether its first end sent the message.
    paths: HashMap<Paths<'a>, (u32, bool)>,
    waiting: HashMap<Transaction<'a>, Half>,
    /// Halves whose transaction id was used again before the other half came.
    lonely: Vec<Half>,
    /// Indices of transfers by session, direction and Message-ID, which are looked up in the transfer: a table of keys
    /// would be the largest thing in memory.
    transfers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<'a> Builder<'a> {
    fn new(messages: &'a Messages) -> Builder<'a> {
        Builder {
            messages,
            found: MsrpSessions::default(),
            sessions: HashMap::new(),
            paths: HashMap::new(),
            waiting: HashMap::new(),
            lonely: Vec::new(),
            // Most messages are a SEND and its response. Growing would read the Message-IDs of all again, from all over the capture.
            transfers: HashTable::with_capacity(messages.list.len() / 2),
            hasher: DefaultHashBuilder::default(),
        }
    }

    fn add(&mut self, id: MessageId, message: &'a Message) {
        let Some(summary) = message.msrp() else { return };
        // Responses go hop by hop with the same transaction id (RFC 4975 §7.2), so the flow tells.
        let from_requester = message.from_client == (summary.method != Method::Response);
        let transaction = (message.flow, from_requester, summary.transaction_id.of(self.messages.head(message)));
        let half = match summary.method {
            Method::Response => Half::Response(id, summary.status),
            _ => Half::Request(id, self.request(id, message)),
        };
        let whole = match self.waiting.entry(transaction) {
            hash_map::Entry::Occupied(mut other) => {
                let whole = half.with(*other.get());
                match whole {
                    Some(_) => drop(other.remove()),
                    None => self.lonely.push(other.insert(half)),
                }
                whole
            }
            hash_map::Entry::Vacant(place) => {
                place.insert(half);
                None
            }
        };
        match (whole, half) {
            (Some(whole), _) => self.answer(whole),
            (None, Half::Response(..)) => self.unpaired_response(id, message),
            (None, Half::Request(..)) => {}
        }
    }

    /// What waits at the end, waits in vain.
    fn finish(mut self) -> MsrpSessions {
        let Builder { waiting, lonely, found, .. } = &mut self;
        for half in waiting.drain().map(|(_, half)| half).chain(lonely.drain(..)) {
            let (id, is_request) = match half {
                Half::Request(id, Some(_)) => (id, true),
                // REPORTs get no response, and of a further hop the first one tells.
                Half::Request(_, None) => continue,
                Half::Response(id, _) => (id, false),
            };
            if let Some(session) = found.sessions.get_mut(found.session_of[id.0 as usize] as usize) {
                (if is_request { &mut session.unanswered } else { &mut session.unexpected }).push(id);
            }
        }
        for session in &mut found.sessions {
            session.unanswered.sort_unstable();
            session.unexpected.sort_unstable();
            session.misrouted.sort_unstable();
            session.disordered.sort_unstable();
        }
        self.found
    }

    /// Takes in a request and tells which transfer it carries a part of.
    fn request(&mut self, id: MessageId, message: &'a Message) -> Option<u32> {
        let summary = message.msrp()?;
        // AUTH speaks to a relay only (RFC 4976 §5): it opens no session of its own.
        if summary.method == Method::Auth {
            return None;
        }
        let raw = self.messages.head(message);
        let (session, from_first_end) = self.session(id, summary.to_path.of(raw), summary.from_path.of(raw))?;
        self.found.session_of[id.0 as usize] = session;
        self.found.sessions[session as usize].last = id;
        if !summary.form().begins_with_paths {
            self.found.sessions[session as usize].disordered.push(id);
        }
        let message_id = summary.message_id.of(raw);
        match summary.method {
            Method::Send => return self.send(id, message, session, from_first_end, message_id),
            // A REPORT goes the other way than the message it is about (RFC 4975 §7.1.2).
            Method::Report => {
                if let Some(transfer) = self.find_transfer(session, !from_first_end, message_id) {
                    self.found.transfers[transfer as usize].rest().reports.push(id);
                }
            }
            _ => {}
        }
        None
    }

    fn answer(&mut self, (request, transfer, response, status): Answered) {
        let session = self.found.session_of[request.0 as usize];
        self.found.session_of[response.0 as usize] = session;
        if session != NO_SESSION {
            let one = &mut self.found.sessions[session as usize];
            one.last = response.max(one.last);
            let is_report = self.messages[request].msrp().is_some_and(|summary| summary.method == Method::Report);
            if is_report {
                one.unexpected.push(response);
            }
            if !is_turned(self.messages, request, response) {
                one.misrouted.push(response);
            }
            if self.messages[response].msrp().is_some_and(|summary| !summary.form().begins_with_paths) {
                one.disordered.push(response);
            }
        }
        if let Some(transfer) = transfer {
            self.found.transfers[transfer as usize].response = Some((response, status));
        }
    }

    /// A response whose request was not captured still shows its session.
    fn unpaired_response(&mut self, id: MessageId, message: &'a Message) {
        let Some(summary) = message.msrp() else { return };
        let raw = self.messages.head(message);
        if let Some((session, _)) = self.session(id, summary.to_path.of(raw), summary.from_path.of(raw)) {
            self.found.session_of[id.0 as usize] = session;
            self.found.sessions[session as usize].last = id;
        }
    }

    /// The session of a message with these paths, and whether its first end sent it.
    fn session(&mut self, id: MessageId, to: &'a [u8], from: &'a [u8]) -> Option<(u32, bool)> {
        if let Some(&known) = self.paths.get(&(to, from)) {
            return Some(known);
        }
        let found = self.session_of_ends(id, last_uri(to), last_uri(from))?;
        self.paths.insert((to, from), found);
        let (session, from_first_end) = found;
        self.found.sessions[session as usize].ways.push((id, from_first_end));
        Some(found)
    }

    fn session_of_ends(&mut self, id: MessageId, to: &'a [u8], from: &'a [u8]) -> Option<(u32, bool)> {
        let (to_id, from_id) = (session_id_bytes(to)?, session_id_bytes(from)?);
        let from_lesser = from_id < to_id;
        let key = if from_lesser { (from_id, to_id) } else { (to_id, from_id) };
        let sessions = &mut self.found.sessions;
        let (index, first_is_lesser) = *self.sessions.entry(key).or_insert_with(|| {
            let ends = [from, to].map(|uri| String::from_utf8_lossy(uri).into_owned());
            sessions.push(MsrpSession {
                ends,
                transfers: Vec::new(),
                first: id,
                last: id,
                unanswered: Vec::new(),
                unexpected: Vec::new(),
                misrouted: Vec::new(),
                disordered: Vec::new(),
                ways: Vec::new(),
                repeats: Vec::new(),
            });
            ((sessions.len() - 1) as u32, from_lesser)
        });
        Some((index, from_lesser == first_is_lesser))
    }

    /// Takes in a chunk and tells which transfer it belongs to; `None` for one that a further hop carries again.
    fn send(
        &mut self,
        id: MessageId,
        message: &Message,
        session: u32,
        from_first_end: bool,
        message_id: &[u8],
    ) -> Option<u32> {
        let summary = message.msrp()?;
        let key = (session, from_first_end, message_id);
        let MsrpSessions { transfers, sessions, .. } = &mut self.found;
        let (messages, hasher) = (self.messages, &self.hasher);
        let place = self.transfers.entry(
            hasher.hash_one(key),
            |index| transfers[*index as usize].key(messages) == key,
            |index| hasher.hash_one(transfers[*index as usize].key(messages)),
        );
        let new = transfers.len() as u32;
        match place {
            hash_table::Entry::Occupied(mut known) => {
                let index = *known.get();
                let transfer = &mut transfers[index as usize];
                if messages[transfer.first].flow != message.flow {
                    transfer.rest().hops.push(id);
                    return None;
                }
                if transfer.end == EndFlag::Continued || transfer.end == EndFlag::Missing {
                    transfer.rest().more.push(id);
                    transfer.end = summary.end_flag();
                    return Some(index);
                }
                // A Message-ID used again after its message was complete: another message.
                *known.get_mut() = new;
                sessions[session as usize].repeats.push((index, new));
            }
            hash_table::Entry::Vacant(place) => drop(place.insert(new)),
        }
        let end = summary.end_flag();
        transfers.push(Transfer { session, from_first_end, first: id, end, response: None, rest: None });
        self.found.sessions[session as usize].transfers.push(new);
        Some(new)
    }

    fn find_transfer(&self, session: u32, from_first_end: bool, message_id: &[u8]) -> Option<u32> {
        let key = (session, from_first_end, message_id);
        let transfers = &self.found.transfers;
        let is_it = |index: &u32| transfers[*index as usize].key(self.messages) == key;
        self.transfers.find(self.hasher.hash_one(key), is_it).copied()
    }
}

/// Does a response go the way that its request came (RFC 4975 §7.2)?
fn is_turned(messages: &Messages, request: MessageId, response: MessageId) -> bool {
    let paths = |id: MessageId| {
        let message = &messages[id];
        let (summary, head) = (message.msrp()?, messages.head(message));
        Some((summary.to_path.of(head), summary.from_path.of(head)))
    };
    let (Some((to, from)), Some(turned)) = (paths(request), paths(response)) else { return true };
    turned == (from, to)
}

/// The last URI of a path: the far end behind all relays.
fn last_uri(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| byte.is_ascii_whitespace()).next().unwrap_or(path)
}

fn session_id_bytes(uri: &[u8]) -> Option<&[u8]> {
    uri.get(session_id_range(uri)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::testing::msrp_stream;

    #[test]
    fn a_response_captured_before_its_request_answers_it() {
        let paths =
            |to: &str, from: &str| format!("To-Path: msrp://{to}/{to};tcp\r\nFrom-Path: msrp://{from}/{from};tcp\r\n");
        let request = format!("MSRP d93k SEND\r\n{}Message-ID: m\r\n\r\nhi\r\n-------d93k$\r\n", paths("b", "a"));
        let response = format!("MSRP d93k 200 OK\r\n{}-------d93k$\r\n", paths("a", "b"));
        for (sent, answered) in [(1, 2), (2, 1)] {
            let found = MsrpSessions::build(&msrp_stream(&[(sent, true, &request), (answered, false, &response)]));
            assert_eq!(found.transfers.len(), 1);
            assert_eq!(found.transfers[0].response, Some((MessageId(answered - 1), 200)));
            assert_eq!(found.session_of, [0, 0]);
            assert_eq!(found.sessions[0].last, MessageId(1));
        }
    }
}
