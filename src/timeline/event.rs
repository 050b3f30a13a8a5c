//! Everything that happened in a session in one order.

use crate::wire::MessageId;

use super::SessionTimeline;

/// Something that happened: indices into the lists of a [`SessionTimeline`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A change of a participant: its index, and the index in its timeline.
    Change(usize, usize),
    /// A user's message was sent.
    Message(usize),
    /// A conference-info document was sent to somebody: the index of the observer, and of the document among what it was told.
    Told(usize, usize),
    Disagreement(usize),
    Referral(usize),
    /// A request to change the data of the group.
    GroupData(usize),
    Composing(usize),
}

impl SessionTimeline {
    /// All events with the messages that show them, in order.
    pub fn events(&self) -> Vec<(MessageId, Event)> {
        let changes = self.participants.iter().enumerate().flat_map(|(index, participant)| {
            participant.timeline.iter().enumerate().map(move |(step, change)| (change.at, Event::Change(index, step)))
        });
        let messages = self.messages.iter().enumerate().map(|(index, one)| (one.sent, Event::Message(index)));
        let told = self.observers.iter().enumerate().flat_map(|(index, observer)| {
            observer.told.iter().enumerate().map(move |(document, told)| (told.at, Event::Told(index, document)))
        });
        let disagreements =
            self.disagreements.iter().enumerate().map(|(index, one)| (one.at, Event::Disagreement(index)));
        let referrals = self.referrals.iter().enumerate().map(|(index, one)| (one.at, Event::Referral(index)));
        let group_data = self.group_data.iter().enumerate().map(|(index, one)| (one.message, Event::GroupData(index)));
        let composing = self.composing.iter().enumerate().map(|(index, one)| (one.message, Event::Composing(index)));
        let asked = referrals.chain(group_data).chain(composing);
        let mut events: Vec<(MessageId, Event)> =
            changes.chain(messages).chain(told).chain(disagreements).chain(asked).collect();
        events.sort_by_key(|(at, _)| *at);
        events
    }
}
