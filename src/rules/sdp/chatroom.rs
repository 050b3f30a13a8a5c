//! Closed groups: the chatroom token that says so (RFC 7701 §8.1), and who has said it.

use crate::rules::Case;
use crate::rules::invite::invitation::{Invitation, Purpose};
use crate::wire::MessageId;
use crate::wire::sip::Message;

/// The token of a closed group.
pub const CLOSED: &str = "org.openmobilealliance.groupchat.closed";

/// Does an MSRP stream of the message carry the token?
pub fn is_closed<'a>(case: &Case<'a>, id: MessageId, message: &Message<'a>) -> bool {
    case.sdp(id, message).is_some_and(|session| {
        session.msrp().any(|media| media.chatroom().is_some_and(|mut tokens| tokens.any(|token| token == CLOSED)))
    })
}

/// The INVITE that made a closed group, and the message that says that it is closed: the offer, or the answer of the focus.
pub struct Closed<'c, 'a> {
    pub invitation: &'c Invitation<'a>,
    pub said_by: MessageId,
}

/// The making of the group, if it is closed as far as the capture shows.
pub fn closed_since<'c, 'a>(case: &'c Case<'a>) -> Option<Closed<'c, 'a>> {
    let makers = case
        .invitations()
        .iter()
        .filter(|one| matches!(one.purpose, Purpose::AdHoc | Purpose::Extension | Purpose::PreDefined));
    makers.into_iter().find_map(|invitation| {
        let (answer, 200..=299) = invitation.leg.answered? else { return None };
        let said_by = match () {
            () if is_closed(case, invitation.id, &invitation.message) => invitation.id,
            () if case.sip(answer).is_some_and(|message| is_closed(case, answer, &message)) => answer,
            () => return None,
        };
        Some(Closed { invitation, said_by })
    })
}
