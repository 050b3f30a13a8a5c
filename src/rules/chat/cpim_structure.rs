use super::body::odd_cpim;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::cpim;
use crate::wire::defect::Oddity;

rule! {
    /// ## What it checks
    /// A CPIM message has message headers, a blank line, the MIME headers of the content, a blank line, and the content.
    ///
    /// ## Why it matters
    /// Clients show the headers as text, or nothing at all.
    ///
    /// ## Example
    /// `Content-Type` right behind the message headers, without a blank line between them: broken.
    ///
    /// ## Source
    /// RFC 3862 §2, §2.4
    /// A header line without colon, and names in the wrong case, are a warning.
    pub CPIM_STRUCTURE: Error = "cpim-structure", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in odd_cpim(case) {
        let message = match cpim::parse(&one.body) {
            Ok(message) => message,
            Err(error) => {
                judge.report(one.actor, one.first(), format!("CPIM message cannot be read: {error}"));
                continue;
            }
        };
        let wrong = [
            (Oddity::ContentHeadersNotSeparated, Severity::Error),
            (Oddity::ContentHeadersMissing, Severity::Error),
            (Oddity::HeadersUnfinished, Severity::Error),
            (Oddity::HeaderWithoutColon, Severity::Warning),
            (Oddity::HeaderNameCase, Severity::Warning),
        ];
        // One fault can look like several: the first one tells.
        for (what, severity) in wrong {
            let Some(defect) = message.defects.iter().find(|defect| defect.what == what) else { continue };
            let place = one.place(case, defect.range.clone());
            judge.report(one.actor, place, format!("CPIM message with {}", what.as_str())).severity(severity);
            break;
        }
    }
}
