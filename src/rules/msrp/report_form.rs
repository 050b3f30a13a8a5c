use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place, Sent, Severity};
use crate::session::Transfer;
use crate::wire::msrp::{ByteRange, Message};

rule! {
    /// ## What it checks
    /// A REPORT has a Status of a namespace and a code, asks for no report itself, and its Byte-Range lies within the message.
    ///
    /// ## Why it matters
    /// The sender of the message cannot tell whether it was delivered.
    ///
    /// ## Example
    /// `Status: 200 OK`: broken; `Status: 000 200 OK` is right.
    ///
    /// ## Source
    /// RFC 4975 §7.1.1, §7.1.2, §7.1.3, §9
    /// Judged are REPORTs about messages that were captured, and Byte-Ranges where all of the message was: these are worth a
    /// warning, since the sender still knows which message is meant.
    pub MSRP_REPORT_FORM: Error = "msrp-report-form", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for (index, stream) in case.streams().iter().enumerate() {
        for transfer in case.transfers(stream) {
            for &id in transfer.reports().iter().filter(|&&id| !case.messages()[id].incomplete) {
                let Some(report) = case.msrp(id) else { continue };
                let Some((header, what, severity)) = wrong(case, transfer, &report) else { continue };
                let actor = Sent { stream: index, transfer }.receiver(case);
                let place = Place::msrp_header(id, &report, header);
                judge.report(actor, place, what).severity(severity).also(transfer.first);
            }
        }
    }
}

/// What is wrong with a REPORT: the header, and how much so.
fn wrong(case: &Case<'_>, transfer: &Transfer, report: &Message<'_>) -> Option<(&'static str, String, Severity)> {
    let Some(status) = report.header("Status") else {
        return Some(("Status", "REPORT has no Status".to_owned(), Severity::Error));
    };
    if !is_status(&status) {
        return Some(("Status", format!("Status of the REPORT is {status}"), Severity::Error));
    }
    if let Some(name) = ["Success-Report", "Failure-Report"].into_iter().find(|name| report.header(name).is_some()) {
        return Some((name, format!("REPORT has {name}"), Severity::Error));
    }
    let (range, len) = beyond(case, transfer, report)?;
    Some(("Byte-Range", format!("REPORT about the bytes {range} of a message of {len}"), Severity::Warning))
}

/// The Byte-Range of a REPORT that is about bytes which the message has not, and how many it has. A range without end says nothing of it.
fn beyond(case: &Case<'_>, transfer: &Transfer, report: &Message<'_>) -> Option<(String, u64)> {
    let written = report.header("Byte-Range")?;
    if !transfer.is_complete(case.messages()) {
        return None;
    }
    let len = transfer.body_len(case.messages());
    let is_within = match ByteRange::parse(&written) {
        // Nothing at all is `1-0/0`.
        Some(ByteRange { start, end, total }) => {
            start >= 1 && start <= len + 1 && end.is_none_or(|end| end <= len) && total.is_none_or(|total| total == len)
        }
        None => false,
    };
    (!is_within).then(|| (written.into_owned(), len))
}

/// Three digits each of the namespace and the code.
fn is_status(status: &str) -> bool {
    let mut words = status.split_ascii_whitespace();
    let mut is_number =
        || words.next().is_some_and(|word| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit()));
    is_number() && is_number()
}
