use super::message_id::repeats;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::msrp::EndFlag;

rule! {
    /// ## What it checks
    /// The last chunk of a message ends with `$`, and `+` promises another one.
    ///
    /// ## Why it matters
    /// The receiver waits for more, or shows half of a message.
    ///
    /// ## Example
    /// `Byte-Range: 1-50/50` in a chunk that ends with `+`, and no further chunk: broken.
    ///
    /// ## Source
    /// RFC 4975 §7.1, §9
    /// A message that was interrupted (`#`) is complete as it is. Where nothing tells that all bytes are there, what was begun and never went on is a warning.
    pub MSRP_END_FLAG: Error = "msrp-end-flag", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for sent in case.glance().unfinished.iter().filter(|_| !case.lossy) {
        let last = sent.transfer.chunks().last().unwrap_or(sent.transfer.first);
        let Some(message) = case.msrp(last).filter(|_| !case.messages()[last].incomplete) else { continue };
        if message.end_flag() != EndFlag::Continued {
            continue;
        }
        let range = message.byte_range();
        let end = range.map(|range| range.start.saturating_add(message.body().len() as u64).saturating_sub(1));
        let is_all = range.is_some_and(|range| range.total.is_some() && range.total == end);
        let goes_on = case.seconds_between(last, sent.stream(case).msrp.last) > GOES_ON_SECONDS;
        if is_all {
            let what = "chunk ends with +, but its Byte-Range reaches the end of the message";
            judge.report(sent.sender(case), last, what).expected("$");
        } else if goes_on {
            let what = "message was begun, and its next chunk never came";
            judge.report(sent.sender(case), last, what).severity(Severity::Warning);
        }
    }
    for (first, again) in repeats(case) {
        let Some(message) = case.msrp(again.transfer.first) else { continue };
        if message.byte_range().is_some_and(|range| range.start > 1) && first.transfer.end == EndFlag::Complete {
            let what = "chunk of a message that had ended with $";
            judge.report(again.sender(case), again.transfer.first, what).also(first.transfer.first);
        }
    }
}

/// Seconds of the session in which the next chunk would have come.
const GOES_ON_SECONDS: f64 = 30.0;
