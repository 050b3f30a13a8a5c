//! Datagrams as they arrive, where the system has no call that reads many of them: one by one, and they arrive when they are read.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::SystemTime;

use mio::net::UdpSocket;

/// Largest datagram.
const DATAGRAM_BYTES: usize = 65_535;

/// What datagrams are read into.
pub(super) struct Inbox {
    buffer: Box<[u8]>,
    datagrams: usize,
}

impl Inbox {
    /// For so many datagrams at once.
    pub(super) fn new(datagrams: usize) -> Inbox {
        Inbox { buffer: vec![0; DATAGRAM_BYTES].into_boxed_slice(), datagrams }
    }

    pub(super) fn prepare(_socket: &UdpSocket) {}

    /// Reads what has arrived: from where, when, and what. True: there may be more.
    pub(super) fn read(&mut self, socket: &UdpSocket, mut each: impl FnMut(SocketAddr, SystemTime, &[u8])) -> bool {
        for _ in 0..self.datagrams {
            match socket.recv_from(&mut self.buffer) {
                Ok((len, from)) => each(from, SystemTime::now(), &self.buffer[..len]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                // An ICMP message about an earlier datagram: the transaction's timers deal with it.
                Err(_) => {}
            }
        }
        true
    }
}
