use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A conference-info document over MSRP has no `version`.
    ///
    /// ## Why it matters
    /// Versions count the documents of a subscription. Over MSRP there is none, and a client that compares them may drop a newer document.
    ///
    /// ## Example
    /// `<conference-info version="1" …>` in a SEND: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §4.3
    pub CPM_CINFO_MSRP_NO_VERSION: Error = "cpm-cinfo-msrp-no-version", ["9.2.14.3-m-a.iii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_notify()) {
        let Ok(info) = &document.info else { continue };
        match &info.version {
            Some(version) => {
                judge
                    .fail(
                        "9.2.14.3-m-a.iii",
                        document.at(&version.range),
                        format!("conference-info over MSRP has version={:?}", version.value),
                    )
                    .expected("no version");
            }
            None => judge.pass("9.2.14.3-m-a.iii"),
        }
    }
}
