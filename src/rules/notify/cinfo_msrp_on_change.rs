use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::timeline::Source;

rule! {
    /// ## What it checks
    /// When somebody comes or goes, each participant who takes conference-info over MSRP is sent a document that shows it.
    ///
    /// ## Why it matters
    /// The participant goes on to see somebody who is gone, or does not see who came.
    ///
    /// ## Example
    /// Bob leaves, and Carol is never told: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3, 5.2.6.1; RFC 4575 §3.6
    /// Changes of who is in are judged. Whether somebody is still being invited need not be told.
    pub CPM_CINFO_MSRP_ON_CHANGE: Error = "cpm-cinfo-msrp-on-change", ["9.2.14.3-m-0"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let _ = super::change::judge_changes(case, judge, Source::Msrp, "9.2.14.3-m-0");
}
