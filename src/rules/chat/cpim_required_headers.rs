use super::body::odd_cpim;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// A CPIM message has From and To.
    ///
    /// ## Why it matters
    /// In a group chat the From of the CPIM envelope is all that tells who wrote: MSRP shows the focus only.
    ///
    /// ## Example
    /// `To: <sip:bob@example.net>` without `From`: broken.
    ///
    /// ## Source
    /// RFC 3862 §4.1, §4.2, §5
    pub CPIM_REQUIRED_HEADERS: Error = "cpim-required-headers", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in odd_cpim(case) {
        let Ok(message) = cpim::parse(&one.body) else { continue };
        let missing = [("From", message.from().next().is_none()), ("To", message.to().next().is_none())];
        for (name, _) in missing.into_iter().filter(|(_, is_missing)| *is_missing) {
            // In groups a rule of the specification asks the clients for it; the focus only copies.
            if name == "To" && case.is_group() {
                continue;
            }
            judge.report(one.actor, one.sent.transfer.first, format!("CPIM message has no {name}"));
        }
    }
}
