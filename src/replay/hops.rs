//! Which of a participant's calls begin at its client, and which at the focus: a B2BUA makes another call out of each.

use std::net::{IpAddr, SocketAddr};

use hashbrown::HashSet;

use crate::capture::Time;

/// A call, as far as it matters here.
pub struct Ends {
    /// Normalised URI of the participant.
    pub participant: String,
    pub client_calls: bool,
    /// An INVITE dialog, not a subscription.
    pub is_leg: bool,
    /// Where its first request came from and went to.
    pub addresses: Option<(SocketAddr, SocketAddr)>,
    /// Its first and last message.
    pub span: (u32, u32),
    /// When its first BYE was sent.
    pub bye: Option<Time>,
}

/// A function that acts for its client hands a BYE on sooner.
const RELAY_NANOS: i64 = 1_000_000_000;

impl Ends {
    /// The end that is nearer to the focus.
    fn focus_side(&self) -> Option<IpAddr> {
        let (from, to) = self.addresses?;
        Some(if self.client_calls { to.ip() } else { from.ip() })
    }
}

/// The place of a call among the hops of the same conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// It begins at who really calls.
    pub first: bool,
    /// It ends at who is really called.
    pub last: bool,
}

impl Default for Hop {
    fn default() -> Hop {
        Hop { first: true, last: true }
    }
}

/// Tells of each call whether it is its conversation's first and last hop. The next hop is a call of the same participant in the same
/// direction that begins, at the address where this one ended, while this one stands.
///
/// Where more than one call goes on from another, or one is ended long before the other, a function between the client and the focus
/// acts by itself: it serves several clients, or stays while its client is away. Then it is the client that the focus sees, and the
/// calls behind it are no hops at all.
pub fn nearest(calls: &[Ends]) -> Vec<Hop> {
    let mut hops = vec![Hop::default(); calls.len()];
    let mut acting: HashSet<&str> = HashSet::new();
    for (index, one) in calls.iter().enumerate() {
        // Forks of one call begin together.
        let mut next: HashSet<u32> = HashSet::new();
        for (other_index, other) in calls.iter().enumerate() {
            if index != other_index && goes_on(one, other) {
                hops[index].last = false;
                hops[other_index].first = false;
                next.insert(other.span.0);
                let is_apart =
                    one.bye.zip(other.bye).is_some_and(|(bye, other)| bye.nanos_since(other).abs() > RELAY_NANOS);
                if is_apart || next.len() > 1 {
                    acting.insert(&one.participant);
                }
            }
        }
    }
    let is_at_focus =
        |call: &Ends, hop: &Hop| if call.client_calls { hop.last && !hop.first } else { hop.first && !hop.last };
    let ends = calls.iter().zip(&hops).filter(|(call, hop)| is_at_focus(call, hop));
    let focus: HashSet<IpAddr> = ends.filter_map(|(call, _)| call.focus_side()).collect();
    for (call, hop) in calls.iter().zip(&mut hops).filter(|(call, _)| acting.contains(call.participant.as_str())) {
        let is_played = call.focus_side().is_some_and(|address| focus.contains(&address));
        *hop = Hop { first: is_played, last: is_played };
    }
    hops
}

fn goes_on(one: &Ends, next: &Ends) -> bool {
    let (Some((from, to)), Some((next_from, next_to))) = (one.addresses, next.addresses) else { return false };
    one.participant == next.participant
        && (one.client_calls, one.is_leg) == (next.client_calls, next.is_leg)
        && one.span.0 < next.span.0
        && next.span.0 <= one.span.1
        && to.ip() == next_from.ip()
        // On one machine addresses do not tell one end from the other.
        && from.ip() != to.ip()
        && next_from.ip() != next_to.ip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_hop_begins_where_the_last_one_ended() {
        let call = |from: &str, to: &str, span| Ends {
            participant: "sip:a".into(),
            client_calls: true,
            is_leg: true,
            addresses: Some((from.parse().unwrap(), to.parse().unwrap())),
            span,
            bye: None,
        };
        let (client, function, focus) = ("10.0.0.1:5060", "10.0.0.2:5060", "10.0.0.3:5060");
        let hops =
            nearest(&[call(client, function, (0, 9)), call(function, focus, (1, 8)), call(client, function, (20, 30))]);
        let expected = [(true, false), (false, true), (true, true)];
        assert_eq!(hops.iter().map(|hop| (hop.first, hop.last)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_function_that_acts_by_itself_is_the_client_that_the_focus_sees() {
        let call = |participant: &str, client_calls, from: &str, to: &str, span| Ends {
            participant: participant.into(),
            client_calls,
            is_leg: true,
            addresses: Some((from.parse().unwrap(), to.parse().unwrap())),
            span,
            bye: None,
        };
        let (client, other) = ("10.0.0.1:5060", "10.0.0.9:5060");
        let (function, focus) = ("10.0.0.2:5060", "10.0.0.3:5060");
        let hops = nearest(&[
            call("sip:b", false, focus, function, (0, 90)),
            call("sip:b", false, function, client, (1, 20)),
            // Its client was lost, and comes back.
            call("sip:b", false, function, other, (40, 60)),
            call("sip:b", true, client, function, (70, 80)),
            call("sip:c", false, focus, function, (0, 90)),
            call("sip:c", false, function, client, (2, 89)),
        ]);
        let (played, behind) = ((true, true), (false, false));
        let expected = [played, behind, behind, behind, (true, false), (false, true)];
        assert_eq!(hops.iter().map(|hop| (hop.first, hop.last)).collect::<Vec<_>>(), expected);
    }
}
