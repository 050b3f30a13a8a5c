//! The ladder of a session: one column per endpoint, one arrow per message.

use std::net::{IpAddr, SocketAddr};

use hashbrown::{HashMap, HashSet};

use super::Names;
use super::label::label;
use crate::Analysis;
use crate::capture::Time;
use crate::net::Transport;
use crate::session::{Session, SessionKind};
use crate::wire::{Kind, MessageId};

/// One endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The participant whose client it is, `focus`, `B2BUA`, `proxy`, or nothing; not escaped.
    pub name: String,
    /// The IP address, with the port where several endpoints share the address.
    pub address: String,
}

/// One message, or several of the same transaction that only repeat it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    pub message: MessageId,
    pub time: Time,
    pub frame: u32,
    /// Columns it goes from and to.
    pub from: usize,
    pub to: usize,
    pub is_sip: bool,
    /// Not escaped.
    pub label: String,
    /// How often it was sent again; the repetitions have no arrows of their own.
    pub retransmissions: usize,
}

/// A session drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ladder {
    pub columns: Vec<Column>,
    pub arrows: Vec<Arrow>,
}

/// What makes an endpoint a column: its address, or address and port where one address has several SIP endpoints (loopback).
type Place = (IpAddr, Option<u16>);

impl Ladder {
    pub fn new(analysis: &Analysis, session: &Session) -> Ladder {
        let index = analysis.sessions.sessions.iter().position(|other| other.id == session.id);
        let Some(index) = index else { return Ladder::default() };
        let ids: Vec<MessageId> = analysis
            .messages
            .iter()
            .map(|(id, _)| id)
            .filter(|id| analysis.sessions.session_of[id.0 as usize] == index as u32)
            .collect();
        let shared = shared_addresses(analysis, &ids);
        let place =
            |address: SocketAddr| -> Place { (address.ip(), shared.contains(&address.ip()).then_some(address.port())) };
        let names = names(analysis, index, place);
        let mut ladder = Ladder::default();
        let mut columns: HashMap<Place, usize> = HashMap::new();
        let mut folded: HashMap<(bool, String, usize, usize), usize> = HashMap::new();
        for id in ids {
            let message = &analysis.messages[id];
            let (source, destination) = analysis.messages.flow(message).ends(message.from_client);
            let [from, to] = [place(source), place(destination)].map(|place| {
                *columns.entry(place).or_insert_with(|| {
                    let address = match place {
                        (ip, Some(port)) => SocketAddr::new(ip, port).to_string(),
                        (ip, None) => ip.to_string(),
                    };
                    ladder.columns.push(Column { name: names.get(&place).cloned().unwrap_or_default(), address });
                    ladder.columns.len() - 1
                })
            });
            let label = label(analysis, message);
            let is_sip = matches!(message.kind, Kind::Sip(_));
            let key = (is_sip, label.clone(), from, to);
            if analysis.sessions.is_retransmission(id)
                && let Some(&original) = folded.get(&key)
            {
                let arrow: &mut Arrow = &mut ladder.arrows[original];
                arrow.retransmissions += 1;
                continue;
            }
            folded.insert(key, ladder.arrows.len());
            let frame = analysis.capture.table.place(message.frame).number;
            ladder.arrows.push(Arrow {
                message: id,
                time: message.time,
                frame,
                from,
                to,
                is_sip,
                label,
                retransmissions: 0,
            });
        }
        ladder
    }
}

/// Addresses on which more than one port speaks SIP, or which speak to themselves.
fn shared_addresses(analysis: &Analysis, ids: &[MessageId]) -> HashSet<IpAddr> {
    let mut ports: HashMap<IpAddr, HashSet<u16>> = HashMap::new();
    for id in ids {
        let message = &analysis.messages[*id];
        let flow = analysis.messages.flow(message);
        let is_loop = flow.client.ip() == flow.server.ip();
        // A TCP client's port is a number of the moment.
        let client = Some(flow.client).filter(|_| is_loop || flow.transport == Transport::Udp);
        for end in client.into_iter().chain([flow.server]).filter(|_| is_loop || message.sip().is_some()) {
            ports.entry(end.ip()).or_default().insert(end.port());
        }
    }
    ports.into_iter().filter(|(_, ports)| ports.len() > 1).map(|(ip, _)| ip).collect()
}

const FOCUS: &str = "focus";

/// Who sits where: the participant's name at the client's end of each leg, `focus` at the other; `B2BUA` and `proxy` for what
/// stands between them.
fn names(analysis: &Analysis, index: usize, place: impl Fn(SocketAddr) -> Place) -> HashMap<Place, String> {
    let all = &analysis.sessions;
    let (Some(session), Some(timeline)) = (all.sessions.get(index), analysis.timelines.get(index)) else {
        return HashMap::new();
    };
    let short = Names::new(timeline);
    let mut names: HashMap<Place, Vec<&str>> = HashMap::new();
    for leg in session.legs.iter().map(|&leg| &all.legs[leg]) {
        let ends = |id: MessageId| {
            let message = &analysis.messages[id];
            analysis.messages.flow(message).ends(message.from_client)
        };
        let Some((caller_at, next_hop)) = leg.invited.map(ends) else { continue };
        // A proxy may stand between: who accepts is at the place where the 2xx was seen first.
        let accepted = leg.answered.filter(|(_, status)| (200..300).contains(status));
        let callee_at = accepted.map_or(next_hop, |(id, _)| ends(id).0);
        let between_clients = session.kind == SessionKind::OneToOne;
        let caller_is_client = between_clients || leg.participant_is_caller();
        let callee_is_client = between_clients || !leg.participant_is_caller();
        for (at, identity, is_client) in
            [(caller_at, &leg.caller, caller_is_client), (callee_at, &leg.callee, callee_is_client)]
        {
            let name = match identity {
                Some(identity) if is_client => short.get(identity),
                _ if is_client => continue,
                _ => FOCUS,
            };
            names.entry(place(at)).or_default().push(name);
        }
    }
    let role = |mut names: Vec<&str>| {
        names.sort_unstable();
        names.dedup();
        match names.as_slice() {
            [only] => (*only).to_owned(),
            // It ends legs on both sides.
            several if several.contains(&FOCUS) => "B2BUA".to_owned(),
            // It speaks for several clients.
            _ => "proxy".to_owned(),
        }
    };
    names.into_iter().map(|(place, names)| (place, role(names))).collect()
}
