use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place};

rule! {
    /// ## What it checks
    /// The value of Success-Report is `yes` or `no`, that of Failure-Report `yes`, `no` or `partial`.
    ///
    /// ## Why it matters
    /// The receiver guesses: no reports come, or more than the sender can make sense of.
    ///
    /// ## Example
    /// `Failure-Report: none`: broken.
    ///
    /// ## Source
    /// RFC 4975 §7.1.1, §9
    /// Case does not matter. Judged is the first chunk of a message.
    pub MSRP_REPORT_WISH: Error = "msrp-report-wish", [], check;
}

const WISHES: [(&str, &[&str]); 2] =
    [("Success-Report", &["yes", "no"]), ("Failure-Report", &["yes", "no", "partial"])];

fn check(case: &Case<'_>, judge: &mut Judge) {
    for sent in &case.glance().reporting {
        let first = sent.transfer.first;
        let Some(message) = case.msrp(first).filter(|_| !case.messages()[first].incomplete) else { continue };
        for (name, known) in WISHES {
            let Some(value) = message.header(name) else { continue };
            if !known.iter().any(|known| value.trim().eq_ignore_ascii_case(known)) {
                let what = format!("{name} is {value}");
                let place = Place::msrp_header(first, &message, name);
                judge.report(sent.sender(case), place, what).expected(known.join(" or "));
            }
        }
    }
}
