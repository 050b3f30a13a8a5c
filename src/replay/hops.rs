//! Which of a participant's calls begin at its client, and which at the focus: a B2BUA makes another call out of each.

use std::net::SocketAddr;

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
pub fn nearest(calls: &[Ends]) -> Vec<Hop> {
    let mut hops = vec![Hop::default(); calls.len()];
    for (index, one) in calls.iter().enumerate() {
        for (other_index, other) in calls.iter().enumerate() {
            if index != other_index && goes_on(one, other) {
                hops[index].last = false;
                hops[other_index].first = false;
            }
        }
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
        };
        let (client, function, focus) = ("10.0.0.1:5060", "10.0.0.2:5060", "10.0.0.3:5060");
        let hops =
            nearest(&[call(client, function, (0, 9)), call(function, focus, (1, 8)), call(client, function, (20, 30))]);
        let expected = [(true, false), (false, true), (true, true)];
        assert_eq!(hops.iter().map(|hop| (hop.first, hop.last)).collect::<Vec<_>>(), expected);
    }
}
