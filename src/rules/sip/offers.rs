//! The session descriptions of a leg, and which answers which (RFC 3264).

use std::rc::Rc;

use crate::rules::{Actor, Case};
use crate::session::{Leg, find_body};
use crate::wire::MessageId;
use crate::wire::sip::{Message, Method};

/// A message with an SDP body.
pub struct Described<'a> {
    pub id: MessageId,
    pub message: Rc<Message<'a>>,
    pub actor: Actor,
}

impl Described<'_> {
    pub fn body(&self) -> &[u8] {
        find_body(&self.message, "application/sdp").unwrap_or_default()
    }
}

fn described<'a>(case: &Case<'a>, leg: &Leg, id: MessageId) -> Option<Described<'a>> {
    if case.messages()[id].incomplete {
        return None;
    }
    let message = case.sip(id).filter(|message| !message.is_body_cut())?;
    find_body(&message, "application/sdp")?;
    Some(Described { id, message, actor: case.sender_on(leg, id) })
}

/// All session descriptions of a leg in order, retransmissions left out.
pub fn descriptions<'c, 'a>(case: &'c Case<'a>, leg: &'c Leg) -> impl Iterator<Item = Described<'a>> + use<'c, 'a> {
    let ids = leg.messages.iter().filter(|&&id| !case.sessions().is_retransmission(id));
    ids.filter_map(move |&id| described(case, leg, id))
}

/// Offers in INVITE or UPDATE, and their answers in the 2xx.
pub fn exchanges<'c, 'a>(
    case: &'c Case<'a>,
    leg: &'c Leg,
) -> impl Iterator<Item = (Described<'a>, Described<'a>)> + use<'c, 'a> {
    let call = &case.sessions().calls[leg.call];
    let transactions = call.dialogs[leg.dialog].transactions.iter().map(|&index| &call.transactions[index]);
    let asking = transactions.filter(|one| matches!(one.method, Method::Invite | Method::Update));
    asking.filter_map(move |transaction| {
        let tag = if transaction.to_tag.is_empty() { leg.to_tag.as_str() } else { "" };
        let (answer, 200..=299) = transaction.final_response(tag, case.messages())? else { return None };
        Some((described(case, leg, transaction.request()?)?, described(case, leg, answer)?))
    })
}
