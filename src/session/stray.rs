//! MSRP messages with a wrong path: they open no session of their own, but belong to the one whose connection they came over.

use std::mem;

use hashbrown::{HashMap, HashSet};

use super::leg::Leg;
use super::msrp::{MsrpSession, MsrpSessions};
use crate::wire::msrp::session_id;
use crate::wire::{MessageId, Messages};

/// An end of a session that signalling shows.
#[derive(Clone, Copy)]
struct End {
    session: u32,
    is_first: bool,
}

/// Adds to the sessions of the legs what was sent over their connections with one right session-id, and another one that no
/// SDP has. Out come the sessions that are none.
pub fn adopt(legs: &[Leg], msrp: &mut MsrpSessions, messages: &Messages) -> HashSet<u32> {
    let strays = find(legs, msrp, messages);
    let adopted: HashMap<u32, u32> = strays.iter().map(|(stray, end, _)| (*stray, end.session)).collect();
    for (stray, end, known_is_first) in strays {
        msrp.adopt(stray, end.session, end.is_first == known_is_first);
    }
    if !adopted.is_empty() {
        for session in &mut msrp.session_of {
            *session = adopted.get(session).copied().unwrap_or(*session);
        }
    }
    adopted.into_keys().collect()
}

/// The sessions that are none, the end of another one that they share, and whether it is their first end.
fn find(legs: &[Leg], msrp: &MsrpSessions, messages: &Messages) -> Vec<(u32, End, bool)> {
    let bound: HashSet<u32> = legs.iter().filter_map(|leg| leg.msrp).collect();
    let mut ends: HashMap<(u32, &str), End> = HashMap::new();
    for &session in &bound {
        let one = &msrp.sessions[session as usize];
        for (uri, is_first) in one.ends.iter().zip([true, false]) {
            let Some(id) = session_id(uri) else { continue };
            ends.insert((messages[one.first].flow, id), End { session, is_first });
        }
    }
    let others = (0..msrp.sessions.len() as u32).filter(|session| !bound.contains(session));
    let strays = others.filter_map(|session| {
        let one = &msrp.sessions[session as usize];
        let flow = messages[one.first].flow;
        // Whoever receives knows its own session-id better than the sender does.
        match one.ends.each_ref().map(|uri| ends.get(&(flow, session_id(uri)?))) {
            [_, Some(end)] => Some((session, *end, false)),
            [Some(end), None] => Some((session, *end, true)),
            [None, None] => None,
        }
    });
    strays.collect()
}

/// What is noted of single messages of a session.
fn lists(session: &mut MsrpSession) -> [&mut Vec<MessageId>; 4] {
    let MsrpSession { unanswered, unexpected, misrouted, disordered, .. } = session;
    [unanswered, unexpected, misrouted, disordered]
}

impl MsrpSessions {
    /// Moves the transfers of session `from` to session `to`, whose ends are in the `same_order` or the other one.
    fn adopt(&mut self, from: u32, to: u32, same_order: bool) {
        let stray = &mut self.sessions[from as usize];
        let last = stray.last;
        let moved = mem::take(&mut stray.transfers);
        let repeats = mem::take(&mut stray.repeats);
        let ways = mem::take(&mut stray.ways);
        let told = lists(stray).map(mem::take);
        for &index in &moved {
            let transfer = &mut self.transfers[index as usize];
            transfer.session = to;
            transfer.from_first_end = transfer.from_first_end == same_order;
        }
        let target = &mut self.sessions[to as usize];
        target.transfers.extend(moved);
        target.transfers.sort_by_key(|&index| self.transfers[index as usize].first);
        target.last = target.last.max(last);
        target.repeats.extend(repeats);
        target.ways.extend(ways.into_iter().map(|(id, from_first_end)| (id, from_first_end == same_order)));
        for (list, told) in lists(target).into_iter().zip(told) {
            list.extend(told);
            list.sort_unstable();
        }
    }
}
