//! Who took part in a session, and which of a participant's legs is nearest to the client.

use hashbrown::HashMap;

use crate::session::{Direction, Identity, Leg, Session, SessionKind, Sessions};
use crate::wire::MessageId;

/// Somebody who called or was called in a session.
#[derive(Clone, Debug)]
pub struct Participant {
    pub identity: Identity,
    /// Was anonymity asked for?
    pub anonymous: bool,
}

/// The participants of a session, and who stands at which end of its legs.
#[derive(Default)]
pub struct Cast {
    pub participants: Vec<Participant>,
    by_key: HashMap<String, usize>,
    /// Leg (index into [`Sessions::legs`]) → its ends.
    ends: HashMap<usize, LegEnds>,
}

/// The participants at the ends of a leg; the focus's end is `None`.
#[derive(Clone, Copy, Debug)]
pub struct LegEnds {
    pub caller: Option<usize>,
    pub callee: Option<usize>,
    /// How many hops lie between the leg and the client: 0 for the leg that ends at it.
    pub hops_from_client: usize,
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
            cast.ends.insert(index, LegEnds { caller, callee, hops_from_client: 0 });
        }
        // Without signalling all that is known of the ends are their MSRP URIs.
        for &msrp in &session.bare_msrp {
            for end in &sessions.msrp.sessions[msrp as usize].ends {
                cast.add(&Identity::from_uri(end), false);
            }
        }
        cast.count_hops(session, sessions);
        cast
    }

    /// The index of `identity`, which is added if it is new.
    pub fn add(&mut self, identity: &Identity, anonymous: bool) -> usize {
        let index = *self.by_key.entry(identity.key.clone()).or_insert_with(|| {
            self.participants.push(Participant { identity: identity.clone(), anonymous });
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
    pub fn learn_names<'a>(&mut self, identities: impl Iterator<Item = &'a Identity>) {
        for identity in identities {
            if let Some(index) = self.find(&identity.key)
                && self.participants[index].identity.display_name.is_none()
            {
                self.participants[index].identity.display_name = identity.display_name.clone();
            }
        }
    }

    pub fn find(&self, key: &str) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    pub fn ends(&self, leg: usize) -> Option<&LegEnds> {
        self.ends.get(&leg)
    }

    /// A B2BUA makes another leg for the same participant at the same time. Going towards the focus the client's leg is the first of
    /// them, coming from the focus the last.
    fn count_hops(&mut self, session: &Session, sessions: &Sessions) {
        let mut chains: HashMap<_, Vec<(usize, MessageId, MessageId)>> = HashMap::new();
        for &index in &session.legs {
            let (leg, ends) = (&sessions.legs[index], self.ends[&index]);
            if let Some((from, to)) = lifetime(leg) {
                chains.entry((ends.caller, ends.callee, leg.direction)).or_default().push((index, from, to));
            }
        }
        for ((_, _, direction), legs) in chains {
            for &(index, from, to) in &legs {
                let call_id = &sessions.legs[index].call_id;
                let nearer = legs.iter().filter(|&&(other, other_from, other_to)| {
                    let earlier =
                        if direction == Direction::FocusToClient { other_from > from } else { other_from < from };
                    earlier && other_from <= to && from <= other_to && sessions.legs[other].call_id != *call_id
                });
                let hops = nearer.count();
                if let Some(ends) = self.ends.get_mut(&index) {
                    ends.hops_from_client = hops;
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
