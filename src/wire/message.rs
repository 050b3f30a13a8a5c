//! A message of a capture: where its bytes are, which frames they came in, and its keys. About a hundred bytes each, since there
//! may be millions.

use std::cmp::Ordering;

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
    /// Its bytes: in the capture where they lie in one frame, else put together.
    pub raw: Span,
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
}

/// All messages of a capture set, ordered by time, frame, and place in the frame: several messages of one segment keep their order.
/// Messages of one stream stand in its order, even when their segments were captured in another one.
#[derive(Default)]
pub struct Messages {
    pub list: Vec<Message>,
    pub pieces: Vec<Piece>,
    pub flows: Vec<Flow>,
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

    /// The order of messages in a capture: time, then frame, then place in the frame.
    pub fn cmp_place(&self, other: &Message) -> Ordering {
        (self.time, self.frame, self.frame_offset).cmp(&(other.time, other.frame, other.frame_offset))
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

    /// The bytes of a message.
    pub fn raw(&self, message: &Message) -> &[u8] {
        self.store.bytes(message.raw)
    }

    pub fn flow(&self, message: &Message) -> &Flow {
        &self.flows[message.flow as usize]
    }

    /// The runs of a message, one per frame; a message in one frame is one run.
    pub fn pieces(&self, message: &Message) -> Vec<Piece> {
        match self.pieces.get(message.pieces.range()) {
            Some(pieces) if !pieces.is_empty() => pieces.to_vec(),
            _ => vec![Piece { at: 0, frame: message.frame, frame_offset: message.frame_offset }],
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stays_small() {
        assert!(size_of::<Message>() <= 112, "{} bytes", size_of::<Message>());
    }
}
