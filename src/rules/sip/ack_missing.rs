use crate::net::Transport;
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// The 2xx to an INVITE is acknowledged by an ACK.
    ///
    /// ## Why it matters
    /// Without it the answering side sends the 2xx again for 32 s, and then ends the session.
    ///
    /// ## Example
    /// INVITE, 200, and only the 200 again and again: broken.
    ///
    /// ## Source
    /// RFC 3261 §13.2.2.4, §13.3.1.4
    /// Over UDP it is certain where the 2xx was sent again. Silent where packets are missing from the capture, and where it ends within 32 s.
    pub SIP_ACK_MISSING: Error = "sip-ack-missing", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    if case.lossy {
        return;
    }
    for (_, leg) in case.legs() {
        let Some((answer, 200..=299)) = leg.answered else { continue };
        if leg.established.is_some() || leg.invited.is_none() {
            continue;
        }
        // Over UDP the ACK may have been missed: whoever waits for it sends the 2xx again.
        let is_tcp = case.messages().flow(&case.messages()[answer]).transport == Transport::Tcp;
        let again = |id: &&MessageId| **id > answer && case.sessions().is_retransmission(**id);
        if !is_tcp && !leg.messages.iter().any(|id| again(&id)) {
            continue;
        }
        let wait = case.profile.timings.sip_transaction;
        let ended_soon = leg.ended.is_some_and(|(bye, _)| case.seconds_between(answer, bye) < 1.0);
        // A dialog that is used goes on without the ACK all the same.
        let is_used = leg.msrp.is_some() && leg.ended.is_some_and(|(bye, _)| case.seconds_between(answer, bye) > 1.0);
        if !ended_soon && (is_used || case.seconds_captured_after(answer) > wait) {
            let actor = if leg.participant_is_caller() { Actor::Client } else { Actor::ControllingFunction };
            judge.report(actor, answer, "the 200 to the INVITE was not acknowledged").expected("ACK");
        }
    }
}
