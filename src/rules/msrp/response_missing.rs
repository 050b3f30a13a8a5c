use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};

rule! {
    /// ## What it checks
    /// A client answers each SEND that asks for it (`Failure-Report` is `yes` or absent).
    ///
    /// ## Why it matters
    /// The focus takes the message for not delivered, and sends it again or stores it for later.
    ///
    /// ## Example
    /// A SEND of the focus to which nothing comes back, though the client goes on sending: broken.
    ///
    /// ## Source
    /// RFC 4975 §7.1.1, §7.2
    /// What the focus does not answer is told by cpm-msrp-send-200. Silent where packets are missing, and near the end of a session.
    pub MSRP_RESPONSE_MISSING: Error = "msrp-response-missing", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    if case.lossy {
        return;
    }
    for stream in case.streams() {
        for transfer in case.transfers(stream).filter(|transfer| stream.is_from_focus(transfer) == Some(true)) {
            let last = transfer.chunks().last().unwrap_or(transfer.first);
            if transfer.response.is_some() || case.messages()[last].incomplete {
                continue;
            }
            let Some(message) = case.msrp(last) else { continue };
            let report = message.header("Failure-Report").unwrap_or_default();
            let goes_on = case.seconds_between(last, stream.msrp.last) > LEAST_SECONDS;
            let ends = stream.leg.ended.is_some_and(|(bye, _)| case.seconds_between(last, bye) < LEAST_SECONDS);
            if !matches!(report.trim(), "no" | "partial") && goes_on && !ends {
                let tid = message.transaction_id();
                judge.report(Actor::Client, last, format!("SEND {tid} was not answered"));
            }
        }
    }
}

/// Seconds within which a node that is there answers.
const LEAST_SECONDS: f64 = 5.0;
