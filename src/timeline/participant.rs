//! Who took part in a session, and which of a participant's legs is nearest to the client.

use hashbrown::{HashMap, HashSet};

use super::state::{Change, State};
use crate::session::{Direction, Identity, Leg, Session, SessionKind, Sessions, uri_key};
use crate::wire::MessageId;
use crate::wire::cpim::Address;

/// Somebody who called or was called in a session.
#[derive(Clone, Debug)]
pub struct Participant {
    pub identity: Identity,
    /// Was anonymity asked for?
    pub anonymous: bool,
    /// What became of it, in order.
    pub timeline: Vec<Change>,
}

impl Participant {
    pub fn new(identity: Identity, anonymous: bool) -> Participant {
        Participant { identity, anonymous, timeline: Vec::new() }
    }

    /// The state just before this message.
    pub fn state_before(&self, at: MessageId) -> Option<State> {
        let next = self.timeline.partition_point(|change| change.at < at);
        self.timeline[..next].last().map(|change| change.state)
    }
}

/// Legs between the same two that are compared to tell which of them are hops of one call. Nobody calls that often.
const MAX_CHAIN: usize = 2_000;

/// The participants of a session, and who stands at which end of its legs.
#[derive(Default)]
pub struct Cast {
    pub participants: Vec<Participant>,
    by_key: HashMap<String, usize>,
    /// Leg (index into [`Sessions::legs`]) → its ends.
    ends: HashMap<usize, LegEnds>,
    /// MSRP session without a leg → who is at its ends.
    bare_ends: HashMap<u32, BareEnds>,
}

/// The participants at the ends of an MSRP session without a leg, in step with [`crate::session::MsrpSession::ends`].
#[derive(Clone, Copy, Debug, Default)]
pub struct BareEnds {
    pub ends: [Option<usize>; 2],
    /// How many hops lie between this one and the client.
    pub hops: usize,
}

/// The participants at the ends of a leg; the focus's end is `None`.
#[derive(Clone, Copy, Debug)]
pub struct LegEnds {
    pub caller: Option<usize>,
    pub callee: Option<usize>,
    /// How many legs of a B2BUA lie between this leg and the caller: 0 for the leg that begins at it.
    pub hops_from_caller: usize,
    /// The same for the callee.
    pub hops_from_callee: usize,
}

impl Cast {
    pub fn build(session: &Session, sessions: &Sessions) -> Cast {
        let mut cast = Cast::default();
        for &index in &session.legs {
            let leg = &sessions.legs[index];
            let between_clients = session.kind == SessionKind::OneToOne;
            let caller_is_user = between_clients || leg.participant_is_caller();
            let callee_is_user = between_clients || leg.direction == Direction::FocusToClient;
            let caller = leg.caller.as_ref().filter(|_| caller_is_user).map(|who| cast.add(who, leg.caller_anonymous));
            let callee = leg.callee.as_ref().filter(|_| callee_is_user).map(|who| cast.add(who, false));
            cast.ends.insert(index, LegEnds { caller, callee, hops_from_caller: 0, hops_from_callee: 0 });
        }
        for bare in &session.bare_msrp {
            let uris = &sessions.msrp.sessions[bare.msrp as usize].ends;
            let ends = [0, 1].map(|end| match &bare.ends[end] {
                Some(identity) => Some(cast.add(identity, false)),
                // One of the ends is the focus. Between two clients an MSRP URI is better than nothing.
                None if session.kind == SessionKind::Group => None,
                None => Some(cast.add(&Identity::from_uri(&uris[end]), false)),
            });
            // Hops of a B2BUA carry the same; the one nearest to the client is the one that the client opened.
            let first = |msrp: u32| sessions.msrp.sessions[msrp as usize].first;
            let last = |msrp: u32| sessions.msrp.sessions[msrp as usize].last;
            let earlier = cast.bare_ends.iter().filter(|(other, known)| {
                known.ends == ends && first(**other) < first(bare.msrp) && first(bare.msrp) < last(**other)
            });
            let hops = earlier.count();
            cast.bare_ends.insert(bare.msrp, BareEnds { ends, hops });
        }
        // Only participants are told who is in (spec 9.2.14.2): a subscriber is one, also where its leg was not captured.
        for subscription in session.subscriptions.iter().map(|&index| &sessions.subscriptions[index]) {
            if let Some(subscriber) = subscription.subscriber.as_ref().filter(|_| subscription.tells_who_is_in()) {
                cast.add(subscriber, false);
            }
        }
        cast.count_hops(session, sessions);
        cast
    }

    /// The index of `identity`, which is added if it is new.
    pub fn add(&mut self, identity: &Identity, anonymous: bool) -> usize {
        let index = *self.by_key.entry(identity.key.clone()).or_insert_with(|| {
            self.participants.push(Participant::new(identity.clone(), anonymous));
            self.participants.len() - 1
        });
        let participant = &mut self.participants[index];
        participant.anonymous |= anonymous;
        if participant.identity.display_name.is_none() {
            participant.identity.display_name = identity.display_name.clone();
        }
        index
    }

    /// Takes over display names: who is only invited is named by what it writes (From of CPIM).
    pub fn learn_names<'a>(&mut self, addresses: impl Iterator<Item = &'a Address>) {
        // A few addresses stand in thousands of messages: each is normalised once.
        let mut known = HashSet::new();
        for address in addresses.filter(|address| !address.name.is_empty() && known.insert(&address.uri)) {
            if let Some(index) = self.find(&uri_key(&address.uri)) {
                let display_name = &mut self.participants[index].identity.display_name;
                display_name.get_or_insert_with(|| address.name.clone());
            }
        }
    }

    pub fn find(&self, key: &str) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    pub fn ends(&self, leg: usize) -> Option<&LegEnds> {
        self.ends.get(&leg)
    }

    /// Who is at the ends of an MSRP session without a leg.
    pub fn bare_ends(&self, msrp: u32) -> BareEnds {
        self.bare_ends.get(&msrp).copied().unwrap_or_default()
    }

    /// A B2BUA makes another leg between the same two at the same time. The leg nearest to the caller is the first of them, the one
    /// nearest to the callee the last.
    fn count_hops(&mut self, session: &Session, sessions: &Sessions) {
        let mut chains: HashMap<_, Vec<(usize, MessageId, MessageId)>> = HashMap::new();
        for &index in &session.legs {
            let (leg, ends) = (&sessions.legs[index], self.ends[&index]);
            if let Some((from, to)) = lifetime(leg) {
                chains.entry((ends.caller, ends.callee, leg.direction)).or_default().push((index, from, to));
            }
        }
        for legs in chains.into_values().filter(|legs| legs.len() <= MAX_CHAIN) {
            for &(index, from, to) in &legs {
                let call_id = &sessions.legs[index].call_id;
                let together = || {
                    let others = legs.iter().filter(|(other, ..)| sessions.legs[*other].call_id != *call_id);
                    others.filter(|&&(_, other_from, other_to)| other_from <= to && from <= other_to)
                };
                if let Some(ends) = self.ends.get_mut(&index) {
                    ends.hops_from_caller = together().filter(|(_, other_from, _)| *other_from < from).count();
                    ends.hops_from_callee = together().filter(|(_, other_from, _)| *other_from > from).count();
                }
            }
        }
    }
}

/// From the INVITE to the BYE, or as far as it was captured.
fn lifetime(leg: &Leg) -> Option<(MessageId, MessageId)> {
    let (first, last) = leg.span()?;
    Some((leg.invited.unwrap_or(first), leg.ended.map_or(last, |(bye, _)| bye)))
}
