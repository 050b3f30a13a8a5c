//! Messages → transactions, dialogs, subscriptions, MSRP sessions, legs, group sessions and conversations.
//!
//! In comes the ordered list of messages; out come [`Sessions`], in which everything points back at messages, and through them at
//! frames. What is uncertain is left open; nothing is judged.

mod bare;
mod body;
mod call;
mod group;
mod identity;
mod join;
mod leg;
mod media;
mod msrp;
mod nameless;
mod outside;
mod stray;
mod subscription;
#[cfg(test)]
pub(crate) mod testing;
mod transfer;

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

pub use bare::BareMsrp;
pub use body::{find as find_body, find_in as find_body_in, listed_uris};
pub use call::{Call, Dialog, DialogKind, Transaction};
pub use group::{Session, SessionKind};
pub use identity::{Identity, focus_contact, key as uri_key};
pub use join::{Joint, KeyKind};
pub use leg::{Direction, Leg, Outcome, Side};
pub use media::{MsrpMedia, Negotiated, msrp_media, msrp_media_in};
pub use msrp::{MsrpSession, MsrpSessions, NO_SESSION};
pub use subscription::Subscription;
pub use transfer::Transfer;

use crate::capture::{ProblemKind, Problems};
use crate::wire::msrp::session_id;
use crate::wire::{MessageId, Messages, conference_info};

/// Everything above single messages.
#[derive(Default)]
pub struct Sessions {
    /// In order of their beginning.
    pub sessions: Vec<Session>,
    pub legs: Vec<Leg>,
    pub subscriptions: Vec<Subscription>,
    /// All SIP by Call-ID, in order of appearance.
    pub calls: Vec<Call>,
    pub msrp: MsrpSessions,
    /// Message → its session, by index; [`NO_SESSION`] where there is none.
    pub session_of: Vec<u32>,
    /// SIP messages that repeat an earlier one on the same hop.
    pub retransmissions: HashSet<MessageId>,
    /// What is sent outside of dialogs: SIP MESSAGE requests by their Contribution-ID and their Conversation-ID, REGISTER requests and their
    /// responses by the normalised URI of whom they register. On each hop, in order, retransmissions left out.
    pub outside: HashMap<String, Vec<MessageId>>,
    /// Conversation-ID → sessions that carry it, in order of their first one.
    pub conversations: Vec<(String, Vec<usize>)>,
}

impl Sessions {
    /// Builds all sessions of a capture.
    pub fn build(messages: &Messages, problems: &mut Problems) -> Sessions {
        let (calls_with_parts, mut msrp) = rayon::join(|| build_calls(messages), || MsrpSessions::build(messages));
        let mut calls = Vec::with_capacity(calls_with_parts.len());
        let mut legs = Vec::with_capacity(calls_with_parts.iter().map(|parts| parts.legs.len()).sum());
        let mut subscriptions =
            Vec::with_capacity(calls_with_parts.iter().map(|parts| parts.subscriptions.len()).sum());
        let (mut told, mut retransmissions) = (Vec::new(), HashSet::new());
        for parts in calls_with_parts {
            if parts.call.forks_left_out > 0 {
                let (forks, call_id) = (parts.call.forks_left_out, &parts.call.call_id);
                problems.note(ProblemKind::Limit, None, 0, || {
                    format!("{forks} forks of the call {call_id} have no dialogs")
                });
            }
            calls.push(parts.call);
            legs.extend(parts.legs);
            for (subscription, entity) in parts.subscriptions {
                told.extend(entity.map(|(entity, message)| (subscriptions.len(), entity, message)));
                subscriptions.push(subscription);
            }
            retransmissions.extend(parts.retransmissions);
        }
        bind_msrp(&mut legs, &msrp);
        let strays = stray::adopt(&legs, &mut msrp, messages);
        let bound: Vec<Option<usize>> = {
            let mut bound = vec![None; msrp.sessions.len()];
            for (index, leg) in legs.iter().enumerate() {
                if let Some(session) = leg.msrp {
                    bound[session as usize] = Some(index);
                }
            }
            bound
        };
        // What observers were told about the focus matters where the leg itself does not show it.
        let mut entities: Vec<(usize, String, MessageId)> = legs
            .par_iter()
            .enumerate()
            .filter(|(_, leg)| leg.focus.is_none())
            .filter_map(|(index, leg)| {
                let (entity, message) = entity_over_msrp(leg.msrp?, &msrp, messages)?;
                Some((index, entity, message))
            })
            .collect();
        entities.extend(told.into_iter().map(|(index, entity, message)| (legs.len() + index, entity, message)));
        let mut known = group::Known::new(&legs, &entities);
        let bare_msrp: Vec<bare::Told> = (0..msrp.sessions.len() as u32)
            .into_par_iter()
            .filter(|&session| bound[session as usize].is_none() && !strays.contains(&session))
            .map(|session| bare::read(session, &msrp, messages, &known))
            .collect();
        known.add(&bare_msrp);
        let parts = group::Parts {
            messages,
            legs: &mut legs,
            subscriptions: &subscriptions,
            bare_msrp: &bare_msrp,
            msrp: &msrp.sessions,
            known: &known,
            entities: &entities,
        };
        let sessions = parts.into_sessions(problems);
        let outside = outside::find(&calls, messages, |id| retransmissions.contains(&id));
        let mut built =
            Sessions { sessions, legs, subscriptions, calls, msrp, retransmissions, outside, ..Sessions::default() };
        built.index_messages(messages);
        built.find_conversations();
        built
    }

    fn index_messages(&mut self, messages: &Messages) {
        self.session_of = vec![NO_SESSION; messages.list.len()];
        let mut of_msrp = vec![NO_SESSION; self.msrp.sessions.len()];
        for (index, session) in self.sessions.iter().enumerate() {
            let legs = session.legs.iter().map(|&leg| &self.legs[leg]);
            for leg in legs {
                for id in &leg.messages {
                    self.session_of[id.0 as usize] = index as u32;
                }
                if let Some(msrp) = leg.msrp {
                    of_msrp[msrp as usize] = index as u32;
                }
            }
            for id in session.subscriptions.iter().flat_map(|&subscription| &self.subscriptions[subscription].messages)
            {
                self.session_of[id.0 as usize] = index as u32;
            }
            for msrp in session.bare_msrp.iter().map(|bare| bare.msrp) {
                of_msrp[msrp as usize] = index as u32;
            }
        }
        for (message, &msrp) in self.msrp.session_of.iter().enumerate().filter(|(_, msrp)| **msrp != NO_SESSION) {
            self.session_of[message] = of_msrp[msrp as usize];
        }
    }

    fn find_conversations(&mut self) {
        let mut index: HashMap<&str, usize> = HashMap::new();
        for (number, session) in self.sessions.iter().enumerate() {
            let Some(id) = &session.conversation_id else { continue };
            let place = *index.entry(id).or_insert_with(|| {
                self.conversations.push((id.clone(), Vec::new()));
                self.conversations.len() - 1
            });
            self.conversations[place].1.push(number);
        }
    }

    pub fn is_retransmission(&self, id: MessageId) -> bool {
        self.retransmissions.contains(&id)
    }

    /// The session a message belongs to.
    pub fn session_of(&self, id: MessageId) -> Option<&Session> {
        self.sessions.get(*self.session_of.get(id.0 as usize)? as usize)
    }
}

/// A call with what is made of it.
struct CallParts {
    call: Call,
    legs: Vec<Leg>,
    /// With the entity that a NOTIFY told each, and the NOTIFY.
    subscriptions: Vec<(Subscription, Option<(String, MessageId)>)>,
    retransmissions: Vec<MessageId>,
}

impl CallParts {
    /// Reads the call with this index. All is made in one go, while the messages of the call are at hand: they lie all over the
    /// capture, and the time goes into fetching them.
    fn build(index: usize, call_id: &[u8], ids: &[MessageId], messages: &Messages) -> CallParts {
        let call = Call::build(call_id, ids, messages);
        let count = |kind| call.dialogs.iter().filter(|dialog| dialog.kind == kind).count();
        // Legs are large, and most calls have one: no place is left free behind it.
        let mut legs = Vec::with_capacity(count(DialogKind::Invite));
        let mut subscriptions = Vec::with_capacity(count(DialogKind::Subscription));
        for (number, dialog) in call.dialogs.iter().enumerate() {
            match dialog.kind {
                DialogKind::Invite => legs.push(Leg::build(index, &call, number, messages)),
                DialogKind::Subscription => {
                    let built = Subscription::build(index, &call, number, messages);
                    let told = built.notifies.iter().find_map(|&id| Some((entity_in_notify(id, messages)?, id)));
                    subscriptions.push((built, told));
                }
            }
        }
        let retransmissions = call.transactions.iter().flat_map(|one| one.retransmissions(messages)).collect();
        CallParts { call, legs, subscriptions, retransmissions }
    }
}

/// Sorts the SIP messages by Call-ID and reads each call; calls are independent of each other.
fn build_calls(messages: &Messages) -> Vec<CallParts> {
    let mut index: HashMap<&[u8], usize> = HashMap::new();
    let mut ids: Vec<(&[u8], Vec<MessageId>)> = Vec::new();
    let mut nameless = Vec::new();
    for (id, message) in messages.iter() {
        let Some(summary) = message.sip() else { continue };
        let call_id = summary.call_id.of(messages.head(message));
        if call_id.is_empty() {
            nameless.push(id);
            continue;
        }
        let place = *index.entry(call_id).or_insert_with(|| {
            ids.push((call_id, Vec::new()));
            ids.len() - 1
        });
        ids[place].1.push(id);
    }
    nameless::adopt(&mut ids, &nameless, messages);
    ids.par_iter().enumerate().map(|(index, (call_id, ids))| CallParts::build(index, call_id, ids, messages)).collect()
}

/// Binds MSRP sessions to legs by the session-ids of the `a=path` URIs: both where both sides are known, else the one that is.
/// Host and port do not matter: relays, SBCs and CEMA rewrite them.
fn bind_msrp(legs: &mut [Leg], msrp: &MsrpSessions) {
    let mut by_pair: HashMap<(&str, &str), u32> = HashMap::new();
    let mut by_one: HashMap<&str, Vec<u32>> = HashMap::new();
    for (index, session) in msrp.sessions.iter().enumerate() {
        let [a, b] = session.ends.each_ref().map(|uri| session_id(uri).unwrap_or_default());
        by_pair.insert((a.min(b), a.max(b)), index as u32);
        for id in [a, b] {
            by_one.entry(id).or_default().push(index as u32);
        }
    }
    let mut of_forks: HashSet<(usize, u32)> = HashSet::new();
    for leg in legs.iter_mut() {
        if let [Some(a), Some(b)] = media_ids(leg) {
            leg.msrp = by_pair.get(&(a.min(b), a.max(b))).copied();
            of_forks.extend(leg.msrp.map(|msrp| (leg.call, msrp)));
        }
    }
    for leg in legs.iter_mut().filter(|leg| leg.msrp.is_none()) {
        // Forks share the caller's path: what is another one's is not theirs.
        let is_free = |msrp: &u32| !of_forks.contains(&(leg.call, *msrp));
        let found = media_ids(leg).into_iter().flatten().find_map(|id| unique(by_one.get(id)).filter(is_free));
        leg.msrp = found;
    }
}

/// The session-ids that caller and callee name in their SDP.
fn media_ids(leg: &Leg) -> [Option<&str>; 2] {
    [&leg.media.caller, &leg.media.callee].map(|media| media.as_ref()?.session_id())
}

fn unique(sessions: Option<&Vec<u32>>) -> Option<u32> {
    match sessions?.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

fn entity_over_msrp(session: u32, msrp: &MsrpSessions, messages: &Messages) -> Option<(String, MessageId)> {
    let transfers = msrp.sessions[session as usize].transfers.iter().map(|&index| &msrp.transfers[index as usize]);
    transfers.into_iter().find_map(|transfer| bare::entity_over_msrp(transfer, messages))
}

fn entity_in_notify(id: MessageId, messages: &Messages) -> Option<String> {
    let message = messages.sip(&messages[id])?;
    conference_info::entity(find_body(&message, conference_info::MEDIA_TYPE)?)
}
