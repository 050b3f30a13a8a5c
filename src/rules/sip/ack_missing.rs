use crate::rules::dialog::unacknowledged::{Acknowledgement, acknowledgement};
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::session::Direction;

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

fn check(case: &Case<'_>, judge: &mut Judge) {
    // In groups the rules of the specification ask for it.
    for (_, leg) in case.legs().filter(|(_, leg)| !case.is_group() || leg.direction == Direction::Unknown) {
        if let Some((answer, Acknowledgement::Missing)) = acknowledgement(case, leg) {
            judge.report(Actor::Client, answer, "the 200 to the INVITE was not acknowledged").expected("ACK");
        }
    }
}
