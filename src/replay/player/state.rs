//! What a player remembers of its steps, transactions and legs.

use std::time::Duration;

use hashbrown::HashMap;

use super::relay::Relay;
use super::{ConnectionId, Hop};
use crate::replay::dialog::Dialog;
use crate::replay::transaction::{Client, Server};
use crate::replay::verdict::Outcome;
use crate::wire::sdp::Setup;

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Open,
    /// Waited for in vain so far: others go on, and it may still come.
    Late,
    Settled,
}

pub(super) struct StepState {
    pub(super) progress: Progress,
    /// Predecessors that are not passed yet.
    pub(super) waiting: usize,
    pub(super) passed: bool,
    /// It may be sent from then on.
    pub(super) due: Option<Duration>,
    /// Until it is answered.
    pub(super) sent_at: Option<Duration>,
    /// What needs it can be.
    pub(super) holds: bool,
    pub(super) outcome: Option<Outcome>,
    /// Index into [`Player::servers`] of a request that came.
    pub(super) server: Option<usize>,
}

/// A request that was sent.
pub(super) struct ClientEntry {
    pub(super) transaction: Client,
    pub(super) leg: usize,
    /// `None` for one that was not planned.
    pub(super) step: Option<usize>,
    pub(super) method: String,
    pub(super) cseq: u32,
    pub(super) bytes: Vec<u8>,
    pub(super) to: Hop,
    /// How often credentials were sent.
    pub(super) attempts: usize,
}

/// A request that came.
pub(super) struct ServerEntry {
    pub(super) transaction: Server,
    pub(super) leg: usize,
    pub(super) method: String,
    pub(super) bytes: Vec<u8>,
    pub(super) from: Hop,
    pub(super) own_tag: String,
}

/// One leg while it is played.
#[derive(Default)]
pub(super) struct LegState {
    pub(super) begun: bool,
    pub(super) dialog: Dialog,
    /// From and To as we write them, for requests that no template has.
    pub(super) own_address: String,
    pub(super) peer_address: String,
    /// Who sent us the last message of the leg.
    pub(super) peer: Option<Hop>,
    /// The INVITE that we sent or got, by its place in `clients` or `servers`.
    pub(super) invite_client: Option<usize>,
    pub(super) invite_server: Option<usize>,
    /// Seconds of the session timer and the pause between refreshes, where they are ours to send.
    pub(super) refresh: Option<(u32, Duration)>,
    /// Our ACK, for a 2xx that comes again.
    pub(super) ack: Option<(u32, Vec<u8>, Hop)>,
    /// Our last offer or answer, for a re-INVITE that nobody planned.
    pub(super) sdp: Option<(String, Vec<u8>)>,
    pub(super) own_session_id: String,
    pub(super) own_path: String,
    pub(super) peer_path: String,
    /// MSRP goes over TLS: what the far end wishes, and what we told it.
    pub(super) peer_tls: bool,
    pub(super) own_tls: bool,
    /// What the far end told of its certificate.
    pub(super) peer_fingerprints: Vec<String>,
    /// Do we open the MSRP connection, by what both sides said?
    pub(super) own_setup: Option<Setup>,
    pub(super) peer_setup: Option<Setup>,
    pub(super) own_offers: bool,
    pub(super) connection: Option<ConnectionId>,
    pub(super) connecting: bool,
    pub(super) relay: Relay,
    /// Messages that come in chunks, by Message-ID.
    pub(super) partial: HashMap<String, Vec<u8>>,
    /// Transactions of ours on the MSRP connection: step and whether it is its last chunk.
    pub(super) msrp_sent: HashMap<String, (Option<usize>, bool)>,
    /// Next of the expected requests and messages to look at.
    pub(super) killed: bool,
}

impl LegState {
    /// Another fork of the leg's INVITE, before anything is known of its far end.
    pub(super) fn fork(&self, own_tag: String) -> LegState {
        LegState {
            begun: true,
            dialog: Dialog { own_tag, ..self.dialog.clone() },
            own_address: self.own_address.clone(),
            peer_address: self.peer_address.clone(),
            peer: self.peer,
            invite_client: self.invite_client,
            sdp: self.sdp.clone(),
            own_session_id: self.own_session_id.clone(),
            own_path: self.own_path.clone(),
            peer_path: self.peer_path.clone(),
            peer_tls: self.peer_tls,
            own_tls: self.own_tls,
            peer_fingerprints: self.peer_fingerprints.clone(),
            own_setup: self.own_setup,
            peer_setup: self.peer_setup,
            own_offers: self.own_offers,
            relay: self.relay.clone(),
            ..LegState::default()
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    Run(usize),
    Patience(usize),
    Client(usize),
    Server(usize),
    /// The leg's session is over: its MSRP connection is closed.
    CloseMsrp(usize),
    /// A session is to be refreshed.
    Refresh(usize),
    /// The run is over, and the far end had its time.
    HangUp,
    /// The leg is over: what is still open on it will not be.
    EndLeg(usize),
}
