//! The two legs of a participating function that is a B2BUA: one towards its client, one towards the network.

use std::net::IpAddr;

use hashbrown::HashSet;

use crate::rules::Case;
use crate::session::{Direction, Leg, Side};
use crate::wire::MessageId;
use crate::wire::reason::Reason;
use crate::wire::sip::Name;

/// One way of a user into a session, over a participating function.
#[derive(Clone, Copy)]
pub struct Hop<'a> {
    pub client: &'a Leg,
    pub network: &'a Leg,
}

/// The addresses of caller and callee of a leg, told by its INVITE.
pub fn ends(case: &Case<'_>, leg: &Leg) -> Option<(IpAddr, IpAddr)> {
    Some(ends_of(case, leg.invited?))
}

/// Where a message comes from, and where it goes.
pub fn ends_of(case: &Case<'_>, id: MessageId) -> (IpAddr, IpAddr) {
    let message = &case.messages()[id];
    let flow = case.messages().flow(message);
    let (client, server) = (flow.client.ip(), flow.server.ip());
    if message.from_client { (client, server) } else { (server, client) }
}

/// The addresses of the participating functions.
pub fn nodes(case: &Case<'_>) -> HashSet<IpAddr> {
    case.hops().iter().filter_map(|hop| hop.node(case)).collect()
}

/// Legs of a session that are compared with each other.
const MAX_LEGS: usize = 2_000;

impl<'a> Hop<'a> {
    /// All of a session: a leg to a node, and one from there that begins before the first is answered, about the same user and
    /// with the same Contribution-ID.
    pub fn all(case: &Case<'a>) -> Vec<Hop<'a>> {
        let legs: Vec<(&'a Leg, (IpAddr, IpAddr))> =
            case.legs().take(MAX_LEGS).filter_map(|(_, leg)| Some((leg, ends(case, leg)?))).collect();
        let id = |leg: &'a Leg| leg.contribution_ids.first().map(|(id, _)| id.as_str());
        let key = |leg: &'a Leg| leg.participant().map(|who| who.key.as_str());
        let mut found = Vec::new();
        for (first, (caller, node)) in &legs {
            let is_next = |(next, (from, to)): &&(&'a Leg, (IpAddr, IpAddr))| {
                from == node
                    && to != caller
                    && next.direction == first.direction
                    && next.invited > first.invited
                    && first.answered.is_none_or(|(answer, _)| next.invited < Some(answer))
                    && id(next).is_some()
                    && id(next) == id(first)
                    && key(next) == key(first)
            };
            let Some((next, _)) = legs.iter().find(is_next) else { continue };
            found.push(match first.direction {
                Direction::FocusToClient => Hop { client: next, network: first },
                _ => Hop { client: first, network: next },
            });
        }
        found
    }

    /// The address of the participating function.
    pub fn node(&self, case: &Case<'_>) -> Option<IpAddr> {
        let (caller, callee) = ends(case, self.client)?;
        Some(if self.client.direction == Direction::FocusToClient { caller } else { callee })
    }

    /// The user of the client.
    pub fn user(&self) -> &'a str {
        self.client.participant().map_or("a participant", |who| who.uri.as_str())
    }
}

/// The BYE of a leg, if its sender is the side of the client (`true`), or the side of the network.
pub fn bye_of(leg: &Leg, by_client: bool) -> Option<MessageId> {
    let (bye, side) = leg.ended?;
    let is_client = match leg.direction {
        Direction::FocusToClient => side == Side::Callee,
        _ => side == Side::Caller,
    };
    (is_client == by_client).then_some(bye)
}

/// Why a BYE was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No Reason of SIP at all: as 200 (5.2.3.2).
    None,
    Sip(u16),
}

/// The cause in the Reason of a BYE; `None` where the BYE was not captured whole.
pub fn cause(case: &Case<'_>, bye: MessageId) -> Option<Cause> {
    let message =
        case.sip(bye).filter(|message| message.method() == Some("BYE") && !case.messages()[bye].incomplete)?;
    let mut causes = message.all(Name::Reason).flat_map(|field| Reason::parse(&field.value()).collect::<Vec<_>>());
    Some(causes.find_map(|reason| reason.sip_status()).map_or(Cause::None, Cause::Sip))
}

/// The final response to a BYE.
pub fn answer(case: &Case<'_>, leg: &Leg, bye: MessageId) -> Option<(MessageId, u16)> {
    let call = &case.sessions().calls[leg.call];
    let transaction = call.transactions.iter().find(|one| one.requests.contains(&bye))?;
    transaction.final_response("", case.messages())
}

/// Is it a leg between a client and its participating function alone, over which the client came back after it was lost
/// (5.2.3.4.1)? Its function had stayed in the session for it, if that has not ended meanwhile.
pub fn is_deferred(case: &Case<'_>, leg: &Leg) -> bool {
    lost_before(case, leg).is_some()
}

/// May this leg be one side of a participating function whose other side was not captured, or is not there: because functions are on the
/// way of others, or because the session began before the capture?
pub fn is_alone(case: &Case<'_>, leg: &Leg) -> bool {
    let is_side = |hop: &Hop<'_>| [hop.client, hop.network].into_iter().any(|one| std::ptr::eq(one, leg));
    let is_late = || !case.session.bare_msrp.is_empty() || case.legs().any(|(_, other)| other.invited.is_none());
    (!case.hops().is_empty() || is_late()) && !case.hops().iter().any(is_side)
}

/// The way into the session of the same user over the same function, whose client was lost before this leg began; `None` also where
/// the leg has a hop to the network of its own.
pub fn lost_before<'c, 'a>(case: &'c Case<'a>, leg: &Leg) -> Option<&'c Hop<'a>> {
    let (caller, callee) = ends(case, leg)?;
    let hops = case.hops();
    if hops.is_empty() || hops.iter().any(|hop| [hop.client, hop.network].into_iter().any(|one| std::ptr::eq(one, leg)))
    {
        return None;
    }
    let node = if leg.direction == Direction::FocusToClient { caller } else { callee };
    let key = leg.participant().map(|who| &who.key);
    hops.iter().rev().find(|hop| {
        let (Some((from, to)), Some((bye, _))) = (ends(case, hop.client), hop.client.ended) else { return false };
        let served_by = if hop.client.direction == Direction::FocusToClient { from } else { to };
        served_by == node
            && hop.client.participant().map(|who| &who.key) == key
            && Some(bye) < leg.invited
            && cause(case, bye) == Some(Cause::Sip(503))
    })
}
