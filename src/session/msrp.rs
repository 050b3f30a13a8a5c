//! MSRP sessions and what is transferred in them (RFC 4975): chunks joined to messages, responses and REPORTs paired.
//!
//! Needs no SDP: the paths of the messages themselves tell which session they belong to.

use std::borrow::Cow;

use hashbrown::HashMap;

use crate::wire::msrp::{ByteRange, EndFlag, Method, session_id};
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
}

/// One message sent over MSRP, whole: all chunks with one Message-ID in one direction.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// Index of its [`MsrpSession`].
    pub session: u32,
    /// Sent by the session's `ends[0]`?
    pub from_first_end: bool,
    /// Its first chunk that was captured.
    pub first: MessageId,
    /// The further chunks in order.
    pub more: Vec<MessageId>,
    /// How the last chunk ended; [`EndFlag::Continued`] when the rest was not captured.
    pub end: EndFlag,
    /// The response to the last chunk that has one, and its status.
    pub response: Option<(MessageId, u16)>,
    /// REPORTs about it.
    pub reports: Vec<MessageId>,
    /// The same chunks again on a further hop (relay, second capture point).
    pub hops: Vec<MessageId>,
}

/// All MSRP of a capture.
#[derive(Default)]
pub struct MsrpSessions {
    pub sessions: Vec<MsrpSession>,
    pub transfers: Vec<Transfer>,
    /// Message → its session; [`NO_SESSION`] where there is none (SIP, AUTH, unpaired responses).
    pub session_of: Vec<u32>,
    /// Response → the request it answers, and request → its response, by message.
    pub pairs: HashMap<MessageId, MessageId>,
}

/// Stands for "no session" in [`MsrpSessions::session_of`].
pub const NO_SESSION: u32 = u32::MAX;

impl MsrpSessions {
    /// One pass over all messages in order.
    pub fn build(messages: &Messages) -> MsrpSessions {
        let mut builder = Builder::new(messages);
        builder.found.session_of = vec![NO_SESSION; messages.list.len()];
        for (id, message) in messages.iter() {
            if message.msrp().is_some() {
                builder.add(id, message);
            }
        }
        builder.found
    }
}

/// The two session-ids of a message's far ends, lesser first, so that both directions share it.
type SessionKey<'a> = (&'a [u8], &'a [u8]);

struct Builder<'a> {
    messages: &'a Messages,
    found: MsrpSessions,
    sessions: HashMap<SessionKey<'a>, u32>,
    /// (flow, direction, transaction id) → the request that waits for its response.
    waiting: HashMap<(u32, bool, &'a [u8]), MessageId>,
    /// (session, direction, Message-ID) → transfer.
    transfers: HashMap<(u32, bool, &'a [u8]), u32>,
    /// Request → transfer, for responses and REPORTs.
    transfer_of: HashMap<MessageId, u32>,
}

impl<'a> Builder<'a> {
    fn new(messages: &'a Messages) -> Builder<'a> {
        Builder {
            messages,
            found: MsrpSessions::default(),
            sessions: HashMap::new(),
            waiting: HashMap::new(),
            transfers: HashMap::new(),
            transfer_of: HashMap::new(),
        }
    }

    fn add(&mut self, id: MessageId, message: &'a Message) {
        let Some(summary) = message.msrp() else { return };
        let raw = self.messages.raw(message);
        let transaction_id = summary.transaction_id.of(raw);
        if summary.method == Method::Response {
            self.response(id, message, transaction_id, summary.status);
            return;
        }
        self.waiting.insert((message.flow, message.from_client, transaction_id), id);
        // AUTH speaks to a relay only (RFC 4976 §5): it opens no session of its own.
        if summary.method == Method::Auth {
            return;
        }
        let (to, from) = (summary.to_path.of(raw), summary.from_path.of(raw));
        let Some((session, from_first_end)) = self.session(id, to, from) else { return };
        self.found.session_of[id.0 as usize] = session;
        self.found.sessions[session as usize].last = id;
        let message_id = summary.message_id.of(raw);
        match summary.method {
            Method::Send => self.send(id, message, session, from_first_end, message_id),
            // A REPORT goes the other way than the message it is about (RFC 4975 §7.1.2).
            Method::Report => {
                if let Some(&transfer) = self.transfers.get(&(session, !from_first_end, message_id)) {
                    self.found.transfers[transfer as usize].reports.push(id);
                }
            }
            _ => {}
        }
    }

    fn response(&mut self, id: MessageId, message: &'a Message, transaction_id: &'a [u8], status: u16) {
        // Responses go hop by hop with the same transaction id (RFC 4975 §7.2), so the flow tells.
        let Some(&request) = self.waiting.get(&(message.flow, !message.from_client, transaction_id)) else {
            self.unpaired_response(id, message);
            return;
        };
        self.found.pairs.insert(id, request);
        self.found.pairs.entry(request).or_insert(id);
        let session = self.found.session_of[request.0 as usize];
        self.found.session_of[id.0 as usize] = session;
        if session != NO_SESSION {
            self.found.sessions[session as usize].last = id;
        }
        if let Some(&transfer) = self.transfer_of.get(&request) {
            self.found.transfers[transfer as usize].response = Some((id, status));
        }
    }

    /// A response whose request was not captured still shows its session.
    fn unpaired_response(&mut self, id: MessageId, message: &'a Message) {
        let Some(summary) = message.msrp() else { return };
        let raw = self.messages.raw(message);
        if let Some((session, _)) = self.session(id, summary.to_path.of(raw), summary.from_path.of(raw)) {
            self.found.session_of[id.0 as usize] = session;
            self.found.sessions[session as usize].last = id;
        }
    }

    fn session(&mut self, id: MessageId, to: &'a [u8], from: &'a [u8]) -> Option<(u32, bool)> {
        let (to, from) = (last_uri(to), last_uri(from));
        let (to_id, from_id) = (session_id_bytes(to)?, session_id_bytes(from)?);
        let key = if from_id < to_id { (from_id, to_id) } else { (to_id, from_id) };
        let sessions = &mut self.found.sessions;
        let index = *self.sessions.entry(key).or_insert_with(|| {
            let ends = [from, to].map(|uri| String::from_utf8_lossy(uri).into_owned());
            sessions.push(MsrpSession { ends, transfers: Vec::new(), first: id, last: id });
            (sessions.len() - 1) as u32
        });
        let first_end = session_id(&sessions[index as usize].ends[0]).map(str::as_bytes);
        Some((index, first_end == Some(from_id)))
    }

    fn send(&mut self, id: MessageId, message: &Message, session: u32, from_first_end: bool, message_id: &'a [u8]) {
        let Some(summary) = message.msrp() else { return };
        let transfers = &mut self.found.transfers;
        if let Some(&index) = self.transfers.get(&(session, from_first_end, message_id)) {
            let transfer = &mut transfers[index as usize];
            let first = &self.messages[transfer.first];
            if first.flow != message.flow {
                transfer.hops.push(id);
                return;
            }
            if transfer.end == EndFlag::Continued || transfer.end == EndFlag::Missing {
                transfer.more.push(id);
                transfer.end = summary.end_flag;
                self.transfer_of.insert(id, index);
                return;
            }
            // A Message-ID used again after its message was complete: another message.
        }
        let index = transfers.len() as u32;
        transfers.push(Transfer {
            session,
            from_first_end,
            first: id,
            more: Vec::new(),
            end: summary.end_flag,
            response: None,
            reports: Vec::new(),
            hops: Vec::new(),
        });
        self.found.sessions[session as usize].transfers.push(index);
        self.transfers.insert((session, from_first_end, message_id), index);
        self.transfer_of.insert(id, index);
    }
}

impl Transfer {
    /// Its chunks that were captured.
    pub fn chunks(&self) -> impl Iterator<Item = MessageId> + '_ {
        std::iter::once(self.first).chain(self.more.iter().copied())
    }

    /// The body put together from the chunks. Where the Byte-Ranges of the chunks fit each other they decide the order; where they
    /// contradict each other the chunks stand as they came: the end-line decides, the range is only checked (RFC 4975 §7.3.1).
    pub fn body<'m>(&self, messages: &'m Messages) -> Cow<'m, [u8]> {
        if self.more.is_empty() {
            return Cow::Borrowed(chunk_body(messages, self.first));
        }
        let mut chunks: Vec<(Option<u64>, &[u8])> =
            self.chunks().map(|id| (range(messages, id).map(|range| range.start), chunk_body(messages, id))).collect();
        let mut sorted = chunks.clone();
        sorted.sort_by_key(|(start, _)| *start);
        let fits = sorted.windows(2).all(|pair| match (pair[0], pair[1].0) {
            ((Some(start), body), Some(next)) => start.checked_add(body.len() as u64).is_some_and(|end| end <= next),
            _ => false,
        });
        if fits {
            chunks = sorted;
        }
        Cow::Owned(chunks.into_iter().flat_map(|(_, body)| body).copied().collect())
    }

    /// Are all bytes there, from the first to the end the sender meant?
    pub fn is_complete(&self, messages: &Messages) -> bool {
        let whole = self.chunks().all(|id| !messages[id].incomplete);
        let starts_at_one = range(messages, self.first).is_none_or(|range| range.start <= 1);
        let total = self.chunks().filter_map(|id| range(messages, id)?.total).last();
        let len: usize = self.chunks().map(|id| chunk_body(messages, id).len()).sum();
        whole && starts_at_one && self.end == EndFlag::Complete && total.is_none_or(|total| total == len as u64)
    }

    /// The Content-Type of the first chunk that has one.
    pub fn content_type<'m>(&self, messages: &'m Messages) -> &'m str {
        self.chunks()
            .filter_map(|id| {
                let message = &messages[id];
                std::str::from_utf8(message.msrp()?.content_type.of(messages.raw(message))).ok()
            })
            .find(|value| !value.is_empty())
            .unwrap_or_default()
    }
}

fn chunk_body(messages: &Messages, id: MessageId) -> &[u8] {
    let message = &messages[id];
    message.msrp().map_or(&[], |summary| summary.body.of(messages.raw(message)))
}

fn range(messages: &Messages, id: MessageId) -> Option<ByteRange> {
    messages.msrp(&messages[id])?.byte_range()
}

/// The last URI of a path: the far end behind all relays.
fn last_uri(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| byte.is_ascii_whitespace()).next().unwrap_or(path)
}

fn session_id_bytes(uri: &[u8]) -> Option<&[u8]> {
    std::str::from_utf8(uri).ok().and_then(session_id).map(str::as_bytes)
}
