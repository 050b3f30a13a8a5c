use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::defect::Oddity;

use super::flaws::MAX_TOLD;
use super::recipient::Recipients;

rule! {
    /// ## What it checks
    /// A conference-info document follows the schema of RFC 4575. An element that does not belong to its place, one that is there
    /// twice and may be there once, a value of the wrong form and a partial element inside of a full one are errors; elements in
    /// the wrong order and attributes that the schema does not have are warnings.
    ///
    /// ## Why it matters
    /// A client that validates refuses the whole document; one that does not reads something else than the focus meant.
    ///
    /// ## Example
    /// ```xml
    /// <conference-state><user-count>2</user-count><active>yes</active></conference-state>   <!-- yes is no boolean: broken -->
    /// <conference-state><user-count>2</user-count><active>true</active></conference-state>
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §4.1, §4.4, §6
    ///
    /// Foreign elements are welcome wherever they stand, and so are the elements of CPM (`icon`, `subject-ext`) and its attribute
    /// `yourown` in any namespace or none. What a rule of its own finds is not found here once more: an unknown element is passed
    /// over where the one that it may have been is missing.
    pub CPM_CINFO_SCHEMA: Error = "cpm-cinfo-schema", ["9.2.14.3-n-0.s5", "9.2.14.3-m-0.s4"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let recipients = Recipients::new(case);
    for document in case.documents() {
        let Ok(info) = &document.info else { continue };
        let statement = document.pick("9.2.14.3-n-0.s5", "9.2.14.3-m-0.s4");
        // The rule on the root finds that, and nothing can be said of the rest.
        if document.is_broken() {
            continue;
        }
        let limits = [Oddity::TooManyElements, Oddity::TooManyAttributes, Oddity::XmlTooDeep];
        if info.defects.iter().any(|defect| limits.contains(&defect.what)) {
            judge.undecided(statement, "needs a document that is not larger than what is read");
            continue;
        }
        // A missing subject is found by its own rule.
        let wants_subject = !document.flaws.list.is_empty() && recipients.has_group_data(case, document) == Some(true);
        let flaws = document.flaws.list.iter().filter(|flaw| !(wants_subject && flaw.may_be_subject));
        let mut is_broken = document.flaws.is_longer;
        for (number, flaw) in flaws.enumerate() {
            is_broken |= flaw.is_error;
            let (place, message) = (document.at(&flaw.range), flaw.message.as_str());
            match flaw.is_error {
                _ if number >= MAX_TOLD => {}
                true => _ = judge.fail(statement, place, message),
                false => _ = judge.remark(statement, Severity::Warning, place, message),
            }
        }
        if !is_broken {
            judge.pass(statement);
        }
    }
}
