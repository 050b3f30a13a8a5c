use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// The isComposing statuses of a client are well-formed documents of RFC 3994, with one `state`, `active` or `idle`, and
    /// a `refresh` in seconds if there is one.
    ///
    /// ## Why it matters
    /// The others never see that somebody is writing, or see it for ever.
    ///
    /// ## Example
    /// `<isComposing><state>active</state></isComposing>` without namespace: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2; RFC 3994 §3, §4
    pub CPM_MSRP_ISCOMPOSING_RFC3994: Error = "cpm-msrp-iscomposing-rfc3994", ["5.2-9.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-9.a";
    for status in case.composing().iter().filter(|status| status.body.actor == Actor::Client) {
        match status.fault(case) {
            None => judge.pass(statement),
            Some((place, what, Severity::Error)) => _ = judge.fail(statement, place, what),
            Some((place, what, severity)) => _ = judge.remark(statement, severity, place, what),
        }
    }
}
