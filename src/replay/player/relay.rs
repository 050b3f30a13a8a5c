//! MSRP through a relay (RFC 4976): before a client offers or answers, it asks the relay for a path and keeps the connection.

use std::net::SocketAddr;
use std::time::Duration;

use super::*;
use crate::replay::digest::{Challenge, Credentials};
use crate::replay::sip_template::SipTemplate;
use crate::wire::msrp;

/// How far a leg is with its relay.
#[derive(Clone, Debug, Default)]
pub(super) enum Relay {
    #[default]
    None,
    /// The step waits that would tell the far end the path.
    Connecting(usize),
    Asking {
        step: usize,
        connection: ConnectionId,
        id: String,
        authorized: bool,
    },
    Ready {
        connection: ConnectionId,
        /// URIs of relays, nearest first.
        use_path: String,
        address: SocketAddr,
    },
    Failed,
}

impl Relay {
    /// The connection to the relay, also while the path is asked for.
    pub(super) fn connection(&self) -> Option<ConnectionId> {
        match self {
            Relay::Asking { connection, .. } | Relay::Ready { connection, .. } => Some(*connection),
            Relay::None | Relay::Connecting(_) | Relay::Failed => None,
        }
    }
}

impl Player {
    /// Does a step have to wait for the relay's path? Asks for it the first time.
    pub(super) fn waits_for_relay(&mut self, step: usize, template: &SipTemplate) -> bool {
        let Some(address) = self.settings.relay.filter(|_| self.score.plan.side == Side::Clients) else { return false };
        let leg = self.score.plan.steps[step].leg;
        match self.legs[leg].relay {
            Relay::Ready { .. } | Relay::Failed => false,
            Relay::Connecting(_) | Relay::Asking { .. } => true,
            Relay::None if template.media.as_ref().is_none_or(|media| media.port == Some(0)) => false,
            Relay::None => {
                self.own_media(leg, template);
                self.legs[leg].relay = Relay::Connecting(step);
                self.legs[leg].connecting = true;
                // A relay is a server, and shows who it is as servers do.
                let tls = self.legs[leg].own_tls.then(Vec::new);
                self.actions.push_back(Action::Connect { leg, address, tls });
                true
            }
        }
    }

    /// The connection to the relay stands; false: it was not for the relay.
    pub(super) fn relay_connected(&mut self, leg: usize, connection: ConnectionId) -> bool {
        let Relay::Connecting(step) = self.legs[leg].relay else { return false };
        self.ask_relay(leg, step, connection, None);
        true
    }

    fn ask_relay(&mut self, leg: usize, step: usize, connection: ConnectionId, authorization: Option<String>) {
        let id = self.ids.fresh.hex(16);
        let uri = self.relay_uri();
        let own = self.own_uri(leg);
        let mut text = format!("MSRP {id} AUTH\r\nTo-Path: {uri}\r\nFrom-Path: {own}\r\n");
        let authorized = authorization.is_some();
        if let Some(value) = authorization {
            text.push_str(&format!("Authorization: {value}\r\n"));
        }
        text.push_str(&format!("-------{id}$\r\n"));
        self.legs[leg].relay = Relay::Asking { step, connection, id, authorized };
        self.actions.push_back(Action::Msrp { connection, bytes: text.into_bytes() });
    }

    fn relay_uri(&self) -> String {
        let scheme = if self.settings.msrp_tls { "msrps" } else { "msrp" };
        self.settings.relay.map(|address| format!("{scheme}://{address};tcp")).unwrap_or_default()
    }

    /// What the relay answers; false: the response was not its.
    pub(super) fn relay_answered(&mut self, leg: usize, message: &msrp::Message<'_>, now: Duration) -> bool {
        let Relay::Asking { step, connection, id, authorized } = self.legs[leg].relay.clone() else { return false };
        if message.transaction_id() != id {
            return false;
        }
        let status = message.status().unwrap_or(0);
        let challenge = message.header("WWW-Authenticate").and_then(|value| Challenge::parse(&value));
        match (status, challenge, self.settings.password.clone(), message.header("Use-Path")) {
            (401, Some(challenge), Some(password), _) if !authorized => {
                let sender = self.score.plan.legs[leg].participant.clone();
                let who = Credentials::of(self.settings.user.as_deref(), &password, &sender);
                let cnonce = self.ids.fresh.hex(16);
                let answer = challenge.answer(&who, "AUTH", &self.relay_uri(), &cnonce, 1);
                self.ask_relay(leg, step, connection, Some(answer));
            }
            (200, _, _, Some(use_path)) => {
                let use_path = use_path.trim().to_owned();
                let relay = self.settings.relay;
                let address = relay.and_then(|relay| self.route.resolve_path(&use_path, relay.ip())).or(relay);
                let Some(address) = address else { return true };
                self.legs[leg].own_path = format!("{use_path} {}", self.own_uri(leg));
                self.legs[leg].relay = Relay::Ready { connection, use_path, address };
                self.legs[leg].connecting = false;
                self.push(now, Task::Run(step));
            }
            _ => _ = self.relay_failed(leg, &format!("it answers AUTH with {status}"), now),
        }
        true
    }

    /// The relay cannot be used; false: it was not waited for.
    pub(super) fn relay_failed(&mut self, leg: usize, why: &str, now: Duration) -> bool {
        let (Relay::Connecting(step) | Relay::Asking { step, .. }) = self.legs[leg].relay else { return false };
        self.legs[leg].relay = Relay::Failed;
        let why = format!("MSRP relay: {why}");
        self.settle(step, Outcome::NotRun { why }, false, now);
        true
    }

    /// The connection to the relay, once the path is known.
    pub(super) fn relay_connection(&self, leg: usize) -> Option<ConnectionId> {
        match &self.legs[leg].relay {
            Relay::Ready { connection, .. } => Some(*connection),
            _ => None,
        }
    }

    /// Our URI without relays before it.
    pub(super) fn own_uri(&self, leg: usize) -> String {
        let path = &self.legs[leg].own_path;
        path.split_ascii_whitespace().next_back().unwrap_or_default().to_owned()
    }

    /// The way to the far end: through our relays, then along its path.
    pub(super) fn to_path(&self, leg: usize) -> String {
        match &self.legs[leg].relay {
            Relay::Ready { use_path, .. } => format!("{use_path} {}", self.legs[leg].peer_path),
            _ => self.legs[leg].peer_path.clone(),
        }
    }

    /// Where SDP of ours says that connections arrive.
    pub(super) fn media_address(&self, leg: usize) -> SocketAddr {
        match &self.legs[leg].relay {
            Relay::Ready { address, .. } => *address,
            _ => self.msrp_address(leg),
        }
    }
}
