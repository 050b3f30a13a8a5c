use hashbrown::HashMap;

use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Sent};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// Who takes a message with `Success-Report: yes` sends a REPORT about it.
    ///
    /// ## Why it matters
    /// The sender cannot tell whether all of a message in chunks has arrived.
    ///
    /// ## Example
    /// A SEND with `Success-Report: yes` is answered with 200, and no REPORT follows: broken.
    ///
    /// ## Source
    /// RFC 4975 §7.1.3
    /// Silent where packets are missing, where the message was not complete, and where the session did not go on beyond the deadline of responses; a later message
    /// of the same side about which there is a REPORT is as good.
    pub MSRP_REPORT_MISSING: Error = "msrp-report-missing", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let asks = |sent: &&Sent<'_>| {
        let message = case.msrp(sent.transfer.first);
        let value = message.as_ref().and_then(|message| message.header("Success-Report"));
        value.is_some_and(|value| value.trim().eq_ignore_ascii_case("yes"))
    };
    let wait = case.profile.timings.msrp_response;
    let asking: Vec<&Sent<'_>> = case.glance().reporting.iter().filter(asks).collect();
    let mut last_reported: HashMap<(usize, bool), MessageId> = HashMap::new();
    for sent in asking.iter().filter(|sent| !sent.transfer.reports().is_empty()) {
        last_reported.insert((sent.stream, sent.transfer.from_first_end), sent.transfer.first);
    }
    for sent in asking.iter().filter(|sent| sent.transfer.reports().is_empty() && !case.lossy) {
        let (transfer, stream) = (sent.transfer, sent.stream(case));
        let is_taken =
            transfer.response.is_some_and(|(_, status)| status < 300) && transfer.is_complete(case.messages());
        let passed_over =
            last_reported.get(&(sent.stream, transfer.from_first_end)).is_some_and(|&later| later > transfer.first);
        let stays = stream.leg.ended.is_none_or(|(bye, _)| case.seconds_between(transfer.first, bye) > wait);
        let waited = stays && case.seconds_captured_after(transfer.first) > wait;
        if is_taken && (passed_over || waited) {
            let what = "no REPORT about a message with Success-Report: yes";
            judge.report(sent.receiver(case), transfer.first, what);
        }
    }
}
