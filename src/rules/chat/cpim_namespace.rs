use super::body::odd_cpim;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::cpim;
use crate::wire::defect::Oddity;

rule! {
    /// ## What it checks
    /// A header with a prefix, such as `imdn.Message-ID`, comes after the NS header that declares the prefix.
    ///
    /// ## Why it matters
    /// A client that reads namespaces does not see the header, and sends no notification.
    ///
    /// ## Example
    /// `imdn.Message-ID: 34jk` without `NS: imdn <urn:ietf:params:imdn>`: broken.
    ///
    /// ## Source
    /// RFC 3862 §3.4, §4.6; RFC 5438 §5
    /// A prefix that is declared later is a warning.
    pub CPIM_NAMESPACE: Error = "cpim-namespace", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in odd_cpim(case) {
        let Ok(message) = cpim::parse(&one.body) else { continue };
        let wrong = [
            (Oddity::PrefixUndeclared, Severity::Error),
            (Oddity::BadNamespace, Severity::Error),
            (Oddity::PrefixDeclaredLater, Severity::Warning),
        ];
        // One NS header that is missing is one fault, however many headers need it.
        let found = wrong
            .into_iter()
            .find_map(|(what, severity)| Some((message.defects.iter().find(|defect| defect.what == what)?, severity)));
        if let Some((defect, severity)) = found {
            let place = one.place(case, defect.range.clone());
            judge.report(one.actor, place, format!("CPIM message with {}", defect.what.as_str())).severity(severity);
        }
    }
}
