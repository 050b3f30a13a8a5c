//! Who reads the same bodies after the timeline, and looks on while it is built: they are opened once.

use super::notification::Notification;
use crate::wire::MessageId;
use crate::wire::conference_info::ConferenceInfo;
use crate::wire::cpim::Peek;
use crate::wire::xml::{self, XmlError};

/// Is shown what is opened for the timeline of a session whose messages live for `'m`.
pub trait Onlooker<'m> {
    /// An MSRP message, in order of their first chunks. Bodies with the same `number` are the same; `None` where that is not known.
    /// `envelope` is that of an ordinary CPIM message.
    fn message(&mut self, first: MessageId, number: Option<u32>, envelope: Option<Peek<'m>>);

    /// A conference-info document, in order: the tree that it is read from, and what it says.
    fn document(&mut self, notification: &Notification, tree: &Tree<'_>, info: &Result<ConferenceInfo, XmlError>);
}

/// What XML is read as.
pub type Tree<'a> = Result<xml::Document<'a>, XmlError>;

/// Nobody.
impl Onlooker<'_> for () {
    fn message(&mut self, _: MessageId, _: Option<u32>, _: Option<Peek<'_>>) {}

    fn document(&mut self, _: &Notification, _: &Tree<'_>, _: &Result<ConferenceInfo, XmlError>) {}
}
