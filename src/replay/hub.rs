//! The hub: many players behind a few endpoints. It cuts what arrives into messages, finds the player that each is for, and answers
//! strangers. It owns no socket and asks no clock; `driver.rs` and `network.rs` carry its bytes.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use hashbrown::HashMap;

use super::plain;
use super::player::{Action, ConnectionId, Hop, Player};
use crate::wire::cut::Cut;
use crate::wire::sip::{Message, Name};
use crate::wire::{msrp, sip};

/// What the hub wants carried. Endpoints are numbered as the driver likes.
#[derive(Clone, Debug)]
pub enum Output {
    Sip {
        endpoint: usize,
        to: Hop,
        bytes: Vec<u8>,
    },
    /// Opens an MSRP connection; then comes [`Hub::handle_connected`] or [`Hub::handle_refused`] with the same player and leg.
    Connect {
        endpoint: usize,
        player: usize,
        leg: usize,
        address: SocketAddr,
    },
    Write {
        connection: ConnectionId,
        bytes: Vec<u8>,
    },
    Close {
        connection: ConnectionId,
    },
}

struct Slot {
    player: Player,
    endpoint: usize,
    start: Duration,
    /// Players of the same copy.
    copy: Range<usize>,
    gone: bool,
    /// The latest wake-up that was asked for.
    wake: Option<Duration>,
}

/// One direction of a connection: what came and is no message yet.
#[derive(Default)]
struct Stream {
    buffer: Vec<u8>,
    sip: sip::Scan,
    msrp: msrp::Scan,
    /// Players and legs that speak over it.
    owners: Vec<(usize, usize)>,
}

/// Players, and who is to get what.
#[derive(Default)]
pub struct Hub {
    slots: Vec<Slot>,
    calls: HashMap<(usize, String), usize>,
    groups: HashMap<(usize, String), usize>,
    sessions: HashMap<String, (usize, usize)>,
    streams: HashMap<ConnectionId, Stream>,
    agenda: BinaryHeap<Reverse<(Duration, usize)>>,
    outputs: VecDeque<Output>,
    /// Players that may still be called.
    callable: BTreeSet<usize>,
    running: usize,
    /// Bytes that were no message.
    pub garbage_bytes: u64,
    /// Messages that were for nobody.
    pub strangers: u64,
    tags: u64,
}

impl Hub {
    /// Adds the players of one copy, with their endpoints and when they begin. All of them register before one of them calls.
    pub fn add(&mut self, players: Vec<(Player, usize, Duration)>) {
        let copy = self.slots.len()..self.slots.len() + players.len();
        for (number, (mut player, endpoint, start)) in copy.clone().zip(players) {
            if copy.len() > 1 {
                player.hold();
            }
            self.slots.push(Slot { player, endpoint, start, copy: copy.clone(), gone: false, wake: None });
            self.callable.insert(number);
            self.agenda.push(Reverse((start, number)));
            self.running += 1;
        }
    }

    pub fn players(&self) -> impl Iterator<Item = &Player> {
        self.slots.iter().map(|slot| &slot.player)
    }

    pub fn is_done(&self) -> bool {
        self.running == 0 && self.outputs.is_empty()
    }

    /// Have all players done their last step?
    pub fn all_finished(&self) -> bool {
        self.slots.iter().all(|slot| slot.gone || slot.player.finished_at().is_some())
    }

    /// Was one of them cut short?
    pub fn is_any_stopped(&self) -> bool {
        self.slots.iter().any(|slot| slot.player.is_stopped())
    }

    pub fn running(&self) -> usize {
        self.running
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Duration> {
        self.agenda.peek().map(|Reverse((at, _))| *at)
    }

    pub fn handle_timeout(&mut self, now: Duration) {
        while let Some(&Reverse((at, number))) = self.agenda.peek() {
            if at > now {
                break;
            }
            self.agenda.pop();
            let slot = &mut self.slots[number];
            if slot.wake == Some(at) {
                slot.wake = None;
            }
            if slot.gone {
                continue;
            }
            if now >= slot.start {
                slot.player.start(now);
            }
            slot.player.handle_timeout(now);
            self.after(number, now);
        }
    }

    /// Ends all runs before their time.
    pub fn stop(&mut self, why: &str, now: Duration) {
        for number in 0..self.slots.len() {
            if !self.slots[number].gone {
                self.slots[number].player.stop(why, now);
                self.after(number, now);
            }
        }
    }

    /// Lets the players of a copy go on once all of them have registered.
    fn release(&mut self, number: usize, now: Duration) {
        let copy = self.slots[number].copy.clone();
        if self.slots[number].player.is_held()
            && self.slots[copy.clone()].iter().all(|slot| slot.player.has_registered())
        {
            for number in copy {
                self.slots[number].player.release(now);
                self.after(number, now);
            }
        }
    }

    /// Does what a player wants, and notes when it wants to be called again.
    fn after(&mut self, number: usize, now: Duration) {
        self.release(number, now);
        let slot = &mut self.slots[number];
        let endpoint = slot.endpoint;
        while let Some(action) = slot.player.poll_action() {
            match action {
                Action::Sip { to, bytes } => self.outputs.push_back(Output::Sip { endpoint, to, bytes }),
                Action::Connect { leg, address } => {
                    self.outputs.push_back(Output::Connect { endpoint, player: number, leg, address });
                }
                Action::Msrp { connection, bytes } => self.outputs.push_back(Output::Write { connection, bytes }),
                Action::Close { connection, leg } => {
                    // Several sessions may share a connection (RFC 4975 §5.4).
                    if let Some(stream) = self.streams.get_mut(&connection) {
                        stream.owners.retain(|owner| *owner != (number, leg));
                        if stream.owners.is_empty() {
                            self.outputs.push_back(Output::Close { connection });
                        }
                    }
                }
                Action::Call { call_id } => _ = self.calls.insert((endpoint, call_id), number),
                Action::Group { contribution_id } => _ = self.groups.insert((endpoint, contribution_id), number),
                Action::Session { session_id, leg } => _ = self.sessions.insert(session_id, (number, leg)),
            }
        }
        if slot.player.finished_at().is_some() {
            self.callable.remove(&number);
            if slot.player.gone_at().is_some_and(|gone| gone <= now) {
                slot.gone = true;
                slot.player.put_away();
                self.running -= 1;
                return;
            }
        }
        let next = [slot.player.poll_timeout(), slot.player.gone_at()].into_iter().flatten().min();
        if let Some(next) = next
            && slot.wake.is_none_or(|wake| next < wake)
        {
            slot.wake = Some(next);
            self.agenda.push(Reverse((next, number)));
        }
    }

    // ---- SIP ----

    /// A datagram is one message (RFC 3261 §18.3).
    pub fn handle_datagram(&mut self, now: Duration, endpoint: usize, from: SocketAddr, bytes: &[u8]) {
        let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n' | 0)).count();
        if blank < bytes.len() {
            self.handle_sip(now, endpoint, Hop { address: from, flow: 0 }, &bytes[blank..]);
        }
    }

    /// The next bytes of a SIP connection.
    pub fn handle_sip_bytes(&mut self, now: Duration, endpoint: usize, from: Hop, bytes: &[u8]) {
        let mut stream = self.streams.remove(&from.flow).unwrap_or_default();
        stream.buffer.extend_from_slice(bytes);
        let mut at = 0;
        loop {
            let len = match sip::cut(&stream.buffer[at..], &mut stream.sip, false) {
                Cut::Message { len, .. } => {
                    self.handle_sip(now, endpoint, from, &stream.buffer[at..at + len]);
                    len
                }
                Cut::KeepAlive { len } => {
                    // RFC 5626 §3.5.1: a double CRLF is a ping, a single one the pong.
                    if stream.buffer[at..at + len].starts_with(b"\r\n\r\n") {
                        self.outputs.push_back(Output::Sip { endpoint, to: from, bytes: b"\r\n".to_vec() });
                    }
                    len
                }
                Cut::Skip { len, .. } => {
                    self.garbage_bytes += len as u64;
                    len
                }
                Cut::NeedMore => break,
            };
            stream.sip = sip::Scan::default();
            at += len;
        }
        stream.buffer.drain(..at);
        self.streams.insert(from.flow, stream);
    }

    fn handle_sip(&mut self, now: Duration, endpoint: usize, from: Hop, bytes: &[u8]) {
        let Some(message) = Message::parse(bytes) else {
            self.garbage_bytes += bytes.len() as u64;
            return;
        };
        let Some(call_id) = message.header(Name::CallId) else { return };
        let known = self.calls.get(&(endpoint, call_id.into_owned())).copied();
        let is_request = message.method().is_some();
        let number = known.or_else(|| if is_request { self.adopt(now, endpoint, &message) } else { None });
        let Some(number) = number.filter(|number| !self.slots[*number].gone) else {
            self.strangers += 1;
            if is_request {
                self.answer_stranger(endpoint, from, &message);
            }
            return;
        };
        let player = &mut self.slots[number].player;
        if is_request {
            player.handle_request(now, from, &message);
        } else {
            player.handle_response(now, from, &message);
        }
        self.after(number, now);
    }

    /// The player that a request outside a dialog is for.
    fn adopt(&mut self, now: Duration, endpoint: usize, message: &Message<'_>) -> Option<usize> {
        if !matches!(message.method(), Some("INVITE" | "SUBSCRIBE" | "REFER" | "MESSAGE" | "NOTIFY")) {
            return None;
        }
        let group = message.header(Name::ContributionId);
        let of_group = group.and_then(|id| self.groups.get(&(endpoint, id.trim().to_owned())).copied());
        let asked = |hub: &Hub, number: usize| {
            let slot = &hub.slots[number];
            (slot.endpoint == endpoint && slot.start <= now).then(|| slot.player.interest(message)).flatten()
        };
        let mut best: Option<(u32, usize, usize)> = None;
        if let Some(number) = of_group
            && let Some((fit, leg)) = asked(self, number)
        {
            best = Some((fit, number, leg));
        }
        if best.is_none() {
            for &number in &self.callable {
                let Some((fit, leg)) = asked(self, number) else { continue };
                if best.is_none_or(|(other, ..)| fit > other) {
                    best = Some((fit, number, leg));
                }
                // Copies are alike: of those that wait for their first call the next one will do.
                if self.slots[number].player.is_untouched() {
                    break;
                }
            }
        }
        let (_, number, leg) = best?;
        let player = &mut self.slots[number].player;
        player.start(now);
        player.adopt(leg, message);
        self.after(number, now);
        Some(number)
    }

    /// Requests that belong to no run: who registers or asks what we can do gets an answer; others are refused.
    fn answer_stranger(&mut self, endpoint: usize, from: Hop, message: &Message<'_>) {
        let (status, reason) = match message.method() {
            Some("ACK") | None => return,
            Some("OPTIONS" | "REGISTER" | "NOTIFY" | "MESSAGE" | "PUBLISH") => (200, "OK"),
            Some("INVITE" | "SUBSCRIBE" | "REFER") => (480, "Temporarily Unavailable"),
            _ => (481, "Call/Transaction Does Not Exist"),
        };
        let mut extra = String::new();
        if message.method() == Some("REGISTER") {
            for contact in message.all(Name::Contact) {
                extra.push_str(&format!("Contact: {}\r\n", contact.value()));
            }
            let expires = message.header(Name::Expires);
            extra.push_str(&format!("Expires: {}\r\n", expires.as_deref().unwrap_or("3600")));
        }
        self.tags += 1;
        let bytes = plain::plain_response(message, status, reason, &format!("stranger{}", self.tags), &extra);
        self.outputs.push_back(Output::Sip { endpoint, to: from, bytes });
    }

    /// A SIP connection could not be made or was closed.
    pub fn handle_unreachable(&mut self, now: Duration, endpoint: usize, to: Hop, why: &str) {
        self.streams.remove(&to.flow);
        for number in 0..self.slots.len() {
            if !self.slots[number].gone && self.slots[number].endpoint == endpoint {
                self.slots[number].player.handle_unreachable(now, to, why);
                self.after(number, now);
            }
        }
    }

    // ---- MSRP ----

    pub fn handle_connected(&mut self, now: Duration, player: usize, leg: usize, connection: ConnectionId) {
        self.streams.entry(connection).or_default().owners.push((player, leg));
        if !self.slots[player].gone {
            self.slots[player].player.handle_connected(now, leg, connection);
            self.after(player, now);
        }
    }

    pub fn handle_refused(&mut self, now: Duration, player: usize, leg: usize, why: &str) {
        if !self.slots[player].gone {
            self.slots[player].player.handle_closed(now, leg, why);
            self.after(player, now);
        }
    }

    /// The next bytes of an MSRP connection.
    pub fn handle_msrp_bytes(&mut self, now: Duration, connection: ConnectionId, bytes: &[u8]) {
        let mut stream = self.streams.remove(&connection).unwrap_or_default();
        stream.buffer.extend_from_slice(bytes);
        let mut at = 0;
        loop {
            let len = match msrp::cut(&stream.buffer[at..], &mut stream.msrp, false) {
                Cut::Message { len, .. } => {
                    if let Some(message) = msrp::Message::parse(&stream.buffer[at..at + len]) {
                        let owner = self.owner(&message);
                        match owner {
                            Some(owner) if !stream.owners.contains(&owner) => stream.owners.push(owner),
                            _ => {}
                        }
                        self.handle_msrp(now, connection, owner, &message);
                    }
                    len
                }
                Cut::KeepAlive { len } => len,
                Cut::Skip { len, .. } => {
                    self.garbage_bytes += len as u64;
                    len
                }
                Cut::NeedMore => break,
            };
            stream.msrp = msrp::Scan::default();
            at += len;
        }
        stream.buffer.drain(..at);
        // A player that closed the connection meanwhile found no stream to be let go of.
        let slots = &self.slots;
        let had_owners = !stream.owners.is_empty();
        stream.owners.retain(|(player, leg)| slots[*player].player.speaks_over(*leg, connection));
        if had_owners && stream.owners.is_empty() {
            self.outputs.push_back(Output::Close { connection });
        }
        self.streams.insert(connection, stream);
    }

    fn owner(&self, message: &msrp::Message<'_>) -> Option<(usize, usize)> {
        let to_path = message.header("To-Path")?;
        let id = super::body::path_session_id(&to_path)?;
        self.sessions.get(id).copied().filter(|(player, _)| !self.slots[*player].gone)
    }

    fn handle_msrp(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        owner: Option<(usize, usize)>,
        message: &msrp::Message<'_>,
    ) {
        match owner {
            Some((player, leg)) => {
                self.slots[player].player.handle_msrp(now, leg, connection, message);
                self.after(player, now);
            }
            None => {
                self.strangers += 1;
                if matches!(message.method(), Some(method) if method != "REPORT") {
                    // RFC 4975 §7.2: no such session.
                    let to_path = message.header("To-Path").unwrap_or_default().into_owned();
                    let bytes = plain::msrp_response(message, 481, &to_path);
                    self.outputs.push_back(Output::Write { connection, bytes });
                }
            }
        }
    }

    /// An MSRP connection was closed by the far end.
    pub fn handle_closed(&mut self, now: Duration, connection: ConnectionId, why: &str) {
        let owners = self.streams.remove(&connection).map(|stream| stream.owners).unwrap_or_default();
        for (player, leg) in owners {
            if !self.slots[player].gone && self.slots[player].player.speaks_over(leg, connection) {
                self.slots[player].player.handle_closed(now, leg, why);
                self.after(player, now);
            }
        }
    }
}
