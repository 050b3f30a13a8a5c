use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Sent};
use crate::wire::msrp::Message;

rule! {
    /// ## What it checks
    /// A REPORT of success is sent only about a message that asked for it by `Success-Report: yes`.
    ///
    /// ## Why it matters
    /// The sender takes it for a report about something else, or for an attack.
    ///
    /// ## Example
    /// A SEND without Success-Report, and a REPORT with `Status: 000 200 OK` about it: broken.
    ///
    /// ## Source
    /// RFC 4975 §7.1.2, §7.1.3, §7.1.4
    /// Reports of failure may come unless the message says `Failure-Report: no`.
    pub MSRP_REPORT_UNASKED: Error = "msrp-report-unasked", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for (index, stream) in case.streams().iter().enumerate() {
        for transfer in case.transfers(stream).filter(|transfer| !transfer.reports().is_empty()) {
            let sent = Sent { stream: index, transfer };
            let Some(message) = case.msrp(transfer.first) else { continue };
            let value = |name: &str| message.header(name).map(|value| value.trim().to_ascii_lowercase());
            // What is neither is for `msrp-report-wish`.
            let wants_success = value("Success-Report").is_some_and(|value| value != "no");
            let wants_failure = value("Failure-Report").as_deref() != Some("no");
            for &report in transfer.reports() {
                let Some(status) = case.msrp(report).and_then(|report| status(&report)) else { continue };
                let is_wanted = if status < 300 { wants_success } else { wants_failure };
                if !is_wanted {
                    let what = format!("REPORT with status {status} that the message did not ask for");
                    judge.report(sent.receiver(case), report, what).also(transfer.first);
                }
            }
        }
    }
}

/// The code of the Status header: `000 200 OK`.
fn status(report: &Message<'_>) -> Option<u16> {
    report.header("Status")?.split_ascii_whitespace().nth(1)?.parse().ok()
}
