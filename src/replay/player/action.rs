//! What a player wants done by whoever carries its messages.

use std::net::SocketAddr;

/// A connection, by the number its driver gave it.
pub type ConnectionId = u64;

/// Where a SIP message goes or came from. `flow` is the connection, or 0: over UDP, or where one is still to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    pub address: SocketAddr,
    pub flow: ConnectionId,
}

/// What the player wants done.
#[derive(Clone, Debug)]
pub enum Action {
    Sip {
        to: Hop,
        bytes: Vec<u8>,
    },
    /// Opens an MSRP connection for a leg; then comes [`Player::handle_connected`] or [`Player::handle_closed`].
    Connect {
        leg: usize,
        address: SocketAddr,
        /// Over TLS, and the fingerprints that the far end told of its certificate.
        tls: Option<Vec<String>>,
    },
    Msrp {
        connection: ConnectionId,
        bytes: Vec<u8>,
    },
    /// Closes an MSRP connection once all is written.
    Close {
        connection: ConnectionId,
        leg: usize,
    },
    /// Messages with this Call-ID are for this player.
    Call {
        call_id: String,
    },
    /// So are invitations with this Contribution-ID.
    Group {
        contribution_id: String,
    },
    /// Messages to this MSRP session are for this leg.
    Session {
        session_id: String,
        leg: usize,
    },
}
