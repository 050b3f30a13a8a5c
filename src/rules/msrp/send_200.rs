use super::unanswered::unanswered;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// The focus answers each SEND of a participant with 200, within 30 s and on the same connection, unless an error of RFC 4975 applies.
    ///
    /// ## Why it matters
    /// A client that gets no answer shows the message as not sent, and sends it again: the others get it twice.
    ///
    /// ## Example
    /// A SEND with `Failure-Report: yes`, and nothing comes back: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6.1; RFC 4975 §7.2, §7.3.1, §10
    /// The clause asks for 200 without exception. RFC 4975 knows errors, and with `Failure-Report: no` or `partial` no 200 is needed.
    /// A response is missing for certain where the session goes on beyond the deadline, or where a later SEND was answered.
    pub CPM_MSRP_SEND_200: Error = "cpm-msrp-send-200", ["5.2.6.1-rx-1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.6.1-rx-1";
    for stream in case.streams() {
        let who = stream.participant.map_or("a participant", |participant| case.uri(participant));
        for one in unanswered(case, stream, false) {
            let tid = one.message.transaction_id();
            if one.is_certain {
                let message = format!("SEND {tid} of {who} was not answered with 200 (no response)");
                judge.fail(statement, one.id, message);
            } else {
                judge.undecided(statement, "needs more of the session after the SEND");
            }
        }
        for transfer in case.transfers(stream).filter(|transfer| stream.is_from_focus(transfer) == Some(false)) {
            let Some((response, status)) = transfer.response else { continue };
            // A SEND that crosses the end of the session is refused rightly.
            let is_late = stream.leg.ended.is_some_and(|(bye, _)| bye <= response);
            let tid = || case.msrp(response).map(|message| message.transaction_id().to_owned()).unwrap_or_default();
            match status {
                200..=299 => judge.pass(statement),
                404 | 428 if !is_late => {
                    let message = format!("SEND {} of {who} was answered with {status}", tid());
                    judge.remark(statement, Severity::Note, response, message).also(transfer.first);
                }
                _ if ALLOWED.contains(&status) => judge.pass(statement),
                _ => {
                    let message = format!("SEND {} of {who} was answered with {status}", tid());
                    let finding = judge.fail(statement, response, message);
                    finding.expected("200, or an error of RFC 4975").also(transfer.first);
                }
            }
        }
    }
}

/// The errors of RFC 4975 §10, and what its extensions have added.
const ALLOWED: [u16; 11] = [400, 403, 404, 408, 413, 415, 423, 428, 481, 501, 506];
