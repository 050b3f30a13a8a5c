//! A message of a capture: where its bytes are, which frames they came in, and its keys. About a hundred bytes each, since there
//! may be millions.

use std::borrow::Cow;
use std::ops::Range;

use super::message_list::MessageList;
use super::text::Part;
use super::{msrp, sip};
use crate::capture::{FrameId, Span, Store, Time};
use crate::net::Flow;

/// A message's place in [`Messages::list`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u32);

/// One SIP or MSRP message.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    /// Time of its first packet.
    pub time: Time,
    /// Its first packet.
    pub frame: FrameId,
    /// Where in that frame its bytes begin.
    pub frame_offset: u32,
    /// Its length in bytes.
    pub len_bytes: u32,
    /// Its first bytes: all of them when it lies in one frame, else at least its start line and headers.
    pub head: Span,
    /// Its runs in [`Messages::pieces`]; none when it lies in one frame.
    pub pieces: Part,
    /// Index into [`Messages::flows`].
    pub flow: u32,
    /// Sent by the flow's client?
    pub from_client: bool,
    /// Its end was not captured.
    pub incomplete: bool,
    pub kind: Kind,
}

/// Which protocol, with the keys that were scanned when the message was framed.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Sip(sip::Summary),
    Msrp(msrp::Summary),
}

/// A run of a message's bytes that came in one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where in the message the run begins.
    pub at: u32,
    pub frame: FrameId,
    /// Where in the frame the run begins.
    pub frame_offset: u32,
    /// Its bytes.
    pub span: Span,
}

/// All messages of a capture set, ordered by time, frame, and place in the frame: several messages of one segment keep their order.
/// Messages of one stream stand in its order, even when their segments were captured in another one.
#[derive(Default)]
pub struct Messages {
    pub list: MessageList,
    pub pieces: Vec<Piece>,
    pub flows: Vec<Flow>,
    /// TCP connections that their server refused, in order; they carry nothing, and are none of `flows`.
    pub refused: Vec<Flow>,
    pub store: Store,
}

impl Message {
    pub fn sip(&self) -> Option<&sip::Summary> {
        match &self.kind {
            Kind::Sip(summary) => Some(summary),
            Kind::Msrp(_) => None,
        }
    }

    pub fn msrp(&self) -> Option<&msrp::Summary> {
        match &self.kind {
            Kind::Msrp(summary) => Some(summary),
            Kind::Sip(_) => None,
        }
    }
}

impl std::ops::Index<MessageId> for Messages {
    type Output = Message;

    fn index(&self, id: MessageId) -> &Message {
        &self.list[id.0 as usize]
    }
}

impl Messages {
    /// All messages with their places, in order.
    pub fn iter(&self) -> impl Iterator<Item = (MessageId, &Message)> {
        self.list.iter().enumerate().map(|(index, message)| (MessageId(index as u32), message))
    }

    /// The head of a message: at least its start line and headers, in one piece. The keys of its summary point into it.
    pub fn head(&self, message: &Message) -> &[u8] {
        self.store.bytes(message.head)
    }

    /// The bytes of a message. Those of a message in several frames are put together here: kept, they would need as much
    /// memory as the capture itself.
    pub fn raw(&self, message: &Message) -> Cow<'_, [u8]> {
        self.bytes(message, 0..message.len_bytes as usize)
    }

    /// The bytes of a message in `range`.
    pub fn bytes(&self, message: &Message, range: Range<usize>) -> Cow<'_, [u8]> {
        if range.end <= message.head.len_bytes as usize {
            return Cow::Borrowed(self.head(message).get(range).unwrap_or_default());
        }
        let pieces = self.pieces.get(message.pieces.range()).unwrap_or_default();
        let mut bytes = Vec::with_capacity(range.len());
        pieces.iter().for_each(|piece| bytes.extend_from_slice(self.part(piece, &range)));
        Cow::Owned(bytes)
    }

    /// The body of a message, as its summary says.
    pub fn body(&self, message: &Message) -> Cow<'_, [u8]> {
        let body = match &message.kind {
            Kind::Sip(summary) => summary.body,
            Kind::Msrp(summary) => summary.body,
        };
        self.bytes(message, body.range())
    }

    /// Skips the body of a message, if `bytes` begin with it.
    pub fn skip_body(&self, message: &Message, bytes: &mut &[u8]) -> bool {
        let range = message.msrp().map_or(0..0, |summary| summary.body.range());
        if range.end <= message.head.len_bytes as usize {
            return skip(bytes, self.head(message).get(range).unwrap_or_default());
        }
        let pieces = self.pieces.get(message.pieces.range()).unwrap_or_default();
        pieces.iter().all(|piece| skip(bytes, self.part(piece, &range)))
    }

    /// What a piece of a message has of `range`.
    fn part(&self, piece: &Piece, range: &Range<usize>) -> &[u8] {
        let at = piece.at as usize;
        self.store.bytes(piece.span.slice(range.start.saturating_sub(at)..range.end.saturating_sub(at)))
    }

    pub fn flow(&self, message: &Message) -> &Flow {
        &self.flows[message.flow as usize]
    }

    /// The runs of a message, one per frame; a message in one frame is one run.
    pub fn pieces(&self, message: &Message) -> Vec<Piece> {
        match self.pieces.get(message.pieces.range()) {
            Some(pieces) if !pieces.is_empty() => pieces.to_vec(),
            _ => {
                let (frame, frame_offset, span) = (message.frame, message.frame_offset, message.head);
                vec![Piece { at: 0, frame, frame_offset, span }]
            }
        }
    }

    /// The frames that carry a message, in order, each once.
    pub fn frames(&self, message: &Message) -> Vec<FrameId> {
        let mut frames: Vec<FrameId> = self.pieces(message).iter().map(|piece| piece.frame).collect();
        frames.sort_unstable();
        frames.dedup();
        frames
    }

    /// The message opened as SIP.
    pub fn sip(&self, message: &Message) -> Option<sip::Message<'_>> {
        message.sip()?;
        sip::Message::parse(self.raw(message))
    }

    /// The message opened as MSRP.
    pub fn msrp(&self, message: &Message) -> Option<msrp::Message<'_>> {
        message.msrp()?;
        msrp::Message::parse(self.raw(message))
    }
}

/// Skips a part, if `bytes` begin with it.
fn skip(bytes: &mut &[u8], part: &[u8]) -> bool {
    let rest = bytes.strip_prefix(part);
    rest.inspect(|rest| *bytes = rest).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stays_small() {
        assert!(size_of::<Message>() <= 88, "{} bytes", size_of::<Message>());
    }
}
