use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A conference-info document in a NOTIFY has a `version`, a number from 0 to 4294967295.
    ///
    /// ## Why it matters
    /// Without it the subscriber cannot tell whether it missed a document.
    ///
    /// ## Example
    /// `version="-1"`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §4.3, §5.2
    pub CPM_CINFO_NOTIFY_VERSION: Error = "cpm-cinfo-notify-version", ["9.2.14.3-n-6"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| document.is_notify()) {
        let Ok(info) = &document.info else { continue };
        match &info.version {
            None => _ = judge.fail("9.2.14.3-n-6", document.at_root(), "conference-info in a NOTIFY has no version"),
            Some(version) if version.to_u32().is_some() => judge.pass("9.2.14.3-n-6"),
            Some(version) => {
                judge
                    .fail(
                        "9.2.14.3-n-6",
                        document.at(&version.range),
                        format!("conference-info in a NOTIFY has version={:?}", version.value),
                    )
                    .expected("a number from 0 to 4294967295");
            }
        }
    }
}
