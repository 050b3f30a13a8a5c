use hashbrown::HashSet;

use super::history::{History, Known, Target, author, value};
use super::recipient::{Recipients, described};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::timeline::Channel;

rule! {
    /// ## What it checks
    /// While the group has a bulletin, `free-text` holds it. Known from an earlier document only, one that is gone is a warning: somebody may
    /// have deleted it unseen.
    ///
    /// ## Why it matters
    /// Who joins later never learns of the bulletin, and the others lose it with the next document.
    ///
    /// ## Example
    /// Alice sets the bulletin `Meet at 7`, the focus grants it, and a later document has no `<free-text>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.3
    ///
    /// The specification speaks of `free-text` elements; RFC 4575 has one.
    pub CPM_CINFO_FREE_TEXT: Error = "cpm-cinfo-free-text", ["9.2.14.3-n-7.d", "9.2.14.3-m-a.iv.b4"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (notify, msrp) = ("9.2.14.3-n-7.d", "9.2.14.3-m-a.iv.b4");
    let recipients = Recipients::new(case);
    let history = History::of(case, Target::Bulletin);
    let mut had: HashSet<Channel> = HashSet::new();
    for (document, _, description) in described(case, judge, notify, msrp) {
        let text = description.free_text.as_ref().map_or("", |text| text.as_str());
        let had_before = if text.is_empty() {
            had.remove(&document.notification.channel)
        } else {
            !had.insert(document.notification.channel)
        };
        if recipients.has_group_data(case, document) != Some(true) {
            continue;
        }
        let statement = document.pick(notify, msrp);
        let place = description.free_text.as_ref().map_or(&description.range, |text| &text.range);
        match history.at(case, document.message) {
            Known::Set(request) => {
                let wanted = value(request).flatten().unwrap_or_default();
                if text == wanted {
                    judge.pass(statement);
                    continue;
                }
                // Another one may have been set over a leg that was not captured.
                if !text.is_empty() && !case.legs().all(|(_, leg)| leg.msrp.is_some() || leg.established.is_none()) {
                    judge.undecided(statement, "needs the MSRP of all participants");
                    continue;
                }
                let who = author(case, request);
                let message = match text {
                    "" => format!("{who} set a bulletin, but there is no free-text"),
                    _ => format!("{who} set another bulletin than free-text has"),
                };
                judge
                    .fail(statement, document.at_judged(place), message)
                    .expected(wanted)
                    .found(text)
                    .also(request.message);
            }
            Known::Untouched if text.is_empty() && had_before => {
                let message = "the bulletin is gone, and nobody was seen to delete it";
                judge.remark(statement, Severity::Warning, document.at_judged(place), message);
            }
            Known::Untouched if !text.is_empty() => judge.pass(statement),
            _ => {}
        }
    }
}
