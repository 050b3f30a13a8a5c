//! Connections: SIP over TCP and TLS, and MSRP.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Interest, Token};

use super::{Connection, Driver, MAX_CONNECTIONS, MAX_UNSENT_BYTES, READS_PER_TURN, SOCKETS, Use};
use crate::replay::hub::Hub;
use crate::replay::local::Transport;
use crate::replay::player::{ConnectionId, Hop};
use crate::replay::tls::{self, Tls};

impl Driver {
    pub(super) fn accept(&mut self, hub: &mut Hub, number: usize, what: Use, now: Duration) {
        loop {
            let endpoint = &self.endpoints[number];
            let listener = match what {
                Use::Sip => endpoint.sip.as_ref(),
                Use::Msrp => Some(&endpoint.msrp),
            };
            let Some(listener) = listener else { return };
            let local = if what == Use::Sip { endpoint.local.sip } else { endpoint.local.msrp };
            match listener.accept() {
                Ok((stream, peer)) if self.connections.len() < MAX_CONNECTIONS => {
                    let is_tls = what == Use::Sip && endpoint.local.transport == Transport::Tls;
                    let tls = self.tls.as_ref().filter(|_| is_tls).and_then(tls::Config::server);
                    if is_tls && tls.is_none() {
                        // Without a certificate nobody can be served.
                        continue;
                    }
                    // When both ends are ours, the one that opened it is recorded.
                    let is_inner = self.own.contains(&peer);
                    if let Some(trace) = self.trace.as_mut().filter(|_| !is_inner) {
                        trace.open(now, self.next, peer, local);
                    }
                    let id = self.add(stream, what, number, peer, None, tls);
                    if let Some(connection) = self.connections.get_mut(&id) {
                        (connection.connected, connection.is_inner) = (true, is_inner);
                    }
                    self.ready_connection(hub, id, now);
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {
                    // Too many open files, say: nobody tells when there is room again, so it is tried every turn.
                    self.stalled.push(Token(number * SOCKETS + if what == Use::Sip { 1 } else { 2 }));
                    return;
                }
            }
        }
    }

    pub(super) fn add(
        &mut self,
        mut stream: TcpStream,
        what: Use,
        endpoint: usize,
        peer: SocketAddr,
        asked: Option<(usize, usize)>,
        tls: Option<Tls>,
    ) -> ConnectionId {
        let id = self.next;
        self.next += 1;
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
            let (peer, asked, what) = (connection.peer, connection.asked, connection.what);
            let local = connection.stream.local_addr().unwrap_or(peer);
            if let Some(trace) = &mut self.trace {
                trace.open(now, id, local, peer);
            }
            if let (Use::Msrp, Some((player, leg))) = (what, asked) {
                hub.handle_connected(now, player, leg, id);
                self.carry(hub, now);
            }
        }
        if let Err(error) = self.flush(id, now) {
            return self.lost(hub, id, &format!("connection broken: {error}"), now);
        }
        self.read(hub, id, now);
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
                        Use::Msrp => hub.handle_msrp_bytes(now, id, &buffer[..len]),
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
        match (connection.what, connection.asked, connection.connected) {
            (Use::Sip, ..) => {
                self.endpoints[connection.endpoint].flows.retain(|_, flow| *flow != id);
                hub.handle_unreachable(now, connection.endpoint, Hop { address: connection.peer, flow: id }, why);
            }
            (Use::Msrp, Some((player, leg)), false) => hub.handle_refused(now, player, leg, why),
            (Use::Msrp, ..) => hub.handle_closed(now, id, why),
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
