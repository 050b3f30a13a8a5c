//! What was read of a session while its timeline was built: a session that is judged behind it need not be read again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::document::DocumentReader;
use super::inside::Insides;
use crate::session::Sessions;
use crate::timeline::{Notification, Onlooker, Tree};
use crate::wire::conference_info::ConferenceInfo;
use crate::wire::cpim::Peek;
use crate::wire::xml::XmlError;
use crate::wire::{MessageId, Messages};

/// Looks on while a timeline is built.
pub(super) struct Reading<'a> {
    /// `None` after reading one has failed.
    pub documents: Option<DocumentReader<'a>>,
    pub insides: Insides<'a>,
}

impl<'a> Reading<'a> {
    pub fn new(messages: &'a Messages, sessions: &'a Sessions) -> Reading<'a> {
        Reading { documents: Some(DocumentReader::new(messages, sessions)), insides: Insides::default() }
    }
}

impl<'a> Onlooker<'a> for Reading<'a> {
    fn message(&mut self, first: MessageId, number: Option<u32>, envelope: Option<Peek<'a>>) {
        self.insides.learn(first, number, envelope);
    }

    fn document(&mut self, notification: &Notification, tree: &Tree<'_>, info: &Result<ConferenceInfo, XmlError>) {
        let Some(documents) = &mut self.documents else { return };
        let take = AssertUnwindSafe(|| documents.take(notification, tree, info));
        // What fails here, fails once more for the rule that asks for the documents, and is told of that.
        if catch_unwind(take).is_err() {
            self.documents = None;
        }
    }
}
