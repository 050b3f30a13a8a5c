//! re-INVITEs that change a session while it runs, and what the focus makes of them (7.2.2).

use std::rc::Rc;

use hashbrown::HashMap;

use crate::rules::Case;
use crate::session::{Direction, Leg, Transaction};
use crate::wire::MessageId;
use crate::wire::sdp;
use crate::wire::sip::{Message, Method};

/// A re-INVITE with a session description, and its answer.
pub struct Change<'a> {
    pub leg: &'a Leg,
    /// Is it from the focus, or a participating function that stands for it?
    pub is_from_focus: bool,
    pub id: MessageId,
    pub message: Rc<Message<'a>>,
    /// The final response and its status.
    pub answer: Option<(MessageId, u16)>,
    /// Does it ask for other streams than its sender had before?
    pub is_new: bool,
    /// The streams that its sender had before.
    pub before: Vec<Stream>,
}

/// A stream as far as all participants have to agree on it: kind, transport, whether it is used, and its direction.
pub type Stream = (String, String, bool, sdp::Direction);

/// The streams of a message's session description.
pub fn streams<'a>(case: &Case<'a>, id: MessageId, message: &Message<'a>) -> Option<Vec<Stream>> {
    let session = case.sdp(id, message)?;
    let stream = |media: &sdp::Media<'_>| {
        let proto = media.proto.to_ascii_uppercase().replace("TCP/TLS/", "TCP/");
        (media.kind.clone().into_owned(), proto, media.port != Some(0), session.direction_of(media))
    };
    Some(session.media.iter().map(stream).collect())
}

/// re-INVITEs of a session that are looked at.
const MAX_CHANGES: usize = 2_000;

impl<'a> Change<'a> {
    /// The re-INVITEs of a group session in order.
    pub fn all(case: &Case<'a>) -> Vec<Change<'a>> {
        let mut found: Vec<Change<'a>> = Vec::new();
        let legs = case.legs().filter(|(_, leg)| case.is_group() && leg.direction != Direction::Unknown);
        for (_, leg) in legs {
            let call = &case.sessions().calls[leg.call];
            let transactions = call.dialogs[leg.dialog].transactions.iter().map(|&index| &call.transactions[index]);
            let is_change = |one: &Transaction| one.method == Method::Invite && !one.to_tag.is_empty();
            if !transactions.clone().any(is_change) {
                continue;
            }
            let mut said: [Option<Vec<Stream>>; 2] = [None, None];
            let listen = |id: MessageId, by_caller: bool, said: &mut [Option<Vec<Stream>>; 2]| {
                let known = case.sip(id).and_then(|message| streams(case, id, &message));
                said[usize::from(by_caller)] = known.or(said[usize::from(by_caller)].take());
            };
            for transaction in transactions.filter(|one| matches!(one.method, Method::Invite | Method::Update)) {
                let Some(id) = transaction.request() else { continue };
                let by_caller = transaction.from_tag == leg.from_tag;
                let tag = if transaction.to_tag.is_empty() { leg.to_tag.as_str() } else { "" };
                let answer = transaction.final_response(tag, case.messages());
                let before = said[usize::from(by_caller)].clone();
                let accepted = answer.filter(|(_, status)| *status < 300);
                if let Some((answer, _)) = accepted {
                    listen(id, by_caller, &mut said);
                    listen(answer, !by_caller, &mut said);
                }
                let message = case.sip(id).filter(|message| is_change(transaction) && !message.is_body_cut());
                let Some(message) = message else { continue };
                let Some(offered) = streams(case, id, &message).filter(|_| !case.messages()[id].incomplete) else {
                    continue;
                };
                let is_new = before.as_ref().is_some_and(|before| *before != offered);
                let is_from_focus = by_caller == (leg.direction == Direction::FocusToClient);
                let before = before.unwrap_or_default();
                found.push(Change { leg, is_from_focus, id, message, answer, is_new, before });
            }
        }
        found.sort_by_key(|change| change.id);
        found.truncate(MAX_CHANGES);
        found
    }

    /// The user on its leg.
    pub fn user(&self) -> &'a str {
        self.leg.participant().map_or("a participant", |who| who.uri.as_str())
    }

    fn key(&self) -> &'a str {
        self.leg.participant().map_or("", |who| who.key.as_str())
    }
}

/// A change that a participant asks for, and how the focus asks the others.
pub struct Modification<'c, 'a> {
    pub asked: &'c Change<'a>,
    /// The re-INVITEs of the focus that follow, by the user they are for. Of several hops each counts.
    pub passed_on: HashMap<&'a str, Vec<&'c Change<'a>>>,
}

impl<'c, 'a> Modification<'c, 'a> {
    /// The changes of streams that participants ask for, in order, each on its first hop.
    pub fn all(changes: &'c [Change<'a>]) -> Vec<Modification<'c, 'a>> {
        let mut found: Vec<Modification<'c, 'a>> = Vec::new();
        for change in changes {
            match found.last_mut() {
                // The next hop of the same request begins before this one is answered.
                Some(last)
                    if !change.is_from_focus
                        && last.asked.key() == change.key()
                        && last.asked.answer.is_none_or(|(answer, _)| change.id < answer) => {}
                Some(last) if change.is_from_focus && change.key() != last.asked.key() => {
                    last.passed_on.entry(change.key()).or_default().push(change);
                }
                _ if !change.is_from_focus && change.is_new => {
                    found.push(Modification { asked: change, passed_on: HashMap::new() });
                }
                _ => {}
            }
        }
        found
    }

    /// What each of the others answered: the first re-INVITE to each, on its last hop.
    pub fn answers(&self) -> impl Iterator<Item = (&'c Change<'a>, Option<(MessageId, u16)>)> + '_ {
        self.passed_on.values().filter_map(|changes| {
            let first = changes.first()?;
            let same = changes.iter().take_while(|one| first.answer.is_none_or(|(answer, _)| one.id < answer));
            let last = same.last()?;
            Some((*last, last.answer))
        })
    }
}
