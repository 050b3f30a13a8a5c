use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// A response answers a request that was sent, once, and neither a REPORT nor a SEND with `Failure-Report: no`.
    ///
    /// ## Why it matters
    /// The sender takes it for the answer to something else, or closes the connection.
    ///
    /// ## Example
    /// A `200 OK` to a REPORT: broken.
    ///
    /// ## Source
    /// RFC 4975 §7.1.2, §7.1.4, §7.2
    /// Silent where packets are missing, and for what was sent before the capture began. With `Failure-Report: no` a response is a warning.
    pub MSRP_RESPONSE_UNEXPECTED: Error = "msrp-response-unexpected", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for stream in case.streams().iter().filter(|_| !case.lossy) {
        let began = case.transfers(stream).next().map(|transfer| transfer.first);
        for &id in stream.msrp.unexpected.iter().filter(|&&id| Some(id) > began) {
            let Some(message) = case.msrp(id) else { continue };
            let tid = message.transaction_id();
            judge.report(Actor::Unknown, id, format!("response {tid} answers no request that awaits one"));
        }
    }
    for sent in &case.glance().reporting {
        let Some((response, 200..=299)) = sent.transfer.response else { continue };
        let Some(message) = case.msrp(sent.transfer.first) else { continue };
        let report = message.header("Failure-Report");
        if report.is_some_and(|value| value.trim().eq_ignore_ascii_case("no")) {
            let what = "SEND with Failure-Report: no was answered";
            let finding = judge.report(sent.receiver(case), response, what);
            finding.severity(Severity::Warning).also(sent.transfer.first);
        }
    }
}
