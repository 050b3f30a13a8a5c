//! The final responses to the INVITEs of a group session.

use std::rc::Rc;

use super::invitation::Invitation;
use crate::rules::pf::hop::is_deferred;
use crate::rules::{Case, Place};
use crate::wire::MessageId;
use crate::wire::sip::{Message, Name};

/// An INVITE and its final response.
pub struct Answer<'c, 'a> {
    pub invitation: &'c Invitation<'a>,
    pub id: MessageId,
    pub status: u16,
    pub message: Rc<Message<'a>>,
}

impl Answer<'_, '_> {
    /// The values of the fields with this name.
    pub fn values(&self, name: Name) -> Vec<String> {
        self.message.all(name).map(|header| header.value().trim().to_owned()).collect()
    }

    pub fn place(&self, name: Name) -> Place {
        Place::header(self.id, &self.message, name)
    }

    /// Does a list of option tags have this one?
    pub fn has_tag(&self, name: Name, tag: &str) -> bool {
        self.values(name).iter().flat_map(|value| value.split(',')).any(|one| one.trim().eq_ignore_ascii_case(tag))
    }
}

fn all<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = Answer<'c, 'a>> {
    case.invitations().iter().filter_map(move |invitation| {
        let (id, status) = invitation.leg.answered?;
        let message = case.sip(id).filter(|_| !case.messages()[id].incomplete)?;
        Some(Answer { invitation, id, status, message })
    })
}

/// The 2xx of the focus to clients.
pub fn of_focus<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = Answer<'c, 'a>> {
    all(case).filter(|answer| answer.status < 300 && !answer.invitation.is_from_focus())
}

/// The 2xx of invited clients.
pub fn of_clients<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = Answer<'c, 'a>> {
    all(case).filter(|answer| answer.status < 300 && answer.invitation.is_from_focus())
}

/// The focus's refusals of clients. One to whom its participating function speaks alone, because it was away, is not refused by the focus.
pub fn refusals_of_focus<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = Answer<'c, 'a>> {
    let refusals = all(case).filter(|answer| answer.status >= 300 && !answer.invitation.is_from_focus());
    refusals.filter(|answer| !is_deferred(case, answer.invitation.leg))
}

/// The refusals of invited clients.
pub fn refusals_of_clients<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = Answer<'c, 'a>> {
    all(case).filter(|answer| answer.status >= 300 && answer.invitation.is_from_focus())
}
