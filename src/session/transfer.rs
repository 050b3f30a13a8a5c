//! One message sent over MSRP (RFC 4975): its chunks, and the body that they make up.

use std::borrow::Cow;

use crate::wire::msrp::{ByteRange, EndFlag};
use crate::wire::{MessageId, Messages};

/// One message sent over MSRP, whole: all chunks with one Message-ID in one direction.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// Index of its [`super::MsrpSession`].
    pub session: u32,
    /// Sent by the session's `ends[0]`?
    pub from_first_end: bool,
    /// Its first chunk that was captured.
    pub first: MessageId,
    /// How the last chunk ended; [`EndFlag::Continued`] when the rest was not captured.
    pub end: EndFlag,
    /// The response to the last chunk that has one, and its status.
    pub response: Option<(MessageId, u16)>,
    /// What most messages do not have: there are millions of them.
    pub(super) rest: Option<Box<Rest>>,
}

/// The further parts of a message that is more than one chunk on one hop.
#[derive(Clone, Debug, Default)]
pub(super) struct Rest {
    pub more: Vec<MessageId>,
    pub reports: Vec<MessageId>,
    pub hops: Vec<MessageId>,
}

impl Transfer {
    /// Its chunks that were captured, in order of capture.
    pub fn chunks(&self) -> impl Iterator<Item = MessageId> + '_ {
        std::iter::once(self.first).chain(self.more().iter().copied())
    }

    /// The chunks after the first one.
    pub fn more(&self) -> &[MessageId] {
        self.rest.as_ref().map_or(&[], |rest| &rest.more)
    }

    /// REPORTs about it.
    pub fn reports(&self) -> &[MessageId] {
        self.rest.as_ref().map_or(&[], |rest| &rest.reports)
    }

    /// The same chunks again on a further hop (relay, second capture point).
    pub fn hops(&self) -> &[MessageId] {
        self.rest.as_ref().map_or(&[], |rest| &rest.hops)
    }

    pub(super) fn rest(&mut self) -> &mut Rest {
        self.rest.get_or_insert_default()
    }

    /// What all its chunks share.
    pub(super) fn key<'m>(&self, messages: &'m Messages) -> (u32, bool, &'m [u8]) {
        let first = &messages[self.first];
        let message_id = first.msrp().map_or(&[][..], |summary| summary.message_id.of(messages.head(first)));
        (self.session, self.from_first_end, message_id)
    }

    /// The body put together from the chunks. Where the Byte-Ranges of the chunks fit each other they decide the order; where they
    /// contradict each other the chunks stand as they came: the end-line decides, the range is only checked (RFC 4975 §7.3.1).
    pub fn body<'m>(&self, messages: &'m Messages) -> Cow<'m, [u8]> {
        if self.more().is_empty() {
            return messages.body(&messages[self.first]);
        }
        let mut body = Vec::with_capacity(self.body_len(messages) as usize);
        self.body_order(messages).into_iter().for_each(|id| body.extend_from_slice(&messages.body(&messages[id])));
        Cow::Owned(body)
    }

    /// Bytes of [`Transfer::body`].
    pub fn body_len(&self, messages: &Messages) -> u64 {
        self.chunks().map(|id| chunk_len(messages, id)).sum()
    }

    /// Is this its body? Nothing is put together.
    pub fn is_body(&self, messages: &Messages, body: &[u8]) -> bool {
        let is_next = |rest: &mut &[u8], id: MessageId| messages.skip_body(&messages[id], rest);
        let mut rest = body;
        let fits = match self.more() {
            [] => is_next(&mut rest, self.first),
            _ => self.body_order(messages).into_iter().all(|id| is_next(&mut rest, id)),
        };
        fits && rest.is_empty()
    }

    /// Where each chunk begins in [`Transfer::body`].
    pub fn body_runs(&self, messages: &Messages) -> Vec<(usize, MessageId)> {
        let mut at = 0;
        let run = |id: MessageId| {
            let start = at;
            at += chunk_len(messages, id) as usize;
            (start, id)
        };
        self.body_order(messages).into_iter().map(run).collect()
    }

    /// The chunks in the order in which their bytes make up the body.
    fn body_order(&self, messages: &Messages) -> Vec<MessageId> {
        let mut chunks: Vec<(Option<u64>, MessageId)> =
            self.chunks().map(|id| (range(messages, id).map(|range| range.start), id)).collect();
        let mut sorted = chunks.clone();
        sorted.sort_by_key(|(start, _)| *start);
        let fits = sorted.windows(2).all(|pair| match (pair[0], pair[1].0) {
            ((Some(start), id), Some(next)) => {
                start.checked_add(chunk_len(messages, id)).is_some_and(|end| end <= next)
            }
            _ => false,
        });
        if fits {
            chunks = sorted;
        }
        chunks.into_iter().map(|(_, id)| id).collect()
    }

    /// Are all bytes there, from the first to the end the sender meant?
    pub fn is_complete(&self, messages: &Messages) -> bool {
        let first = &messages[self.first];
        if self.more().is_empty() && first.msrp().is_some_and(|summary| summary.form().is_in_one_chunk) {
            return !first.incomplete && self.end == EndFlag::Complete;
        }
        let whole = self.chunks().all(|id| !messages[id].incomplete);
        let first = range(messages, self.first);
        let starts_at_one = first.is_none_or(|range| range.start <= 1);
        let last_total = self.more().iter().rev().find_map(|&id| range(messages, id)?.total);
        let total = last_total.or(first.and_then(|range| range.total));
        whole
            && starts_at_one
            && self.end == EndFlag::Complete
            && total.is_none_or(|total| total == self.body_len(messages))
    }

    /// The Content-Type of the first chunk that has one.
    pub fn content_type<'m>(&self, messages: &'m Messages) -> &'m str {
        let of = |id: MessageId| {
            let message = &messages[id];
            let value = message.msrp().map_or(&[][..], |summary| summary.content_type.of(messages.head(message)));
            std::str::from_utf8(value).unwrap_or_default()
        };
        let first = of(self.first);
        if !first.is_empty() {
            return first;
        }
        self.more().iter().map(|&id| of(id)).find(|value| !value.is_empty()).unwrap_or_default()
    }
}

fn chunk_len(messages: &Messages, id: MessageId) -> u64 {
    messages[id].msrp().map_or(0, |summary| summary.body.len.into())
}

fn range(messages: &Messages, id: MessageId) -> Option<ByteRange> {
    let message = &messages[id];
    ByteRange::of(message.msrp()?.byte_range.of(messages.head(message)))
}
