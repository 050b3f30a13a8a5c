//! Who took part in a session, and which of a participant's legs is nearest to the client.

use hashbrown::HashMap;

use crate::session::{Direction, Identity, Leg, Session, SessionKind, Sessions};
use crate::wire::{MessageId, Messages};

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
    pub fn build(session: &Session, sessions: &Sessions, messages: &Messages) -> Cast {
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
        for &index in &session.legs {
            let hops = cast.hops_from_client(index, session, sessions, messages);
            if let Some(ends) = cast.ends.get_mut(&index) {
                ends.hops_from_client = hops;
            }
        }
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

    pub fn find(&self, key: &str) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    pub fn ends(&self, leg: usize) -> Option<&LegEnds> {
        self.ends.get(&leg)
    }

    /// A B2BUA makes another leg for the same participant at the same time. Going towards the focus the client's leg is the first of
    /// them, coming from the focus the last.
    fn hops_from_client(&self, index: usize, session: &Session, sessions: &Sessions, messages: &Messages) -> usize {
        let leg = &sessions.legs[index];
        let Some((start, end)) = lifetime(leg) else { return 0 };
        let mine = self.ends[&index];
        let same_chain = |other: &&usize| -> bool {
            let (other_leg, ends) = (&sessions.legs[**other], self.ends[*other]);
            let together = lifetime(other_leg).is_some_and(|(from, to)| from <= end && start <= to);
            let same_people = (ends.caller, ends.callee) == (mine.caller, mine.callee);
            **other != index
                && together
                && same_people
                && other_leg.direction == leg.direction
                && other_leg.call_id != leg.call_id
        };
        let nearer = |other: &usize| {
            let Some((from, _)) = lifetime(&sessions.legs[*other]) else { return false };
            let (mine, other) = (&messages[start], &messages[from]);
            match leg.direction {
                Direction::FocusToClient => other.cmp_place(mine).is_gt(),
                _ => other.cmp_place(mine).is_lt(),
            }
        };
        session.legs.iter().filter(same_chain).filter(|other| nearer(other)).count()
    }
}

/// From the INVITE to the BYE, or as far as it was captured.
fn lifetime(leg: &Leg) -> Option<(MessageId, MessageId)> {
    let (first, last) = leg.span()?;
    Some((leg.invited.unwrap_or(first), leg.ended.map_or(last, |(bye, _)| bye)))
}
