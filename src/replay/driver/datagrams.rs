//! Datagrams: SIP over UDP.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use mio::Token;

use super::{Driver, SOCKETS};
use crate::replay::hub::Hub;

impl Driver {
    /// Hands what arrived to the hub, each with its time, which is never before `since`.
    pub(super) fn ready_udp(&mut self, hub: &mut Hub, number: usize, since: Duration, now: Duration) {
        let Driver { endpoints, trace, inbox, started_at, .. } = self;
        let Some(udp) = &endpoints[number].udp else { return };
        let local = endpoints[number].local.sip;
        let mut latest = since;
        let has_more = inbox.read(udp, |from, arrived, bytes| {
            let at = arrived.duration_since(*started_at).unwrap_or_default();
            // The clock may have been set meanwhile.
            latest = at.clamp(latest, now);
            if let Some(trace) = trace {
                trace.datagram(latest, from, local, bytes);
            }
            hub.handle_datagram(latest, number, from, bytes);
        });
        if has_more {
            self.again.push(Token(number * SOCKETS));
        }
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
