//! Script → a list of timed messages between endpoints, each with a label: the place where faults are made.

mod bodies;
mod cast;
mod dialog;
mod director;
mod focus;
mod media;
mod setup;
mod stage;
mod text;

use std::net::SocketAddr;

pub use cast::{CONFERENCE_FACTORY, GROUP_DATA_TYPE, ICSI};
pub use text::{Chunk, Content, Entity, Headers, Msrp, Replace, Sip};

use crate::script::Story;
use crate::truth::{Mark, Options, Record, Violation};

/// A message's number in its conversation; it stays when others are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u32);

#[derive(Clone, Debug)]
pub struct Message {
    pub id: MessageId,
    /// When it is sent, in µs since 1970.
    pub time_us: u64,
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub transport: Transport,
    /// `STEP SENDER>RECEIVER WHAT`, such as `create A>focus INVITE`, `message1 focus>B SEND`, `leave C focus>C 200 BYE`.
    /// A participating function is named with whom it serves: `create pf1-A>focus INVITE`.
    pub label: String,
    pub payload: Payload,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Udp,
    Tcp,
}

#[derive(Clone, Debug)]
pub enum Payload {
    Sip(Sip),
    Msrp(Msrp),
    /// Whatever a fault wants on the wire.
    Raw(Vec<u8>),
    /// The TCP connection from `from` to `to` is opened.
    Open,
    /// `from` asks for a TCP connection, and is refused.
    Refused,
    /// `from` closes the TCP connection, the other side follows.
    Close,
}

impl Payload {
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Sip(sip) => sip.to_bytes(),
            Self::Msrp(msrp) => msrp.to_bytes(),
            Self::Raw(bytes) => bytes.clone(),
            Self::Open | Self::Refused | Self::Close => Vec::new(),
        }
    }
}

impl Message {
    /// The label matches; `*` stands for any characters.
    pub fn is(&self, pattern: &str) -> bool {
        matches(pattern, &self.label)
    }

    /// Replaces text wherever it stands in the message.
    ///
    /// # Panics
    /// If the text is nowhere: the fault would not be one.
    pub fn replace(&mut self, from: &str, to: &str) {
        let found = match &mut self.payload {
            Payload::Sip(sip) => sip.replace(from, to),
            Payload::Msrp(msrp) => msrp.replace(from, to),
            Payload::Raw(_) | Payload::Open | Payload::Refused | Payload::Close => false,
        };
        assert!(found, "no {from:?} in {}", self.label);
    }

    /// # Panics
    /// If this is no SIP message.
    pub fn sip(&mut self) -> &mut Sip {
        match &mut self.payload {
            Payload::Sip(sip) => sip,
            _ => panic!("{} is no SIP message", self.label),
        }
    }

    /// # Panics
    /// If this is no MSRP message.
    pub fn msrp(&mut self) -> &mut Msrp {
        match &mut self.payload {
            Payload::Msrp(msrp) => msrp,
            _ => panic!("{} is no MSRP message", self.label),
        }
    }
}

/// What is broken, by whom, and which clause says so.
#[derive(Clone, Copy, Debug)]
pub struct Fault<'a> {
    pub id: &'a str,
    pub clause: &'a str,
    pub actor: &'a str,
    pub severity: &'a str,
    pub summary: &'a str,
}

/// All messages of a story in the order in which they are sent, and what is true about them.
#[derive(Clone, Debug)]
pub struct Conversation {
    pub messages: Vec<Message>,
    pub record: Record,
    pub options: Options,
}

impl Conversation {
    /// # Panics
    /// If the story makes no sense, such as a message from somebody who is not connected.
    pub fn of(story: &Story) -> Self {
        director::direct(story)
    }

    /// The first message whose label matches; `*` stands for any characters.
    ///
    /// # Panics
    /// If there is none; the message lists all labels.
    pub fn message(&mut self, pattern: &str) -> &mut Message {
        match self.messages.iter().position(|message| message.is(pattern)) {
            Some(index) => &mut self.messages[index],
            None => {
                let labels = self.messages.iter().map(|message| message.label.as_str()).collect::<Vec<_>>();
                panic!("no message {pattern:?} among:\n{}", labels.join("\n"))
            }
        }
    }

    /// Changes the first message whose label matches.
    pub fn mutate(mut self, pattern: &str, change: impl FnOnce(&mut Message)) -> Self {
        change(self.message(pattern));
        self
    }

    /// Changes the first message whose label matches, and records the violation.
    pub fn fault(mut self, fault: Fault<'_>, pattern: &str, change: impl FnOnce(&mut Message)) -> Self {
        let message = self.message(pattern);
        change(message);
        let at = Mark::of(message.id);
        self.violate(fault, at)
    }

    /// Takes out the messages that match `missing`, and records the violation at the message that should have caused them.
    pub fn fault_missing(mut self, fault: Fault<'_>, cause: &str, missing: &[&str]) -> Self {
        let at = Mark::of(self.message(cause).id);
        for pattern in missing {
            self = self.without(pattern);
        }
        self.violate(fault, at)
    }

    /// Takes out all messages whose label matches.
    pub fn without(mut self, pattern: &str) -> Self {
        self.message(pattern);
        let (gone, kept) = self.messages.into_iter().partition(|message| message.is(pattern));
        self.messages = kept;
        let gone: Vec<Message> = gone;
        for message in gone {
            self.record.forget(message.id);
        }
        self
    }

    /// Sends a copy of the first message that matches once more, `after_us` later.
    pub fn repeated(mut self, pattern: &str, after_us: u64) -> Self {
        let mut copy = self.message(pattern).clone();
        copy.time_us += after_us;
        copy.id = MessageId(self.messages.iter().map(|message| message.id.0 + 1).max().unwrap_or(0));
        copy.label.push_str(" again");
        self.insert(copy);
        self
    }

    /// Sends the chunks of an MSRP message from number `chunk` (counted from 0) on only `after_us` later, so that other
    /// messages come between them (RFC 4975 §5.1).
    pub fn split(mut self, pattern: &str, chunk: usize, after_us: u64) -> Self {
        let message = self.message(pattern);
        let mut rest = message.clone();
        rest.time_us += after_us;
        message.msrp().chunks.iter_mut().skip(chunk).for_each(|chunk| chunk.omit = true);
        rest.msrp().chunks.iter_mut().take(chunk).for_each(|chunk| chunk.omit = true);
        self.insert(rest);
        self
    }

    fn insert(&mut self, message: Message) {
        let index = self.messages.partition_point(|other| other.time_us <= message.time_us);
        self.messages.insert(index, message);
    }

    fn violate(mut self, fault: Fault<'_>, at: Mark) -> Self {
        self.record.violations.push(Violation {
            fault: fault.id.to_owned(),
            clause: fault.clause.to_owned(),
            actor: fault.actor.to_owned(),
            severity: fault.severity.to_owned(),
            summary: fault.summary.to_owned(),
            at,
        });
        self
    }
}

/// Glob match with `*` only.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for piece in pieces {
        if let Some(previous) = last.replace(piece) {
            let Some(at) = rest.find(previous) else { return false };
            rest = &rest[at + previous.len()..];
        }
    }
    match last {
        Some(last) => rest.ends_with(last),
        None => rest.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn labels_match_patterns() {
        let label = "message1 focus>B 200 SEND";
        for pattern in ["message1 focus>B 200 SEND", "*", "message1 *", "* SEND", "message1*200*", "*>B*"] {
            assert!(matches(pattern, label), "{pattern}");
        }
        for pattern in ["message1", "", "*>C*", "essage1*", "message1 *SENDS", "*SEND*SEND"] {
            assert!(!matches(pattern, label), "{pattern}");
        }
    }
}
