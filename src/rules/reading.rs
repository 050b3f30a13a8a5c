//! What was read of a session while its timeline was built: a session that is judged behind it need not be read again.

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
    pub documents: DocumentReader<'a>,
    pub insides: Insides<'a>,
}

impl<'a> Reading<'a> {
    pub fn new(messages: &'a Messages, sessions: &'a Sessions) -> Reading<'a> {
        Reading { documents: DocumentReader::new(messages, sessions), insides: Insides::default() }
    }
}

impl<'a> Onlooker<'a> for Reading<'a> {
    fn message(&mut self, first: MessageId, number: Option<u32>, envelope: Option<Peek<'a>>) {
        self.insides.learn(first, number, envelope);
    }

    fn document(&mut self, notification: &Notification, tree: &Tree<'_>, info: &Result<ConferenceInfo, XmlError>) {
        self.documents.take(notification, tree, info);
    }
}
