use hashbrown::HashSet;

use super::history::{History, Known, Target, author};
use super::recipient::described;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::timeline::Channel;

rule! {
    /// ## What it checks
    /// While the group has an icon, `icon` has one `source`. Known from an earlier document only, one that is gone is a warning.
    ///
    /// ## Why it matters
    /// The icon vanishes from the clients with the next document.
    ///
    /// ## Example
    /// Alice sets an icon, the focus grants it, and a later document has `<icon/>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3 (Appendix P.2)
    pub CPM_CINFO_ICON_SOURCE: Error = "cpm-cinfo-icon-source", ["9.2.14.3-n-7.f.ii", "9.2.14.3-m-a.iv.b6.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (notify, msrp) = ("9.2.14.3-n-7.f.ii", "9.2.14.3-m-a.iv.b6.b");
    let history = History::of(case, Target::Icon);
    let mut had: HashSet<Channel> = HashSet::new();
    for (document, _, description) in described(case, judge, notify, msrp) {
        let Some(icon) = &description.icon else { continue };
        let statement = document.pick(notify, msrp);
        let channel = document.notification.channel;
        let had_before = if icon.source.is_some() { !had.insert(channel) } else { had.remove(&channel) };
        let again = icon.extras.iter().find(|extra| !extra.attribute && extra.name == "source");
        let place = document.at_judged(&icon.range);
        match (&icon.source, history.at(case, document.message)) {
            (Some(_), _) if again.is_some() => {
                judge.fail(statement, place, "icon has more than one source");
            }
            (Some(_), _) => judge.pass(statement),
            (None, Known::Set(request)) => {
                let message = format!("{} set an icon, but icon has no source", author(case, request));
                judge.fail(statement, place, message).also(request.message);
            }
            (None, Known::Untouched) if had_before => {
                let message = "the source of the icon is gone, and nobody was seen to delete it";
                judge.remark(statement, Severity::Warning, place, message);
            }
            _ => {}
        }
    }
}
