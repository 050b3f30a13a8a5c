//! The hub: many players behind a few endpoints. It cuts what arrives into messages, finds the player that each is for, and answers
//! strangers. It owns no socket and asks no clock; `driver/` and `network.rs` carry its bytes.

mod later;
mod msrp;
mod sip;

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use hashbrown::HashMap;

use self::later::Later;
use super::player::{Action, ConnectionId, Ended, Hop, Player, Shown};
use crate::wire;

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
        /// Over TLS, and the fingerprints that the far end told of its certificate.
        tls: Option<Vec<String>>,
    },
    Write {
        connection: ConnectionId,
        bytes: Vec<u8>,
    },
    Close {
        connection: ConnectionId,
    },
}

/// A player, or what became of it.
enum Seat {
    Playing(Box<Player>),
    Ended(Ended),
}

struct Slot {
    seat: Seat,
    endpoint: usize,
    start: Duration,
    /// Players of the same copy.
    copy: Range<usize>,
    /// The latest wake-up that was asked for.
    wake: Option<Duration>,
}

impl Slot {
    /// Unless it is gone.
    fn player(&self) -> Option<&Player> {
        match &self.seat {
            Seat::Playing(player) => Some(player),
            Seat::Ended(_) => None,
        }
    }
}

/// One direction of a connection: what came and is no message yet.
#[derive(Default)]
struct Stream {
    buffer: Vec<u8>,
    sip: wire::sip::Scan,
    msrp: wire::msrp::Scan,
    /// Players and legs that speak over it.
    owners: Vec<(usize, usize)>,
    /// Of one that a far end opened for MSRP.
    shown: Shown,
}

/// Players, and who is to get what.
#[derive(Default)]
pub struct Hub {
    slots: Vec<Slot>,
    later: Later,
    /// Players by Call-ID, of each endpoint.
    calls: Vec<HashMap<String, usize>>,
    groups: HashMap<(usize, String), usize>,
    sessions: HashMap<String, (usize, usize)>,
    streams: HashMap<ConnectionId, Stream>,
    agenda: BinaryHeap<Reverse<(Duration, usize)>>,
    outputs: VecDeque<Output>,
    /// Players that have not done their last step: they may still be called.
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
            self.calls.resize_with(self.calls.len().max(endpoint + 1), HashMap::new);
            let seat = Seat::Playing(Box::new(player));
            self.slots.push(Slot { seat, endpoint, start, copy: copy.clone(), wake: None });
            self.callable.insert(number);
            self.agenda.push(Reverse((start, number)));
            self.running += 1;
        }
    }

    /// A player, unless it is gone.
    fn player(&mut self, number: usize) -> Option<&mut Player> {
        match &mut self.slots[number].seat {
            Seat::Playing(player) => Some(player),
            Seat::Ended(_) => None,
        }
    }

    /// Those that are not gone.
    pub fn players(&self) -> impl Iterator<Item = &Player> {
        self.slots.iter().filter_map(Slot::player)
    }

    /// What became of those that are gone.
    pub fn ended(&self) -> impl Iterator<Item = &Ended> {
        self.slots.iter().filter_map(|slot| match &slot.seat {
            Seat::Playing(_) => None,
            Seat::Ended(ended) => Some(ended),
        })
    }

    /// What became of all, in the order in which they were added.
    pub fn end(self) -> Vec<Ended> {
        let seats = self.slots.into_iter().map(|slot| slot.seat);
        let end = |seat| match seat {
            Seat::Playing(player) => player.end(),
            Seat::Ended(ended) => ended,
        };
        seats.map(end).collect()
    }

    pub fn is_done(&self) -> bool {
        self.running() == 0 && self.outputs.is_empty()
    }

    /// Have all players done their last step?
    pub fn all_finished(&self) -> bool {
        self.callable.is_empty() && self.later.copies() == 0
    }

    /// Was one of them cut short?
    pub fn is_any_stopped(&self) -> bool {
        self.players().any(Player::is_stopped) || self.ended().any(|ended| ended.verdict.stopped.is_some())
    }

    /// Players that are not done, and copies that are to come.
    pub fn running(&self) -> usize {
        self.running + self.later.copies()
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Duration> {
        let next = self.agenda.peek().map(|Reverse((at, _))| *at);
        [next, self.later.next_start()].into_iter().flatten().min()
    }

    pub fn handle_timeout(&mut self, now: Duration) {
        self.begin_until(now);
        while let Some(&Reverse((at, number))) = self.agenda.peek() {
            if at > now {
                break;
            }
            self.agenda.pop();
            let slot = &mut self.slots[number];
            if slot.wake == Some(at) {
                slot.wake = None;
            }
            let has_begun = now >= slot.start;
            let Some(player) = self.player(number) else { continue };
            if has_begun {
                player.start(now);
            }
            player.handle_timeout(now);
            self.after(number, now);
        }
    }

    /// Ends all runs before their time.
    pub fn stop(&mut self, why: &str, now: Duration) {
        // Those that did not begin are told, too.
        self.begin_until(Duration::MAX);
        for number in 0..self.slots.len() {
            if let Some(player) = self.player(number) {
                player.stop(why, now);
                self.after(number, now);
            }
        }
    }

    /// Lets the players of a copy go on once all of them have registered.
    fn release(&mut self, number: usize, now: Duration) {
        let slot = &self.slots[number];
        let copy = slot.copy.clone();
        let mut others = self.slots[copy.clone()].iter().filter_map(Slot::player);
        if slot.player().is_some_and(Player::is_held) && others.all(Player::has_registered) {
            for number in copy {
                if let Some(player) = self.player(number) {
                    player.release(now);
                    self.after(number, now);
                }
            }
        }
    }

    /// Does what a player wants, and notes when it wants to be called again.
    fn after(&mut self, number: usize, now: Duration) {
        self.release(number, now);
        let slot = &mut self.slots[number];
        let endpoint = slot.endpoint;
        let Seat::Playing(player) = &mut slot.seat else { return };
        while let Some(action) = player.poll_action() {
            match action {
                Action::Sip { to, bytes } => self.outputs.push_back(Output::Sip { endpoint, to, bytes }),
                Action::Connect { leg, address, tls } => {
                    self.outputs.push_back(Output::Connect { endpoint, player: number, leg, address, tls });
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
                Action::Call { call_id } => _ = self.calls[endpoint].insert(call_id, number),
                Action::Group { contribution_id } => _ = self.groups.insert((endpoint, contribution_id), number),
                Action::Session { session_id, leg } => _ = self.sessions.insert(session_id, (number, leg)),
            }
        }
        if player.finished_at().is_some() {
            self.callable.remove(&number);
            if player.gone_at().is_some_and(|gone| gone <= now) {
                let ended = player.end();
                slot.seat = Seat::Ended(ended);
                self.running -= 1;
                return;
            }
        }
        let next = [player.poll_timeout(), player.gone_at()].into_iter().flatten().min();
        if let Some(next) = next
            && slot.wake.is_none_or(|wake| next < wake)
        {
            slot.wake = Some(next);
            self.agenda.push(Reverse((next, number)));
        }
    }
}
