//! The driver: the sockets and the one real clock. Everything it decides is when to read, when to write, and when to stop.

mod connections;
mod datagrams;
#[cfg_attr(not(target_os = "linux"), path = "inbox_portable.rs")]
mod inbox;

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use hashbrown::{HashMap, HashSet};
use mio::net::{TcpListener, TcpStream, UdpSocket};
use mio::{Events, Interest, Poll, Token};

use self::inbox::Inbox;
use super::hub::{Hub, Output};
use super::local::{Local, Transport};
use super::player::{ConnectionId, Hop};
use super::tls::{self, Tls};
use super::trace::Trace;
use crate::capture::{AtomicFile, PcapngWriter};

/// Reads of one socket before the others have their turn: a flood does not lock them out.
const READS_PER_TURN: usize = 64;
/// Datagrams that are read at once.
const DATAGRAMS_PER_READ: usize = 32;
/// Connections that are held open at once; further ones are closed. The systems' limits are often 1,024 file descriptors.
const MAX_CONNECTIONS: usize = 100_000;
/// Bytes that wait for a far end that does not read.
const MAX_UNSENT_BYTES: usize = 64 * 1024 * 1024;
/// So long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Longest time without a look at the clock and the user's wishes.
const TURN: Duration = Duration::from_millis(50);
/// With many players time goes on in steps: what arrives and falls due within one is done at once, and what is sent then goes out
/// together. Of what a call costs, a wake-up is as much as three datagrams, and so is that of the far end.
const GATHER_FROM_PLAYERS: usize = 100;
const GATHER: Duration = Duration::from_millis(1);
/// So long what is written is still sent when all is done.
const FLUSH: Duration = Duration::from_millis(500);

/// The sockets of one side.
struct Endpoint {
    local: Local,
    udp: Option<UdpSocket>,
    sip: Option<TcpListener>,
    msrp: TcpListener,
    /// MSRP over TLS, if there is a certificate.
    msrps: Option<TcpListener>,
    /// SIP connections that were made, by where to.
    flows: HashMap<SocketAddr, ConnectionId>,
    /// Datagrams that the system would not take.
    unsent: Vec<(SocketAddr, Vec<u8>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Sip,
    Msrp,
    /// MSRP over TLS.
    Msrps,
}

struct Connection {
    stream: TcpStream,
    tls: Option<Tls>,
    what: Use,
    endpoint: usize,
    peer: SocketAddr,
    /// Did we open it?
    is_client: bool,
    /// The other end is ours, too, and is the one that is recorded.
    is_inner: bool,
    connected: bool,
    /// Over TLS: both ends know each other.
    secured: bool,
    /// Player and leg that asked for it.
    asked: Option<(usize, usize)>,
    unsent: Vec<u8>,
    sent: usize,
    closing: bool,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Done,
    TimedOut,
    Interrupted,
}

/// Sockets, clock, and the trace of what goes over them.
pub struct Driver {
    poll: Poll,
    endpoints: Vec<Endpoint>,
    connections: HashMap<ConnectionId, Connection>,
    next: ConnectionId,
    start: Instant,
    started_at: SystemTime,
    trace: Option<Trace<AtomicFile>>,
    /// The trace, once it is complete.
    kept: Option<Trace<AtomicFile>>,
    tls: Option<tls::Config>,
    /// Connections over TLS that are to be secured by then, in the order of time.
    handshakes: VecDeque<(Duration, ConnectionId)>,
    /// Local addresses of connections that we opened.
    own: HashSet<SocketAddr>,
    /// Listeners that could not accept.
    stalled: Vec<Token>,
    /// Sockets that were not read to their end.
    again: Vec<Token>,
    inbox: Inbox,
}

/// Tokens of an endpoint: UDP, and the listeners of SIP, MSRP, and MSRP over TLS.
const SOCKETS: usize = 4;
const FIRST_CONNECTION: ConnectionId = 1_000;

impl Driver {
    /// `tls`: for SIP and MSRP over TLS.
    pub fn new(tls: Option<tls::Config>) -> io::Result<Driver> {
        Ok(Driver {
            poll: Poll::new()?,
            endpoints: vec![],
            connections: HashMap::new(),
            next: FIRST_CONNECTION,
            start: Instant::now(),
            started_at: SystemTime::now(),
            trace: None,
            kept: None,
            tls,
            handshakes: VecDeque::new(),
            own: HashSet::new(),
            stalled: vec![],
            again: vec![],
            inbox: Inbox::new(DATAGRAMS_PER_READ),
        })
    }

    /// Opens the sockets of one side. Port 0: any that is free.
    pub fn bind(&mut self, sip: SocketAddr, transport: Transport) -> io::Result<(usize, Local)> {
        let number = self.endpoints.len();
        let base = number * SOCKETS;
        let registry = self.poll.registry();
        let (mut udp, mut listener) = (None, None);
        let sip = if transport == Transport::Udp {
            let mut socket = UdpSocket::bind(sip)?;
            registry.register(&mut socket, Token(base), Interest::READABLE | Interest::WRITABLE)?;
            Inbox::prepare(&socket);
            let address = socket.local_addr()?;
            udp = Some(socket);
            address
        } else {
            let mut socket = TcpListener::bind(sip)?;
            registry.register(&mut socket, Token(base + 1), Interest::READABLE)?;
            let address = socket.local_addr()?;
            listener = Some(socket);
            address
        };
        let mut msrp = TcpListener::bind(SocketAddr::new(sip.ip(), 0))?;
        registry.register(&mut msrp, Token(base + 2), Interest::READABLE)?;
        let mut msrps = None;
        if self.tls.as_ref().is_some_and(|tls| tls.fingerprint().is_some()) {
            let mut listener = TcpListener::bind(SocketAddr::new(sip.ip(), 0))?;
            registry.register(&mut listener, Token(base + 3), Interest::READABLE)?;
            msrps = Some(listener);
        }
        let secure = msrps.as_ref().map(TcpListener::local_addr).transpose()?;
        let local = Local { sip, msrp: msrp.local_addr()?, msrps: secure, transport };
        let (flows, unsent) = (HashMap::new(), vec![]);
        self.endpoints.push(Endpoint { local, udp, sip: listener, msrp, msrps, flows, unsent });
        Ok((number, local))
    }

    /// From now on everything is also written to a capture.
    pub fn record(&mut self, writer: PcapngWriter<AtomicFile>) {
        self.trace = Some(Trace::new(writer, self.started_at));
    }

    /// The trace, to be saved.
    pub fn take_trace(&mut self) -> Option<io::Result<PcapngWriter<AtomicFile>>> {
        self.kept.take().or_else(|| self.trace.take()).map(Trace::finish)
    }

    /// Runs until all is done, the time is over, or `interrupted` is set.
    pub fn run(
        &mut self,
        hub: &mut Hub,
        limit: Duration,
        interrupted: &Arc<AtomicBool>,
        mut each_turn: impl FnMut(&Hub, Duration),
    ) -> io::Result<End> {
        let mut events = Events::with_capacity(1024);
        let mut end = End::Done;
        let (mut flush_until, mut stopped_at) = (None, None);
        self.start = Instant::now();
        self.started_at = SystemTime::now();
        loop {
            let now = self.start.elapsed();
            hub.handle_timeout(now);
            self.carry(hub, now);
            self.end_handshakes(hub, now);
            each_turn(hub, now);
            if end == End::Done && interrupted.load(Ordering::Relaxed) {
                end = End::Interrupted;
                hub.stop("interrupted", now);
                self.carry(hub, now);
            } else if end == End::Done && now >= limit {
                end = End::TimedOut;
                hub.stop(&format!("the time limit of {} s was reached", limit.as_secs()), now);
                self.carry(hub, now);
            }
            // How sessions that stand at the end are taken down belongs to no session.
            if self.trace.is_some() && hub.all_finished() && end == End::Done {
                self.keep_trace();
            }
            if hub.is_done() {
                let idle = self.connections.values().all(|one| one.unsent.is_empty());
                let until = *flush_until.get_or_insert(now + FLUSH);
                if idle || now >= until {
                    return Ok(end);
                }
            }
            // Who does not answer a BYE is not waited for.
            let stopped = *stopped_at.get_or_insert(now);
            if end == End::Done {
                stopped_at = None;
            } else if now >= stopped + Duration::from_secs(5) {
                return Ok(end);
            }
            let wait = hub.poll_timeout().map_or(TURN, |at| at.saturating_sub(now)).min(TURN);
            let wait = if self.again.is_empty() { wait } else { Duration::ZERO };
            let gathered = if hub.running() >= GATHER_FROM_PLAYERS { GATHER } else { Duration::ZERO };
            std::thread::sleep(gathered);
            match self.poll.poll(&mut events, Some(wait.saturating_sub(gathered))) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            // Datagrams arrived since then.
            let mut since = now;
            let now = self.start.elapsed();
            let mut tokens: Vec<Token> = events.iter().map(|event| event.token()).collect();
            tokens.append(&mut self.again);
            tokens.append(&mut self.stalled);
            tokens.sort_unstable_by(|a, b| b.cmp(a));
            tokens.dedup();
            // Connections first: what a far end wrote before its BYE over UDP is to be read before it.
            for token in tokens {
                self.ready(hub, token, since, now);
                self.carry(hub, now);
                if is_connection(token) {
                    since = now;
                }
            }
        }
    }

    /// The trace ends here.
    fn keep_trace(&mut self) {
        self.kept = self.trace.take();
    }

    /// Something can be done with a socket. What arrived as a datagram did so between `since` and `now`.
    fn ready(&mut self, hub: &mut Hub, token: Token, since: Duration, now: Duration) {
        let number = token.0;
        if is_connection(token) {
            return self.ready_connection(hub, number as ConnectionId, now);
        }
        let endpoint = number / SOCKETS;
        match number % SOCKETS {
            0 => self.ready_udp(hub, endpoint, since, now),
            1 => self.accept(hub, endpoint, Use::Sip, now),
            2 => self.accept(hub, endpoint, Use::Msrp, now),
            _ => self.accept(hub, endpoint, Use::Msrps, now),
        }
    }

    /// Carries what the hub wants carried.
    fn carry(&mut self, hub: &mut Hub, now: Duration) {
        while let Some(output) = hub.poll_output() {
            match output {
                Output::Sip { endpoint, to, bytes } => self.send_sip(hub, endpoint, to, bytes, now),
                Output::Connect { endpoint, player, leg, address, tls } => {
                    if let Err(why) = self.open_msrp(endpoint, (player, leg), address, tls, now) {
                        hub.handle_refused(now, player, leg, &why);
                    }
                }
                Output::Write { connection, bytes } => self.write(hub, connection, &bytes, now),
                Output::Close { connection } => {
                    if let Some(open) = self.connections.get_mut(&connection) {
                        open.closing = true;
                        let _ = self.flush(connection, now);
                    }
                }
            }
        }
    }

    fn send_sip(&mut self, hub: &mut Hub, number: usize, to: Hop, bytes: Vec<u8>, now: Duration) {
        let transport = self.endpoints[number].local.transport;
        if transport == Transport::Udp {
            return self.send_datagram(number, to.address, bytes, now);
        }
        let known = Some(to.flow).filter(|flow| self.connections.contains_key(flow));
        let known = known.or_else(|| self.endpoints[number].flows.get(&to.address).copied());
        let flow = match known {
            Some(flow) => flow,
            None => match TcpStream::connect(to.address) {
                Ok(stream) => {
                    let is_tls = transport == Transport::Tls;
                    let tls = self.tls.as_ref().filter(|_| is_tls).and_then(|config| config.client(to.address.ip()));
                    if is_tls && tls.is_none() {
                        let why = "no TLS without certificates to trust (--ca)";
                        return hub.handle_unreachable(now, number, to, why);
                    }
                    let flow = self.add(stream, Use::Sip, number, to.address, Some((usize::MAX, 0)), tls, now);
                    self.endpoints[number].flows.insert(to.address, flow);
                    flow
                }
                Err(error) => return hub.handle_unreachable(now, number, to, &format!("cannot be reached: {error}")),
            },
        };
        self.write(hub, flow, &bytes, now);
    }
}

fn is_connection(token: Token) -> bool {
    token.0 >= FIRST_CONNECTION as usize
}

/// The address of this machine from which `target` is reached. Nothing is sent.
pub fn local_ip(target: SocketAddr) -> io::Result<IpAddr> {
    let any: SocketAddr = if target.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = std::net::UdpSocket::bind(any)?;
    socket.connect(target)?;
    Ok(socket.local_addr()?.ip())
}
