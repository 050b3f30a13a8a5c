//! Clients that are away, and the participating functions that stay in the session for them (OMA CPM 5.2.3.4).

use crate::rules::Case;
use crate::rules::invite::invitation::{Invitation, same_user};
use crate::rules::pf::devices;
use crate::rules::pf::hop::{Cause, Hop, bye_of, cause, ends, ends_of, lost_before};
use crate::rules::pf::relayed::streams;
use crate::session::{Direction, Leg, Subscription};
use crate::wire::MessageId;
use crate::wire::sip::Name;

/// A function that passes a BYE on does so at once.
const PASSED_ON_SECONDS: f64 = 2.0;

/// A client that was lost while its function stayed in.
pub struct Away<'c, 'a> {
    pub hop: &'c Hop<'a>,
    /// The BYE that tells of it, and its cause.
    pub since: MessageId,
    pub cause: u16,
    /// The legs between the client and its function since then, in order: it was invited, or came by itself.
    pub back: Vec<&'a Leg>,
}

/// All of a session of which the capture shows that the function stayed: it took something for its client, or the network's side went
/// on.
pub fn all<'c, 'a>(case: &'c Case<'a>) -> Vec<Away<'c, 'a>> {
    let several = devices::all(case);
    let away = case.hops().iter().filter_map(|hop| {
        let since = bye_of(hop.client, true)?;
        // While another client of the user is in, nobody is away.
        let own = several.iter().find(|user| std::ptr::eq(user.hop, hop));
        if own.is_some_and(|user| user.others(hop.client, since).next().is_some()) {
            return None;
        }
        let Cause::Sip(cause) = cause(case, since)? else { return None };
        hop.network.established?;
        let is_own = |leg: &&Leg| lost_before(case, leg).is_some_and(|lost| std::ptr::eq(lost.client, hop.client));
        let back = case.legs().map(|(_, leg)| leg).filter(is_own).collect();
        let away = Away { hop, since, cause, back };
        (cause != 200 && away.is_kept(case)).then_some(away)
    });
    away.collect()
}

impl Away<'_, '_> {
    fn is_kept(&self, case: &Case<'_>) -> bool {
        let takes = || {
            let mut taken = streams(case, self.hop.network).flat_map(|stream| case.transfers(stream));
            taken.any(|transfer| {
                transfer.first > self.since && transfer.response.is_some_and(|(_, status)| status < 300)
            })
        };
        let goes_on = |end: MessageId| case.seconds_between(self.since, end) > PASSED_ON_SECONDS;
        self.hop.network.ended.is_none_or(|(end, _)| goes_on(end)) || takes()
    }

    /// The BYE with which the function itself ended the network's side.
    pub fn given_up(&self) -> Option<MessageId> {
        bye_of(self.hop.network, true)
    }
}

/// Is a leg established at this moment, and not ended yet?
pub fn is_up(leg: &Leg, at: MessageId) -> bool {
    leg.established.is_some_and(|ack| ack < at) && leg.ended.is_none_or(|(end, _)| end > at)
}

/// The first INVITE of a function to the focus for its user after `after`.
pub fn restart<'c, 'a>(case: &'c Case<'a>, hop: &Hop<'_>, after: MessageId) -> Option<&'c Invitation<'a>> {
    let node = hop.node(case)?;
    case.invitations().iter().find(|one| {
        one.id > after
            && !one.is_from_focus()
            && ends(case, one.leg).is_some_and(|(caller, _)| caller == node)
            && same_user(one.user(), hop.user())
    })
}

/// Did the client call the function to come back over this leg?
pub fn is_rejoin(leg: &Leg) -> bool {
    leg.direction != Direction::FocusToClient
}

/// The refusal of a leg, and its status.
pub fn refusal(leg: &Leg) -> Option<(MessageId, u16)> {
    leg.answered.filter(|(_, status)| *status >= 300)
}

/// When a client left for good over a leg on which it had come back: a BYE that says 200, or nothing.
pub fn left(case: &Case<'_>, leg: &Leg) -> Option<MessageId> {
    let bye = bye_of(leg, true)?;
    matches!(cause(case, bye), Some(Cause::None | Cause::Sip(200))).then_some(bye)
}

/// A subscription to the conference that a function holds itself, towards the focus.
pub struct Watch<'a> {
    pub subscription: &'a Subscription,
    /// Its first SUBSCRIBE.
    pub from: MessageId,
    /// The SUBSCRIBE with Expires 0, or the NOTIFY that ends it.
    pub ended: Option<MessageId>,
}

/// The subscriptions of a function for its user, on the network's side.
pub fn watches<'a>(case: &Case<'a>, hop: &Hop<'_>) -> Vec<Watch<'a>> {
    let (node, key) = (hop.node(case), hop.client.participant().map(|who| &who.key));
    let own = case.subscriptions().map(|(_, one)| one).filter(|one| one.tells_who_is_in());
    let own = own.filter(|one| one.subscriber.as_ref().map(|who| &who.key) == key);
    let of_node = own.filter_map(|subscription| {
        let from = subscription.messages.first().copied()?;
        let is_request = case.sip(from).is_some_and(|message| message.method() == Some("SUBSCRIBE"));
        (is_request && Some(ends_of(case, from).0) == node).then(|| {
            let ended = subscription.messages.iter().copied().find(|&id| is_last(case, id));
            Watch { subscription, from, ended }
        })
    });
    of_node.collect()
}

/// Does a message end its subscription?
pub fn is_last(case: &Case<'_>, id: MessageId) -> bool {
    let Some(message) = case.sip(id) else { return false };
    match message.method() {
        Some("SUBSCRIBE") => message.header(Name::Expires).is_some_and(|value| value.trim() == "0"),
        Some("NOTIFY") => {
            let state = message.header(Name::SubscriptionState);
            state.is_some_and(|value| value.trim().to_ascii_lowercase().starts_with("terminated"))
        }
        _ => false,
    }
}
