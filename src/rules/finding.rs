//! A broken rule: who broke it, where, and what proves it.

use std::fmt::Write;
use std::ops::Range;

use sha2::{Digest, Sha256};

use super::catalogue::{self, Statement};
use super::rule::{Rule, Severity};
use crate::Analysis;
use crate::capture::FrameId;
use crate::wire::{MessageId, msrp, sip};

/// Who broke a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Actor {
    Client,
    ControllingFunction,
    ParticipatingFunction,
    /// An end of a connection of which it is not known who it is.
    Unknown,
}

impl Actor {
    pub fn as_str(self) -> &'static str {
        match self {
            Actor::Client => "client",
            Actor::ControllingFunction => "controlling-function",
            Actor::ParticipatingFunction => "participating-function",
            Actor::Unknown => "unknown",
        }
    }

    /// Whom a statement binds.
    pub fn of(statement: &Statement) -> Actor {
        let all = [Actor::Client, Actor::ControllingFunction, Actor::ParticipatingFunction];
        all.into_iter().find(|actor| actor.as_str() == statement.actor).unwrap_or(Actor::Unknown)
    }
}

/// A message, and the bytes in it that are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub message: MessageId,
    /// Counted from the first byte of the message; `None` stands for all of it.
    pub range: Option<Range<usize>>,
}

impl Place {
    /// Where the first field with this name stands in a SIP message, or the start line where there is none.
    pub fn header(message: MessageId, opened: &sip::Message<'_>, name: sip::Name) -> Place {
        match opened.all(name).next() {
            Some(header) => Place { message, range: Some(header.span.value.range()) },
            None => Place::start_line(message, opened),
        }
    }

    /// The value of a header of an MSRP message, or the whole message where there is none.
    pub fn msrp_header(message: MessageId, opened: &msrp::Message<'_>, name: &str) -> Place {
        let header =
            opened.headers().zip(opened.header_spans()).find(|((known, _), _)| known.eq_ignore_ascii_case(name));
        Place { message, range: header.map(|(_, span)| span.value.range()) }
    }

    /// The start line of a SIP message.
    pub fn start_line(message: MessageId, opened: &sip::Message<'_>) -> Place {
        let line = memchr::memchr2(b'\r', b'\n', opened.raw()).unwrap_or_default();
        Place { message, range: Some(0..line) }
    }
}

impl From<MessageId> for Place {
    fn from(message: MessageId) -> Place {
        Place { message, range: None }
    }
}

/// One violation.
#[derive(Clone, Debug)]
pub struct Finding {
    pub rule: &'static Rule,
    pub severity: Severity,
    /// The statement that was broken; `None` for what only an RFC asks.
    pub statement: Option<&'static Statement>,
    /// Index of the session.
    pub session: usize,
    pub actor: Actor,
    /// One sentence without a full stop. Holds text of the capture as it is: escape it where it is shown.
    pub message: String,
    pub place: Place,
    /// Further messages that belong to the evidence, in order.
    pub evidence: Vec<MessageId>,
    pub expected: Option<String>,
    pub found: Option<String>,
}

impl Finding {
    pub fn expected(&mut self, text: impl Into<String>) -> &mut Finding {
        self.expected = Some(text.into());
        self
    }

    pub fn found(&mut self, text: impl Into<String>) -> &mut Finding {
        self.found = Some(text.into());
        self
    }

    /// Another message that proves it.
    pub fn also(&mut self, message: MessageId) -> &mut Finding {
        if message != self.place.message && !self.evidence.contains(&message) {
            self.evidence.push(message);
        }
        self
    }

    pub fn actor(&mut self, actor: Actor) -> &mut Finding {
        self.actor = actor;
        self
    }

    /// Less (or more) than the rule's own severity. What a profile says of the rule counts for the rule's own severity only.
    pub fn severity(&mut self, severity: Severity) -> &mut Finding {
        self.severity = severity;
        self
    }

    /// The clause of the specification, or the first line of the rule's source.
    pub fn clause(&self) -> &'static str {
        self.statement.map_or_else(|| self.rule.source(), Statement::clause)
    }

    /// All messages of the evidence, first the one that is meant.
    pub fn messages(&self) -> impl Iterator<Item = MessageId> + '_ {
        std::iter::once(self.place.message).chain(self.evidence.iter().copied())
    }

    /// The frames of the evidence: of the message that is meant all that carry it, of the others the first.
    pub fn frames(&self, analysis: &Analysis) -> Vec<FrameId> {
        let messages = &analysis.messages;
        let mut frames = messages.frames(&messages[self.place.message]);
        frames.extend(self.evidence.iter().map(|&id| messages[id].frame));
        frames.sort_unstable();
        frames.dedup();
        frames
    }

    /// The same for the same violation in another recording: made of the rule, the actor, and the sentence without what is new in
    /// every recording (numbers, identifiers).
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let statement = self.statement.map_or("", |statement| statement.id);
        let message = without_identifiers(&self.message);
        for part in [self.rule.name, statement, self.actor.as_str(), &message] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.finalize()[..16].iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// Words that hold digits are new in every recording: identifiers, addresses, times, counts.
fn without_identifiers(text: &str) -> String {
    let words = text.split_whitespace();
    let kept = words.map(|word| if word.bytes().any(|byte| byte.is_ascii_digit()) { "#" } else { word });
    kept.collect::<Vec<_>>().join(" ")
}

/// The statement of this id.
///
/// # Panics
/// If the catalogue has none: a rule is written wrong, and the test of the list fails.
pub(super) fn statement(id: &'static str) -> &'static Statement {
    catalogue::find(id).unwrap_or_else(|| panic!("the catalogue has no statement {id}"))
}
