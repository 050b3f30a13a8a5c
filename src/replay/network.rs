//! A simulated network with virtual time: the test bench of the players, and a way to make captures out of plans.
//!
//! Datagrams take their time, get lost and overtake each other; connections keep their bytes and their order. Seconds pass as fast
//! as they can be computed, and the same seed gives the same run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use hashbrown::HashMap;

use super::fresh::Fresh;
use super::hub::{Hub, Output};
use super::local::{Local, Transport};
use super::player::{ConnectionId, Hop};
use super::trace::Trace;
use crate::capture::PcapngWriter;

/// What happens to datagrams.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Time from one end to the other.
    pub latency: Duration,
    /// Up to so much more, for each datagram anew: later ones overtake earlier ones.
    pub jitter: Duration,
    /// The share of datagrams that get lost, 0.0 to 1.0.
    pub loss: f64,
    /// Other seeds, other losses.
    pub seed: u64,
}

/// What is on its way.
enum Carried {
    Datagram { endpoint: usize, from: SocketAddr, bytes: Vec<u8> },
    Sip { endpoint: usize, from: Hop, bytes: Vec<u8> },
    Connected { player: usize, leg: usize, connection: ConnectionId },
    Refused { player: usize, leg: usize },
    Msrp { connection: ConnectionId, bytes: Vec<u8> },
    Closed { connection: ConnectionId },
}

/// Both directions of a connection: the two ends have neighbouring numbers, the odd one is the active end's.
#[derive(Clone, Copy)]
struct Pipe {
    /// What arrives later than this keeps the order.
    busy_until: Duration,
}

/// Endpoints that reach each other.
pub struct Network<W: Write> {
    weather: Weather,
    locals: Vec<Local>,
    queue: BinaryHeap<Reverse<(Duration, u64)>>,
    carried: HashMap<u64, Carried>,
    sent: u64,
    pipes: HashMap<ConnectionId, Pipe>,
    /// SIP connections by endpoint and address.
    flows: HashMap<(usize, SocketAddr), ConnectionId>,
    /// Endpoint that the end of a SIP connection belongs to.
    owners: HashMap<ConnectionId, (usize, SocketAddr)>,
    next: ConnectionId,
    random: Fresh,
    trace: Trace<W>,
    pub lost: u64,
}

impl<W: Write> Network<W> {
    /// What is exchanged goes to `writer`; it is `start` when the first run begins.
    pub fn new(weather: Weather, writer: PcapngWriter<W>, start: SystemTime) -> Network<W> {
        Network {
            weather,
            locals: vec![],
            queue: BinaryHeap::new(),
            carried: HashMap::new(),
            sent: 0,
            pipes: HashMap::new(),
            flows: HashMap::new(),
            owners: HashMap::new(),
            next: 1,
            random: Fresh::seeded(weather.seed),
            trace: Trace::new(writer, start),
            lost: 0,
        }
    }

    /// An endpoint with an address of its own; its number is that of a hub's endpoint.
    pub fn endpoint(&mut self, transport: Transport) -> Local {
        let host = [127, 0, 0, 2 + self.locals.len() as u8];
        let local = Local { sip: (host, 5060).into(), msrp: (host, 2855).into(), msrps: None, transport };
        self.locals.push(local);
        local
    }

    /// Runs until all players are done, or so much virtual time is over. Returns the writer of what was exchanged.
    pub fn run(mut self, hub: &mut Hub, limit: Duration) -> std::io::Result<PcapngWriter<W>> {
        let mut now = Duration::ZERO;
        loop {
            hub.handle_timeout(now);
            self.carry(hub, now);
            if hub.is_done() {
                break;
            }
            let arrival = self.queue.peek().map(|Reverse((at, _))| *at);
            let next = [arrival, hub.poll_timeout()].into_iter().flatten().min();
            let Some(next) = next else { break };
            now = now.max(next);
            if now > limit {
                hub.stop("the time limit was reached", now);
                break;
            }
            while let Some(&Reverse((at, number))) = self.queue.peek() {
                if at > now {
                    break;
                }
                self.queue.pop();
                if let Some(carried) = self.carried.remove(&number) {
                    self.deliver(hub, carried, now);
                    self.carry(hub, now);
                }
            }
        }
        self.trace.finish()
    }

    /// 0.0 to 1.0.
    fn chance(&mut self) -> f64 {
        (self.random.number() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn send(&mut self, at: Duration, carried: Carried) {
        self.sent += 1;
        self.queue.push(Reverse((at, self.sent)));
        self.carried.insert(self.sent, carried);
    }

    fn find(&self, address: SocketAddr) -> Option<usize> {
        self.locals.iter().position(|local| local.sip == address || local.msrp == address)
    }

    fn carry(&mut self, hub: &mut Hub, now: Duration) {
        while let Some(output) = hub.poll_output() {
            let arrival = now + self.weather.latency;
            match output {
                Output::Sip { endpoint, to, bytes } => self.carry_sip(endpoint, to, bytes, now),
                Output::Connect { player, leg, address, endpoint, .. } => {
                    if self.find(address).is_none() {
                        self.send(arrival, Carried::Refused { player, leg });
                        continue;
                    }
                    let connection = self.pipe(now);
                    let from = SocketAddr::new(self.locals[endpoint].msrp.ip(), 40_000 + (connection % 20_000) as u16);
                    self.trace.open(now, connection, from, address);
                    self.send(arrival, Carried::Connected { player, leg, connection });
                }
                Output::Write { connection, bytes } => {
                    let is_client = connection % 2 == 1;
                    self.trace.data(now, active_end(connection), is_client, &bytes);
                    let at = self.in_order(connection, arrival);
                    self.send(at, Carried::Msrp { connection: other_end(connection), bytes });
                }
                Output::Close { connection } => {
                    self.trace.close(now, active_end(connection), connection % 2 == 1);
                    let at = self.in_order(connection, arrival);
                    self.send(at, Carried::Closed { connection: other_end(connection) });
                }
            }
        }
    }

    fn pipe(&mut self, now: Duration) -> ConnectionId {
        let connection = self.next;
        self.next += 2;
        for end in [connection, other_end(connection)] {
            self.pipes.insert(end, Pipe { busy_until: now });
        }
        connection
    }

    /// Bytes of a connection do not overtake each other.
    fn in_order(&mut self, connection: ConnectionId, arrival: Duration) -> Duration {
        let Some(pipe) = self.pipes.get_mut(&connection) else { return arrival };
        pipe.busy_until = pipe.busy_until.max(arrival);
        pipe.busy_until
    }

    fn carry_sip(&mut self, endpoint: usize, to: Hop, bytes: Vec<u8>, now: Duration) {
        let arrival = now + self.weather.latency;
        let local = self.locals[endpoint];
        if local.transport == Transport::Udp {
            let from = local.sip;
            self.trace.datagram(now, from, to.address, &bytes);
            if self.chance() < self.weather.loss {
                self.lost += 1;
                return;
            }
            let jitter = self.weather.jitter.mul_f64(self.chance());
            if let Some(endpoint) = self.find(to.address) {
                self.send(arrival + jitter, Carried::Datagram { endpoint, from, bytes });
            }
            return;
        }
        let known = Some(to.flow).filter(|flow| self.owners.contains_key(flow));
        let flow = match known.or_else(|| self.flows.get(&(endpoint, to.address)).copied()) {
            Some(flow) => flow,
            None => {
                let Some(far) = self.find(to.address) else { return };
                let flow = self.pipe(now);
                let from = SocketAddr::new(local.sip.ip(), 30_000 + (flow % 10_000) as u16);
                self.trace.open(now, flow, from, to.address);
                self.flows.insert((endpoint, to.address), flow);
                self.owners.insert(flow, (endpoint, to.address));
                self.owners.insert(other_end(flow), (far, from));
                flow
            }
        };
        self.trace.data(now, active_end(flow), flow % 2 == 1, &bytes);
        let at = self.in_order(flow, arrival);
        let far = other_end(flow);
        if let Some(&(endpoint, address)) = self.owners.get(&far) {
            self.send(at, Carried::Sip { endpoint, from: Hop { address, flow: far }, bytes });
        }
    }

    fn deliver(&mut self, hub: &mut Hub, carried: Carried, now: Duration) {
        match carried {
            Carried::Datagram { endpoint, from, bytes } => hub.handle_datagram(now, endpoint, from, &bytes),
            Carried::Sip { endpoint, from, bytes } => hub.handle_sip_bytes(now, endpoint, from, &bytes),
            Carried::Connected { player, leg, connection } => hub.handle_connected(now, player, leg, connection),
            Carried::Refused { player, leg } => hub.handle_refused(now, player, leg, "nobody is there"),
            Carried::Msrp { connection, bytes } => hub.handle_msrp_bytes(now, connection, &bytes),
            Carried::Closed { connection } => hub.handle_closed(now, connection, "the far end closed the connection"),
        }
    }
}

/// The other end of a connection: 1 and 2, 3 and 4, …
fn other_end(connection: ConnectionId) -> ConnectionId {
    if connection % 2 == 1 { connection + 1 } else { connection - 1 }
}

/// The trace knows a connection by its active end.
fn active_end(connection: ConnectionId) -> ConnectionId {
    if connection % 2 == 1 { connection } else { connection - 1 }
}
