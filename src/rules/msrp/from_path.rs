use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// What the focus sends to a participant has the path of the focus's own SDP on that leg in `From-Path`.
    ///
    /// ## Why it matters
    /// The client sends its response and its REPORT to that path: they go astray, or disclose the path of another participant.
    ///
    /// ## Example
    /// A copy of Alice's message for Bob with Alice's path in `From-Path`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6.1; RFC 4975 §6.1, §7.1
    ///
    /// Compared as by `cpm-msrp-to-path`.
    pub CPM_MSRP_FROM_PATH: Error = "cpm-msrp-from-path", ["5.2.6.1-rx-2.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.6.1-rx-2.b";
    for stream in case.streams().iter().filter(|_| case.is_group()) {
        let Some(from_caller) = stream.focus_end.map(|end| Some(end) == stream.caller_end) else { continue };
        let paths = case.paths(stream, from_caller);
        if paths.from.agreed > 0 {
            judge.pass(statement);
        }
        for one in &paths.from.wrong {
            let message = format!("From-Path {} is not the focus's own path {}", one.found, one.expected);
            judge.fail(statement, one.place.clone(), message).expected(one.expected);
        }
    }
}
