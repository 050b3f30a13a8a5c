//! 2xx without an ACK (RFC 3261 §13.2.2.4): which of them are certain.

use crate::net::Transport;
use crate::rules::Case;
use crate::session::Leg;
use crate::wire::MessageId;

/// What is known of the ACK of a leg that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    Seen,
    /// It did not come, and would have been captured.
    Missing,
    Unknown,
}

/// The 2xx to the INVITE of a leg, and what became of its ACK; `None` for a leg whose INVITE was not captured or not accepted.
pub fn acknowledgement(case: &Case<'_>, leg: &Leg) -> Option<(MessageId, Acknowledgement)> {
    let (answer, 200..=299) = leg.answered? else { return None };
    leg.invited?;
    if leg.established.is_some() {
        return Some((answer, Acknowledgement::Seen));
    }
    // Over UDP the ACK may have been missed: whoever waits for it sends the 2xx again.
    let is_tcp = case.messages().flow(&case.messages()[answer]).transport == Transport::Tcp;
    let again = |id: &&MessageId| **id > answer && case.sessions().is_retransmission(**id);
    let is_told = is_tcp || leg.messages.iter().any(|id| again(&id));
    let wait = case.profile.timings.sip_transaction;
    let ended_after = leg.ended.map(|(bye, _)| case.seconds_between(answer, bye));
    // A dialog that is used goes on without the ACK all the same.
    let is_used = leg.msrp.is_some() && ended_after.is_some_and(|seconds| seconds > 1.0);
    let is_over = is_used || case.seconds_captured_after(answer) > wait;
    let is_missing = !case.lossy && is_told && ended_after.is_none_or(|seconds| seconds >= 1.0) && is_over;
    Some((answer, if is_missing { Acknowledgement::Missing } else { Acknowledgement::Unknown }))
}
