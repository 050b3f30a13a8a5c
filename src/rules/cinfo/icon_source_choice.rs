use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The `source` of an `icon` holds exactly one of `icon-uri` and `file-info`.
    ///
    /// ## Why it matters
    /// With both, clients show different icons; with none there is nothing to show.
    ///
    /// ## Example
    /// `<icon><source/></icon>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.3
    /// After a partial document the merged state is judged.
    pub CPM_CINFO_ICON_SOURCE_CHOICE: Error = "cpm-cinfo-icon-source-choice", ["9.2.14.3-n-7.f.ii.s2", "9.2.14.3-m-a.iv.b6.b.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-7.f.ii.s2", "9.2.14.3-m-a.iv.b6.b.s2");
        let Some(description) = document.judged().and_then(|info| info.description.as_ref()) else { continue };
        let Some(icon) = &description.icon else { continue };
        let Some(source) = &icon.source else { continue };
        let kept = icon.icon_uri.is_some() != icon.file_info.is_some();
        judge.expect(statement, kept, document.at_judged(source), || {
            let has =
                if icon.icon_uri.is_some() { "both icon-uri and file-info" } else { "neither icon-uri nor file-info" };
            format!("the source of the icon has {has}")
        });
    }
}
