//! Connections: SIP and MSRP, over TCP and TLS.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Interest, Token};

use super::{Connection, Driver, HANDSHAKE, MAX_CONNECTIONS, MAX_UNSENT_BYTES, READS_PER_TURN, SOCKETS, Use};
use crate::replay::hub::Hub;
use crate::replay::local::Transport;
use crate::replay::player::{ConnectionId, Hop};
use crate::replay::tls::{self, Tls};

impl Driver {
    pub(super) fn accept(&mut self, hub: &mut Hub, number: usize, what: Use, now: Duration) {
        loop {
            let endpoint = &self.endpoints[number];
            let (listener, local, socket) = match what {
                Use::Sip => (endpoint.sip.as_ref(), endpoint.local.sip, 1),
                Use::Msrp => (Some(&endpoint.msrp), endpoint.local.msrp, 2),
                Use::Msrps => (endpoint.msrps.as_ref(), endpoint.local.msrps.unwrap_or(endpoint.local.msrp), 3),
            };
            let Some(listener) = listener else { return };
            match listener.accept() {
                Ok((stream, peer)) if self.connections.len() < MAX_CONNECTIONS => {
                    let config = self.tls.as_ref();
                    let tls = match what {
                        Use::Sip if endpoint.local.transport == Transport::Tls => config.map(tls::Config::server),
                        Use::Msrps => config.map(tls::Config::msrp_server),
                        Use::Sip | Use::Msrp => None,
                    };
                    // Without a certificate nobody can be served.
                    if tls.as_ref().is_some_and(Option::is_none) {
                        continue;
                    }
                    // When both ends are ours, the one that opened it is recorded.
                    let is_inner = self.own.contains(&peer);
                    if let Some(trace) = self.trace.as_mut().filter(|_| !is_inner) {
                        trace.open(now, self.next, peer, local);
                    }
                    let id = self.add(stream, what, number, peer, None, tls.flatten(), now);
                    if let Some(connection) = self.connections.get_mut(&id) {
                        (connection.connected, connection.is_inner) = (true, is_inner);
                    }
                    self.ready_connection(hub, id, now);
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {
                    // Too many open files, say: nobody tells when there is room again, so it is tried every turn.
                    self.stalled.push(Token(number * SOCKETS + socket));
                    return;
                }
            }
        }
    }

    /// Opens an MSRP connection; else tells why not. `tls`: over TLS, and the fingerprints that the far end told of its certificate.
    pub(super) fn open_msrp(
        &mut self,
        endpoint: usize,
        asked: (usize, usize),
        address: SocketAddr,
        tls: Option<Vec<String>>,
        now: Duration,
    ) -> Result<(), String> {
        let (what, tls) = match tls {
            None => (Use::Msrp, None),
            Some(told) => {
                let tls = self.tls.as_ref().and_then(|config| config.msrp_client(address.ip(), told));
                let none = "no TLS: the far end told no a=fingerprint, and there are no certificates to trust (--ca)";
                (Use::Msrps, Some(tls.ok_or(none)?))
            }
        };
        let stream = TcpStream::connect(address).map_err(|error| format!("{address} cannot be reached: {error}"))?;
        self.add(stream, what, endpoint, address, Some(asked), tls, now);
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "what makes a connection is that much")]
    pub(super) fn add(
        &mut self,
        mut stream: TcpStream,
        what: Use,
        endpoint: usize,
        peer: SocketAddr,
        asked: Option<(usize, usize)>,
        tls: Option<Tls>,
        now: Duration,
    ) -> ConnectionId {
        let id = self.next;
        self.next += 1;
        if tls.is_some() {
            self.handshakes.push_back((now + HANDSHAKE, id));
        }
        let _ = stream.set_nodelay(true);
        let interest = Interest::READABLE | Interest::WRITABLE;
        let _ = self.poll.registry().register(&mut stream, Token(id as usize), interest);
        let is_client = asked.is_some();
        if is_client && let Ok(local) = stream.local_addr() {
            self.own.insert(local);
        }
        let connection = Connection {
            stream,
            tls,
            what,
            endpoint,
            peer,
            is_client,
            is_inner: false,
            connected: false,
            secured: false,
            asked,
            unsent: vec![],
            sent: 0,
            closing: false,
        };
        self.connections.insert(id, connection);
        id
    }

    pub(super) fn ready_connection(&mut self, hub: &mut Hub, id: ConnectionId, now: Duration) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if !connection.connected {
            match connection.stream.take_error() {
                Ok(None) => {}
                Ok(Some(error)) | Err(error) => return self.lost(hub, id, &format!("cannot be reached: {error}"), now),
            }
            match connection.stream.peer_addr() {
                Ok(_) => {}
                Err(_) => return,
            }
            connection.connected = true;
            let local = connection.stream.local_addr().unwrap_or(connection.peer);
            if let Some(trace) = &mut self.trace {
                trace.open(now, id, local, connection.peer);
            }
        }
        if let Err(error) = self.flush(id, now) {
            return self.lost(hub, id, &format!("connection broken: {error}"), now);
        }
        self.settle_connection(hub, id, now);
        self.read(hub, id, now);
    }

    /// Tells the hub of a connection for MSRP, once both ends know each other.
    fn settle_connection(&mut self, hub: &mut Hub, id: ConnectionId, now: Duration) {
        let Some(connection) = self.connections.get_mut(&id).filter(|one| one.connected && !one.secured) else {
            return;
        };
        if connection.tls.as_ref().is_some_and(Tls::is_handshaking) {
            return;
        }
        connection.secured = true;
        if connection.what == Use::Sip {
            return;
        }
        if let Some(tls) = &connection.tls {
            hub.handle_secured(id, tls.peer_certificate());
        }
        if let Some((player, leg)) = connection.asked {
            hub.handle_connected(now, player, leg, id);
            self.carry(hub, now);
        }
    }

    /// Connections over TLS whose handshake takes too long are given up.
    pub(super) fn end_handshakes(&mut self, hub: &mut Hub, now: Duration) {
        while let Some((_, id)) = self.handshakes.pop_front_if(|(until, _)| *until <= now) {
            if self.connections.get(&id).is_some_and(|connection| !connection.secured) {
                self.lost(hub, id, &format!("no TLS handshake in {} s", HANDSHAKE.as_secs()), now);
            }
        }
    }

    pub(super) fn read(&mut self, hub: &mut Hub, id: ConnectionId, now: Duration) {
        let mut buffer = [0; 16 * 1024];
        for turn in 0..=READS_PER_TURN {
            let Some(connection) = self.connections.get_mut(&id) else { return };
            if turn == READS_PER_TURN {
                self.again.push(Token(id as usize));
                return;
            }
            let read = match &mut connection.tls {
                Some(tls) => tls.read(&mut connection.stream, &mut buffer),
                None => connection.stream.read(&mut buffer),
            };
            self.settle_connection(hub, id, now);
            let Some(connection) = self.connections.get_mut(&id) else { return };
            match read {
                Ok(0) => return self.lost(hub, id, "the far end closed the connection", now),
                Ok(len) => {
                    let (what, endpoint, peer) = (connection.what, connection.endpoint, connection.peer);
                    let (from_client, is_inner) = (!connection.is_client, connection.is_inner);
                    if let Some(trace) = self.trace.as_mut().filter(|_| !is_inner) {
                        trace.data(now, id, from_client, &buffer[..len]);
                    }
                    match what {
                        Use::Sip => {
                            hub.handle_sip_bytes(now, endpoint, Hop { address: peer, flow: id }, &buffer[..len])
                        }
                        Use::Msrp | Use::Msrps => hub.handle_msrp_bytes(now, id, &buffer[..len]),
                    }
                    self.carry(hub, now);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return self.lost(hub, id, &format!("connection broken: {error}"), now),
            }
        }
        // A handshake may have something to say.
        let _ = self.flush(id, now);
    }

    /// A connection is no more.
    pub(super) fn lost(&mut self, hub: &mut Hub, id: ConnectionId, why: &str, now: Duration) {
        let Some(mut connection) = self.connections.remove(&id) else { return };
        let _ = self.poll.registry().deregister(&mut connection.stream);
        if let Some(trace) = &mut self.trace {
            trace.close(now, id, !connection.is_client);
        }
        match (connection.what, connection.asked, connection.secured) {
            (Use::Sip, ..) => {
                self.endpoints[connection.endpoint].flows.retain(|_, flow| *flow != id);
                hub.handle_unreachable(now, connection.endpoint, Hop { address: connection.peer, flow: id }, why);
            }
            (_, Some((player, leg)), false) => hub.handle_refused(now, player, leg, why),
            _ => hub.handle_closed(now, id, why),
        }
        self.carry(hub, now);
    }

    pub(super) fn flush(&mut self, id: ConnectionId, now: Duration) -> io::Result<()> {
        let Some(connection) = self.connections.get_mut(&id).filter(|connection| connection.connected) else {
            return Ok(());
        };
        while connection.sent < connection.unsent.len() || connection.tls.is_some() {
            let rest = &connection.unsent[connection.sent..];
            let written = match &mut connection.tls {
                Some(tls) => tls.write(&mut connection.stream, rest),
                None => connection.stream.write(rest),
            };
            match written {
                Ok(0) if rest.is_empty() => break,
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(len) => {
                    if let Some(trace) = self.trace.as_mut().filter(|_| !connection.is_inner) {
                        trace.data(now, id, connection.is_client, &rest[..len]);
                    }
                    connection.sent += len;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        connection.unsent.clear();
        connection.sent = 0;
        if connection.closing {
            let _ = connection.stream.shutdown(std::net::Shutdown::Write);
            self.forget(id, now);
        }
        Ok(())
    }

    /// Closes a connection of ours.
    pub(super) fn forget(&mut self, id: ConnectionId, now: Duration) {
        if let Some(mut connection) = self.connections.remove(&id) {
            let _ = self.poll.registry().deregister(&mut connection.stream);
            if let Some(trace) = &mut self.trace {
                trace.close(now, id, connection.is_client);
            }
        }
    }

    pub(super) fn write(&mut self, hub: &mut Hub, id: ConnectionId, bytes: &[u8], now: Duration) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if connection.unsent.len() - connection.sent + bytes.len() > MAX_UNSENT_BYTES {
            return self.lost(hub, id, "the far end does not read", now);
        }
        connection.unsent.extend_from_slice(bytes);
        if self.flush(id, now).is_err() {
            self.lost(hub, id, "connection broken", now);
        }
    }
}
