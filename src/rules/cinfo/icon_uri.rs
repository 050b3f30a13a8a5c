use super::history::{History, Known, Target, author};
use super::lexical::is_absolute_uri;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// `icon-uri` is a URI of the picture, and while the group has an icon it is not empty. A `cid:` URI is a note: `file-info` is the place
    /// for it.
    ///
    /// ## Why it matters
    /// Clients fetch the picture from there.
    ///
    /// ## Example
    /// `<icon-uri>icons/1.png</icon-uri>`: broken. `<icon-uri>https://icons.example.net/1.png</icon-uri>`: right.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3 (Appendix P.2); RFC 3986 §4.3
    ///
    /// A URI although the group has no icon is found by cpm-cinfo-icon-no-source.
    pub CPM_CINFO_ICON_URI: Warning = "cpm-cinfo-icon-uri", ["9.2.14.3-n-7.f.ii.b1", "9.2.14.3-n-7.f.ii.b1.s2", "9.2.14.3-m-a.iv.b6.b.i", "9.2.14.3-m-a.iv.b6.b.i.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let history = History::of(case, Target::Icon);
    for document in case.documents().iter().filter(|document| !document.is_broken()) {
        let Some(description) = document.info.as_ref().ok().and_then(|info| info.description.as_ref()) else {
            continue;
        };
        let Some(uri) = description.icon.as_ref().and_then(|icon| icon.icon_uri.as_ref()) else { continue };
        let place = document.at(&uri.range);
        if uri.value.is_empty() {
            let statement = document.pick("9.2.14.3-n-7.f.ii.b1.s2", "9.2.14.3-m-a.iv.b6.b.i.s2");
            match history.at(case, document.message) {
                Known::Set(request) => {
                    let message = format!("icon-uri is empty, although {} set an icon", author(case, request));
                    judge.fail(statement, place, message).severity(Severity::Error).also(request.message);
                }
                Known::Deleted(_) => judge.pass(statement),
                _ => judge.undecided(statement, "needs all requests of group data"),
            }
            continue;
        }
        let statement = document.pick("9.2.14.3-n-7.f.ii.b1", "9.2.14.3-m-a.iv.b6.b.i");
        if !is_absolute_uri(uri.as_str()) {
            judge.fail(statement, place, format!("icon-uri {:?} is no URI", uri.value)).expected("scheme:...");
        } else if uri.value.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("cid:")) {
            judge.remark(
                statement,
                Severity::Note,
                place,
                "icon-uri refers to a part of the message, as file-info does",
            );
        } else {
            judge.pass(statement);
        }
    }
}
