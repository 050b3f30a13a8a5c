//! SIP of the hub: datagrams and streams cut into messages, players found by Call-ID, strangers answered.

use std::net::SocketAddr;
use std::time::Duration;

use super::{Hub, Output};
use crate::replay::plain;
use crate::replay::player::{Hop, Player};
use crate::wire::cut::Cut;
use crate::wire::sip::{self, Message, Name};

impl Hub {
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
        let known = self.calls.get(endpoint).and_then(|calls| calls.get(&*call_id)).copied();
        let is_request = message.method().is_some();
        let number = known.or_else(|| if is_request { self.adopt(now, endpoint, &message) } else { None });
        let Some((number, player)) = number.and_then(|number| Some((number, self.player(number)?))) else {
            self.strangers += 1;
            if is_request {
                self.answer_stranger(endpoint, from, &message);
            }
            return;
        };
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
            slot.player().filter(|_| slot.endpoint == endpoint && slot.start <= now)?.interest(message)
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
                if self.slots[number].player().is_some_and(Player::is_untouched) {
                    break;
                }
            }
        }
        let (_, number, leg) = best?;
        let player = self.player(number)?;
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
            let is_there = self.slots[number].endpoint == endpoint;
            if let Some(player) = self.player(number).filter(|_| is_there) {
                player.handle_unreachable(now, to, why);
                self.after(number, now);
            }
        }
    }
}
