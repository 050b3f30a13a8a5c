//! Datagrams: SIP over UDP.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use mio::Token;

use super::{Driver, READS_PER_TURN, SOCKETS};
use crate::replay::hub::Hub;

impl Driver {
    pub(super) fn ready_udp(&mut self, hub: &mut Hub, number: usize, now: Duration) {
        let mut buffer = std::mem::take(&mut self.datagram);
        for turn in 0..=READS_PER_TURN {
            if turn == READS_PER_TURN {
                self.again.push(Token(number * SOCKETS));
                break;
            }
            let endpoint = &mut self.endpoints[number];
            let Some(udp) = &endpoint.udp else { break };
            match udp.recv_from(&mut buffer) {
                Ok((len, from)) => {
                    if let Some(trace) = &mut self.trace {
                        trace.datagram(now, from, endpoint.local.sip, &buffer[..len]);
                    }
                    hub.handle_datagram(now, number, from, &buffer[..len]);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // An ICMP message about an earlier datagram: the transaction's timers deal with it.
                Err(_) => {}
            }
        }
        self.datagram = buffer;
        let unsent = std::mem::take(&mut self.endpoints[number].unsent);
        for (to, bytes) in unsent {
            self.send_datagram(number, to, bytes, now);
        }
    }

    pub(super) fn send_datagram(&mut self, number: usize, to: SocketAddr, bytes: Vec<u8>, now: Duration) {
        let endpoint = &mut self.endpoints[number];
        let Some(udp) = &endpoint.udp else { return };
        match udp.send_to(&bytes, to) {
            Ok(_) => {
                if let Some(trace) = &mut self.trace {
                    trace.datagram(now, endpoint.local.sip, to, &bytes);
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock && endpoint.unsent.len() < 100_000 => {
                endpoint.unsent.push((to, bytes));
            }
            // Lost, as datagrams may be.
            Err(_) => {}
        }
    }
}
