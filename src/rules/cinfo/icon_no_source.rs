use super::history::{History, Known, Target};
use super::recipient::{Recipients, described};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// While the group has no icon, `icon` has no `source`. A source with an empty `icon-uri` is a note.
    ///
    /// ## Why it matters
    /// Clients fetch a picture that nobody set.
    ///
    /// ## Example
    /// `<icon/>`: right. `<icon><source><icon-uri>https://icons.example.net/none.png</icon-uri></source></icon>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3 (Appendix P.2)
    ///
    /// Another sentence of the clause asks for an empty `icon-uri` in this case; that is let pass with a note. Judged only where no request
    /// can have been missed, or where the deletion was seen.
    pub CPM_CINFO_ICON_NO_SOURCE: Error = "cpm-cinfo-icon-no-source", ["9.2.14.3-n-7.f.i", "9.2.14.3-m-a.iv.b6.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (notify, msrp) = ("9.2.14.3-n-7.f.i", "9.2.14.3-m-a.iv.b6.a");
    let recipients = Recipients::new(case);
    let history = History::of(case, Target::Icon);
    let is_ad_hoc = recipients.ad_hoc_beginning(case).is_some();
    for (document, info, description) in described(case, judge, notify, msrp) {
        let Some(icon) = &description.icon else { continue };
        let statement = document.pick(notify, msrp);
        let deletion = match history.at(case, document.message) {
            Known::Untouched if is_ad_hoc => None,
            Known::Deleted(request) => Some(request.message),
            _ => continue,
        };
        let Some(source) = &icon.source else {
            judge.pass(statement);
            continue;
        };
        let names = [&icon.icon_uri, &icon.file_info].into_iter().flatten();
        let picture = names.map(|text| text.as_str()).find(|text| !text.is_empty());
        match picture {
            None if icon.icon_uri.is_some() => {
                let message = "no icon is set, but icon has a source with an empty icon-uri";
                judge.remark(statement, Severity::Note, document.at_judged(source), message);
            }
            // What is wrong with it is found by the rule on the choice.
            None => {}
            Some(_) if !recipients.hears_everybody(case, info) => {
                judge.undecided(statement, "needs the MSRP of all participants");
            }
            Some(picture) => {
                let message = format!("no icon is set, but icon has the source {picture}");
                let finding = judge.fail(statement, document.at_judged(source), message);
                deletion.into_iter().for_each(|request| _ = finding.also(request));
            }
        }
    }
}
