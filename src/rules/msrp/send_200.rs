use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity, Stream};

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
    pub CPM_MSRP_SEND_200: Error = "cpm-msrp-send-200", ["5.2.6.1-rx-1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    let id = "5.2.6.1-rx-1";
    let ended = |stream: &Stream<'_>| stream.leg.ended.map(|(bye, _)| case.time(bye));
    for stream in case.streams() {
        for transfer in case.transfers(stream).filter(|transfer| stream.is_from_focus(transfer) == Some(false)) {
            // Of a message in chunks the response to the last one is known; the others are looked at by their own rule.
            let last = transfer.chunks().last().unwrap_or(transfer.first);
            let Some(message) = case.msrp(last) else { continue };
            let report = message.header("Failure-Report").unwrap_or_default();
            let who = stream.participant.map_or("a participant", |participant| case.uri(participant));
            let tid = message.transaction_id();
            match transfer.response {
                Some((_, 200..=299)) => judge.pass(id),
                Some((response, status)) if ALLOWED.contains(&status) => {
                    // A SEND that crosses the end of the session is refused rightly.
                    let is_late = stream.leg.ended.is_some_and(|(bye, _)| bye <= response);
                    match status {
                        _ if is_late => judge.pass(id),
                        404 | 428 => {
                            let message = format!("SEND {tid} of {who} was answered with {status}");
                            judge.remark(id, Severity::Note, response, message).also(last);
                        }
                        _ => judge.pass(id),
                    }
                }
                Some((response, status)) => {
                    judge
                        .fail(id, response, format!("SEND {tid} of {who} was answered with {status}"))
                        .expected("200, or an error of RFC 4975")
                        .also(last);
                }
                None if matches!(report.trim(), "no" | "partial") => {}
                None if case.lossy || message.raw().len() < case.messages()[last].len_bytes as usize => {
                    judge.undecided(id, "needs all packets of the MSRP connection");
                }
                None => {
                    let wait = case.profile.timings.msrp_response;
                    let until_end = ended(stream).map(|end| end.nanos_since(case.time(last)) as f64 / 1e9);
                    let is_over = until_end.is_some_and(|seconds| seconds < wait.min(LEAST_SECONDS));
                    // Whoever goes on sending on this session for a while without the answer has not lost the connection.
                    let goes_on = case.seconds_between(last, stream.msrp.last) > LEAST_SECONDS;
                    if is_over || (case.seconds_captured_after(last) < wait && !goes_on) {
                        judge.undecided(id, "needs more of the session after the SEND");
                    } else {
                        judge.fail(id, last, format!("SEND {tid} of {who} was not answered with 200 (no response)"));
                    }
                }
            }
        }
    }
}

/// The error codes of RFC 4975 §10, and those of RFC 7701.
const ALLOWED: [u16; 11] = [400, 403, 404, 408, 413, 415, 423, 428, 481, 501, 506];

/// Seconds within which a node that is there answers: responses are not queued behind messages for longer.
const LEAST_SECONDS: f64 = 5.0;
