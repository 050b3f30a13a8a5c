use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Sent};

rule! {
    /// ## What it checks
    /// A REPORT has a Status of a namespace and a code, and asks for no report itself.
    ///
    /// ## Why it matters
    /// The sender of the message cannot tell whether it was delivered.
    ///
    /// ## Example
    /// `Status: 200 OK`: broken; `Status: 000 200 OK` is right.
    ///
    /// ## Source
    /// RFC 4975 §7.1.2, §9
    /// Judged are REPORTs about messages that were captured.
    pub MSRP_REPORT_FORM: Error = "msrp-report-form", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for (index, stream) in case.streams().iter().enumerate() {
        for transfer in case.transfers(stream) {
            for &id in transfer.reports().iter().filter(|&&id| !case.messages()[id].incomplete) {
                let Some(report) = case.msrp(id) else { continue };
                let status = report.header("Status");
                let asks = ["Success-Report", "Failure-Report"].into_iter().find(|name| report.header(name).is_some());
                let what = match (status, asks) {
                    (None, _) => "REPORT has no Status".to_owned(),
                    (Some(status), _) if !is_status(&status) => format!("Status of the REPORT is {status}"),
                    (_, Some(name)) => format!("REPORT has {name}"),
                    _ => continue,
                };
                let actor = Sent { stream: index, transfer }.receiver(case);
                judge.report(actor, id, what).also(transfer.first);
            }
        }
    }
}

/// Three digits each of the namespace and the code.
fn is_status(status: &str) -> bool {
    let mut words = status.split_ascii_whitespace();
    let mut is_number =
        || words.next().is_some_and(|word| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit()));
    is_number() && is_number()
}
