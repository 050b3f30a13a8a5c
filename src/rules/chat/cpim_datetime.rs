use super::body::odd_cpim;
use crate::rules::cinfo::lexical::is_date_time;
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Severity};
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// A DateTime header is an RFC 3339 time, once.
    ///
    /// ## Why it matters
    /// Clients sort the chat by it.
    ///
    /// ## Example
    /// `DateTime: Sun, 01 Mar 2026 10:00:00 GMT`: broken.
    ///
    /// ## Source
    /// RFC 3862 §4.4; RFC 3339 §5.6
    /// It may be left out.
    pub CPIM_DATETIME: Error = "cpim-datetime", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    // In groups the functions behind the client put the time right, which is for the rules of the specification.
    let severity = if case.is_group() { Severity::Warning } else { Severity::Error };
    for one in odd_cpim(case) {
        if case.is_group() && one.actor != Actor::Client {
            continue;
        }
        let Ok(message) = cpim::parse(&one.body) else { continue };
        let times: Vec<_> = message.all(cpim::CORE_NAMESPACE, "DateTime").collect();
        if times.len() > 1 {
            judge.report(one.actor, one.first(), "CPIM message has more than one DateTime").severity(severity);
        } else if let Some(time) = times.first().filter(|time| !is_date_time(time.text().trim())) {
            let what = format!("CPIM DateTime {:?} is no RFC 3339 time", time.text());
            let place = one.place(case, time.value_range());
            judge.report(one.actor, place, what).severity(severity).expected("2026-03-01T10:00:00Z");
        }
    }
}
