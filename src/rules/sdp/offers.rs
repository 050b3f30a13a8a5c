//! The session descriptions of a leg, and which answers which (RFC 3264).

use std::ops::Range;
use std::rc::Rc;

use crate::rules::{Actor, Case, Place};
use crate::session::{Leg, find_body};
use crate::wire::MessageId;
use crate::wire::sdp::{self, Sdp};
use crate::wire::sip::{Message, Method, Name};

/// A message with an SDP body.
pub struct Described<'a> {
    pub leg: &'a Leg,
    pub id: MessageId,
    pub message: Rc<Message<'a>>,
    pub actor: Actor,
}

impl<'a> Described<'a> {
    /// The message of a leg, if it has a description and was captured whole.
    pub fn of(case: &Case<'a>, leg: &'a Leg, id: MessageId) -> Option<Described<'a>> {
        if case.messages()[id].incomplete {
            return None;
        }
        let message = case.sip(id).filter(|message| !message.is_body_cut())?;
        find_body(&message, "application/sdp")?;
        Some(Described { leg, id, message, actor: case.sender_on(leg, id) })
    }

    /// Those of all legs, leg by leg.
    pub fn all(case: &Case<'a>) -> Vec<Described<'a>> {
        case.legs().flat_map(|(_, leg)| descriptions(case, leg)).collect()
    }

    /// The description, where it can be read.
    pub fn session(&self, case: &Case<'a>) -> Option<Rc<Sdp<'a>>> {
        case.sdp(self.id, &self.message)
    }

    pub fn body(&self) -> &[u8] {
        find_body(&self.message, "application/sdp").unwrap_or_default()
    }

    /// Where a range of the description stands in the message; without one, the description.
    pub fn place(&self, range: Option<Range<usize>>) -> Place {
        let body = self.body();
        // The body is a part of the message's own bytes.
        let start = (body.as_ptr() as usize).checked_sub(self.message.raw().as_ptr() as usize);
        let range = range.unwrap_or(0..body.len());
        Place { message: self.id, range: start.map(|start| start + range.start..start + range.end) }
    }

    /// Where an attribute of the first MSRP stream stands, or the line of the stream where there is none.
    pub fn attribute(&self, name: &str) -> Place {
        let session = sdp::parse(self.body()).ok();
        let media = session.as_ref().and_then(|session| session.msrp().next());
        let range = media.map(|media| media.attribute(name).map_or(media.line.clone(), |one| one.range.clone()));
        self.place(range)
    }
}

/// All session descriptions of a leg in order, retransmissions left out.
pub fn descriptions<'c, 'a>(case: &'c Case<'a>, leg: &'a Leg) -> impl Iterator<Item = Described<'a>> + use<'c, 'a> {
    let ids = leg.messages.iter().filter(|&&id| !case.sessions().is_retransmission(id));
    ids.filter_map(move |&id| Described::of(case, leg, id))
}

/// An offer in INVITE or UPDATE, and its answer in the 2xx.
pub struct Exchange<'a> {
    pub offer: Described<'a>,
    pub answer: Described<'a>,
}

impl<'a> Exchange<'a> {
    /// Those of all legs, leg by leg.
    pub fn all(case: &Case<'a>) -> Vec<Exchange<'a>> {
        case.legs().flat_map(|(_, leg)| exchanges(case, leg)).collect()
    }
}

fn exchanges<'c, 'a>(case: &'c Case<'a>, leg: &'a Leg) -> impl Iterator<Item = Exchange<'a>> + use<'c, 'a> {
    let call = &case.sessions().calls[leg.call];
    let transactions = call.dialogs[leg.dialog].transactions.iter().map(|&index| &call.transactions[index]);
    let asking = transactions.filter(|one| matches!(one.method, Method::Invite | Method::Update));
    asking.filter_map(move |transaction| {
        let tag = if transaction.to_tag.is_empty() { leg.to_tag.as_str() } else { "" };
        let (answer, 200..=299) = transaction.final_response(tag, case.messages())? else { return None };
        let offer = Described::of(case, leg, transaction.request()?)?;
        Some(Exchange { offer, answer: Described::of(case, leg, answer)? })
    })
}

/// Has it a body without a Content-Type, which may be a description?
pub fn is_untyped(message: &Message<'_>) -> bool {
    !message.body().is_empty() && message.header(Name::ContentType).is_none()
}

/// Is it an answer that the rules of the specification judge: the first of a leg of a group, or one of the focus?
pub fn is_of_cpm(case: &Case<'_>, answer: &Described<'_>) -> bool {
    case.is_of_cpm(answer.leg, answer.id) || case.is_group() && answer.actor == Actor::ControllingFunction
}
