//! conference-info documents as the rules read them: what stood on the wire, and the state that it made.

use std::ops::Range;

use super::cinfo::flaws::{self, Flaws};
use super::finding::Place;
use crate::session::{MsrpSessions, Sessions};
use crate::timeline::conference::{Conference, Taken};
use crate::timeline::{Channel, Notification, Source, Tree};
use crate::wire::conference_info::{ConferenceInfo, State};
use crate::wire::defect::Oddity;
use crate::wire::xml::XmlError;
use crate::wire::{MessageId, Messages};

use hashbrown::HashMap;

/// One document as one recipient got it.
pub struct Document {
    pub notification: Notification,
    /// The message that carries it; over MSRP its first chunk.
    pub message: MessageId,
    /// What it says, or why it cannot be read.
    pub info: Result<Box<ConferenceInfo>, XmlError>,
    /// What became of it in the table of its recipient (RFC 4575 §4.6).
    pub taken: Option<Taken>,
    /// For a partial document, the state after it; `None` where the table is not coherent.
    merged: Option<Box<ConferenceInfo>>,
    /// Its place among the documents of its channel, from 0.
    pub number: usize,
    /// Index in [`super::Case::documents`] of the one before it on the same channel.
    pub previous: Option<usize>,
    /// Where its bytes stand: offset in the document, message, offset in the message.
    runs: Vec<(usize, MessageId, usize)>,
    /// What does not follow the schema; nothing where it cannot be read, or [`Document::is_broken`].
    pub(super) flaws: Flaws,
}

/// Takes in the documents of a session as they are read, in order.
pub(super) struct DocumentReader<'a> {
    messages: &'a Messages,
    msrp: &'a MsrpSessions,
    /// By channel, with how many there were, and the index of the last.
    conferences: HashMap<Channel, (Conference, usize, usize)>,
    documents: Vec<Document>,
}

impl<'a> DocumentReader<'a> {
    pub fn new(messages: &'a Messages, sessions: &'a Sessions) -> DocumentReader<'a> {
        DocumentReader { messages, msrp: &sessions.msrp, conferences: HashMap::new(), documents: Vec::new() }
    }

    /// Reads all documents of a session.
    pub fn all(notifications: &[Notification], messages: &'a Messages, sessions: &'a Sessions) -> Vec<Document> {
        let mut reader = DocumentReader::new(messages, sessions);
        for notification in notifications {
            notification.read(&sessions.msrp, messages, |tree, info| reader.take(notification, tree, info));
        }
        reader.finish()
    }

    pub fn finish(self) -> Vec<Document> {
        self.documents
    }

    /// Takes in one that was captured whole. One that was cut is as good as lost: who judges half of it sees what is not there.
    pub fn take(&mut self, notification: &Notification, tree: &Tree<'_>, info: &Result<ConferenceInfo, XmlError>) {
        if !notification.is_whole(self.msrp, self.messages) {
            return;
        }
        let DocumentReader { conferences, documents, .. } = self;
        let (conference, number, last) = conferences.entry(notification.channel).or_default();
        // What was kept from before the session ended is no state from which it goes on.
        let previous = (*number > 0).then_some(*last);
        let previous = previous.filter(|&last| documents[last].notification.is_kept == notification.is_kept);
        let (mut taken, mut merged) = (None, None);
        // Over MSRP each document is the whole state: there is nothing to merge.
        if let (Ok(info), Source::Notify) = (info, notification.source) {
            taken = Some(conference.notify(info.clone()));
            if State::of(info.state.as_ref()) == Some(State::Partial) && taken.is_some_and(Taken::is_coherent) {
                merged = conference.state().cloned().map(Box::new);
            }
        }
        let mut document = Document {
            notification: notification.clone(),
            message: notification.message,
            info: info.clone().map(Box::new),
            taken,
            merged,
            number: *number,
            previous,
            runs: notification.runs(self.msrp, self.messages),
            flaws: Flaws::default(),
        };
        if let (Ok(info), Ok(tree), false) = (info, tree, document.is_broken()) {
            let is_judged = document.judged().is_some() && !document.is_last();
            let of = flaws::Of { is_notify: document.is_notify(), is_full: document.is_full(), is_judged };
            document.flaws = Flaws::find(&tree.root, info, of);
        }
        (*number, *last) = (*number + 1, documents.len());
        documents.push(document);
    }
}

impl Document {
    pub fn is_notify(&self) -> bool {
        self.notification.source == Source::Notify
    }

    /// Index of the participant it was sent to.
    pub fn to(&self) -> Option<usize> {
        self.notification.to
    }

    /// The statement that applies: the one of the NOTIFY part, or the one of the MSRP part.
    pub fn pick(&self, notify: &'static str, msrp: &'static str) -> &'static str {
        if self.is_notify() { notify } else { msrp }
    }

    /// Is it a full document (over MSRP: always), as far as its `state` can be read?
    pub fn is_full(&self) -> bool {
        let state = self.info.as_ref().ok().and_then(|info| State::of(info.state.as_ref()));
        !self.is_notify() || state == Some(State::Full)
    }

    /// What presence rules are to judge: the document itself where it is full, the state after it where it is partial; `None` where
    /// that is not known, for a document that cannot be read, and for one that says the conference is over.
    pub fn judged(&self) -> Option<&ConferenceInfo> {
        let info = self.info.as_ref().ok().filter(|_| !self.is_broken())?;
        if self.is_full() { Some(info) } else { self.merged.as_deref() }
    }

    /// Is it no well-formed XML in the namespace of RFC 4575? What could be read of it is not what the focus meant.
    pub fn is_broken(&self) -> bool {
        let broken = [
            Oddity::NamespaceMissing,
            Oddity::NotWellFormed,
            Oddity::UnclosedElement,
            Oddity::SecondRoot,
            Oddity::TextOutsideRoot,
        ];
        self.info.as_ref().map_or(true, |info| info.defects.iter().any(|defect| broken.contains(&defect.what)))
    }

    /// Does a NOTIFY end the subscription? Then nobody and nothing need be in it.
    pub fn is_last(&self) -> bool {
        self.notification.is_last
    }

    /// Where a range of the document stands in its message.
    pub fn at(&self, range: &Range<usize>) -> Place {
        let run = self.runs.iter().rev().find(|(start, ..)| *start <= range.start);
        let Some(&(start, message, offset)) = run else { return self.message.into() };
        let next = self.runs.iter().map(|(start, ..)| *start).find(|start| *start > range.start);
        let end = next.map_or(range.end, |next| range.end.min(next));
        Place { message, range: Some(range.start - start + offset..end.max(range.start) - start + offset) }
    }

    /// Where a range of [`Document::judged`] stands: after a merge, nothing narrower than the root's start tag is known.
    pub fn at_judged(&self, range: &Range<usize>) -> Place {
        if self.merged.is_some() { self.at_root() } else { self.at(range) }
    }

    /// The start tag of the root, or the whole message when there is none.
    pub fn at_root(&self) -> Place {
        match &self.info {
            Ok(info) => self.at(&info.start_tag),
            Err(_) => self.message.into(),
        }
    }
}
