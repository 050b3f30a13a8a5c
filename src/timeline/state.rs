//! What a participant's timeline is made of: states, what caused them, and who says so.

use crate::wire::MessageId;

/// Where a participant stands in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Asked for by somebody (a list of recipients, a REFER), but no INVITE to the client was captured.
    Invited,
    /// The client's phone may ring: an INVITE reached it.
    Pending,
    Connected,
    Disconnected,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            State::Invited => "invited",
            State::Pending => "pending",
            State::Connected => "connected",
            State::Disconnected => "disconnected",
        }
    }
}

/// Why a participant came into a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Made the session.
    Initiated,
    Invited,
    /// Said yes to an invitation.
    Accepted,
    /// Invited by a REFER of another participant, and said yes.
    Added,
    /// Came by itself, for the first time.
    Joined,
    /// Came again while the session went on.
    Rejoined,
    /// Came again, and began the session anew.
    Restarted,
    /// Left by itself.
    Departed,
    /// Removed by the focus, alone; where a REFER asked for it, `by` says whose.
    Booted,
    /// Lost.
    Failed,
    /// Refused the invitation, or its own joining was refused.
    Declined,
    /// The invitation was taken back.
    Cancelled,
    /// The focus closed the session for all; between two clients, the other one hung up.
    Ended,
}

impl Cause {
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::Initiated => "initiated",
            Cause::Invited => "invited",
            Cause::Accepted => "accepted",
            Cause::Added => "added",
            Cause::Joined => "joined",
            Cause::Rejoined => "rejoined",
            Cause::Restarted => "restarted",
            Cause::Departed => "departed",
            Cause::Booted => "booted",
            Cause::Failed => "failed",
            Cause::Declined => "declined",
            Cause::Cancelled => "cancelled",
            Cause::Ended => "ended",
        }
    }
}

/// Who says so: the signalling itself, or a conference-info document by NOTIFY (RFC 4575) or over MSRP (spec 9.2.14.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    Signalling,
    Notify,
    Msrp,
}

impl Source {
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Signalling => "signalling",
            Source::Notify => "notify",
            Source::Msrp => "msrp",
        }
    }
}

/// A step of a participant's timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The message that shows it.
    pub at: MessageId,
    pub state: State,
    /// `None` where the capture does not show it.
    pub cause: Option<Cause>,
    /// The URI of who did it, where it was another participant.
    pub by: Option<String>,
    pub source: Source,
    /// What was not captured, so that time or cause are not certain.
    pub uncertain: Option<&'static str>,
}
