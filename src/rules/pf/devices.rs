//! Several clients of one user behind one participating function (OMA CPM 5.2.4).

use super::hop::{Hop, ends};
use crate::rules::Case;
use crate::session::{Direction, Leg};
use crate::wire::MessageId;

/// The clients of a user in a session, all of them accepted.
pub struct Devices<'c, 'a> {
    /// The function's side of the network, and the first of the clients.
    pub hop: &'c Hop<'a>,
    pub clients: Vec<&'a Leg>,
}

/// The users with more than one client whom the focus has invited.
pub fn all<'c, 'a>(case: &'c Case<'a>) -> Vec<Devices<'c, 'a>> {
    let invited = case.hops().iter().filter(|hop| hop.network.direction == Direction::FocusToClient);
    let found = invited.filter_map(|hop| {
        let node = hop.node(case)?;
        let key = hop.client.participant().map(|who| &who.key);
        let answered = hop.network.answered.map(|(answer, _)| answer)?;
        let is_client = |leg: &&Leg| {
            let is_of_user = leg.participant().map(|who| &who.key) == key && leg.direction == Direction::FocusToClient;
            let is_from_node = ends(case, leg).is_some_and(|(caller, _)| caller == node);
            is_of_user && is_from_node && leg.established.is_some() && leg.invited < Some(answered)
        };
        let clients: Vec<&Leg> = case.legs().map(|(_, leg)| leg).filter(is_client).collect();
        (clients.len() > 1).then_some(Devices { hop, clients })
    });
    found.collect()
}

impl<'a> Devices<'_, 'a> {
    /// The clients that are in at this moment, but for this one.
    pub fn others(&self, than: &Leg, at: MessageId) -> impl Iterator<Item = &'a Leg> {
        let up =
            move |leg: &&Leg| leg.established.is_some_and(|ack| ack < at) && leg.ended.is_none_or(|(bye, _)| bye > at);
        self.clients.iter().copied().filter(move |leg| !std::ptr::eq(*leg, than)).filter(up)
    }
}

/// Does a leg lead to an interworking function of this network? `None` where the profile does not say.
pub fn is_interworking(case: &Case<'_>, leg: &Leg) -> Option<bool> {
    let known = case.profile.policy.interworking_addresses.as_ref()?;
    let (caller, callee) = ends(case, leg)?;
    Some(known.contains(&caller) || known.contains(&callee))
}
