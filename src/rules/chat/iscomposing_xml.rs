use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};

rule! {
    /// ## What it checks
    /// An isComposing status is a well-formed document of RFC 3994 with one `state`, `active` or `idle`; `refresh` is a number of seconds.
    ///
    /// ## Why it matters
    /// The others never see that somebody is writing, or see it for ever.
    ///
    /// ## Example
    /// `<isComposing><state>active</state></isComposing>` without namespace: broken.
    ///
    /// ## Source
    /// RFC 3994 §3, §4
    /// Another state means idle, and is a warning.
    pub ISCOMPOSING_XML: Error = "iscomposing-xml", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    // What clients send is for the rule of the specification.
    for status in case.composing().iter().filter(|status| status.body.actor != Actor::Client) {
        if let Some((place, what, severity)) = status.fault(case) {
            judge.report(status.body.actor, place, what).severity(severity);
        }
    }
}
