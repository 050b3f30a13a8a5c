//! Who is to open the TCP connection of a leg (RFC 6135 §4.2, RFC 4145 §4.1), and who did.

use std::rc::Rc;

use super::path::first_address;
use crate::net::{Flow, Transport};
use crate::rules::{Case, Stream};
use crate::session::{Direction, Leg, MsrpMedia};
use crate::wire::MessageId;
use crate::wire::msrp::Path;
use crate::wire::sdp::Setup;

/// The first offer and answer of a leg, both accepted.
pub struct Agreed {
    pub offer: Rc<MsrpMedia>,
    pub answer: Rc<MsrpMedia>,
    pub offered: MessageId,
    pub answered: MessageId,
}

impl Agreed {
    /// What the INVITE of a leg offered and its 2xx answered. `None` where one of them has no MSRP stream or refuses it.
    pub fn of(case: &Case<'_>, leg: &Leg) -> Option<Agreed> {
        let (answered, 200..=299) = leg.answered? else { return None };
        let offered = leg.invited?;
        let is_whole = |id: MessageId| !case.messages()[id].incomplete;
        let media = |id: MessageId| case.media(id).filter(|media| is_whole(id) && media.port != Some(0));
        Some(Agreed { offer: media(offered)?, answer: media(answered)?, offered, answered })
    }

    /// Is it the caller who opens the connection? Without `a=setup` in the answer it is. `None` where the answer takes no role, or the
    /// one that the offer has taken.
    pub fn caller_connects(&self) -> Option<bool> {
        match (self.offer.setup, self.answer.setup) {
            (Some(Setup::Active), Some(Setup::Active)) | (Some(Setup::Passive), Some(Setup::Passive)) => None,
            (_, None | Some(Setup::Passive)) => Some(true),
            (_, Some(Setup::Active)) => Some(false),
            (_, Some(Setup::ActPass | Setup::HoldConn)) => None,
        }
    }

    /// Is a relay named in one of the paths? Then each side connects to its own (RFC 6135 §4.5).
    pub fn has_relays(&self) -> bool {
        [&self.offer, &self.answer].into_iter().any(|media| Path(&media.path).uris().count() > 1)
    }
}

/// Is the focus the caller of the leg? `None` between two clients.
pub fn focus_calls(leg: &Leg) -> Option<bool> {
    match leg.direction {
        Direction::FocusToClient => Some(true),
        Direction::ClientToFocus => Some(false),
        Direction::ClientToClient | Direction::Unknown => None,
    }
}

/// The TCP connection of a stream.
pub struct Connection<'a> {
    pub flow: &'a Flow,
    /// Did the caller open it? `None` where its beginning was not captured.
    pub opened_by_caller: Option<bool>,
}

impl<'a> Connection<'a> {
    /// The connection over which the stream's first message came. `None` where that is one of another leg that is used again, or goes
    /// through nodes that are not in the SDP.
    pub fn of(case: &Case<'a>, stream: &Stream<'a>, agreed: &Agreed) -> Option<Connection<'a>> {
        let first = &case.messages()[stream.msrp.first];
        let flow = case.messages().flow(first);
        let is_new = flow.first_time >= case.time(agreed.answered);
        let is_direct = [&agreed.offer, &agreed.answer].into_iter().all(|media| {
            first_address(&media.path).is_some_and(|(ip, _)| [flow.client.ip(), flow.server.ip()].contains(&ip))
        });
        if flow.transport != Transport::Tcp || !is_new || !is_direct || agreed.has_relays() {
            return None;
        }
        let caller_end = stream.caller_end?;
        let transfer = case.transfers(stream).find(|transfer| case.messages()[transfer.first].flow == first.flow)?;
        let sent_by_caller = transfer.from_first_end == (caller_end == 0);
        let opened_by_caller = (case.messages()[transfer.first].from_client == sent_by_caller).then_some(true);
        let opened_by_caller = flow.start_seen.then_some(opened_by_caller.unwrap_or(false));
        Some(Connection { flow, opened_by_caller })
    }
}
