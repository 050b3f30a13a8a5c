use hashbrown::HashSet;

use super::history::{History, Target, author, granted, value};
use super::recipient::Recipients;
use crate::rules::case::SETTLED_SECONDS;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::timeline::{GroupDataRequest, GroupDataValue};
use crate::wire::MessageId;
use crate::wire::conference_info::Icon;

rule! {
    /// ## What it checks
    /// A subject or icon that the focus granted is in the conference-info that follows.
    ///
    /// ## Why it matters
    /// The participant who set it was told that it is done, and the others never learn of it.
    ///
    /// ## Example
    /// Bob sets the subject `Trip`, is answered 200, and the next document still says `<subject>Weekend</subject>`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6.1; RFC 4575 §5.3
    ///
    /// Judged are documents more than a second after the answer, whoever gets them: the first one, and all of them where the MSRP of
    /// everybody was captured, so that no other change can have been missed. An absent `subject`, `icon` or `source` is found by the rule that asks for it. The focus may keep the picture elsewhere when it came in
    /// the request itself.
    pub CPM_CINFO_GROUPDATA_REFLECTED: Error = "cpm-cinfo-groupdata-reflected", ["5.2.6.1-rx-3.a.i"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.6.1-rx-3.a.i";
    let recipients = Recipients::new(case);
    for target in [Target::Subject, Target::Icon] {
        let history = History::of(case, target);
        let mut shown: HashSet<MessageId> = HashSet::new();
        for document in case.documents().iter().filter(|document| !document.is_last()) {
            let Some(info) = document.judged() else { continue };
            let (Some(description), Some(request)) = (&info.description, history.before(document.message)) else {
                continue;
            };
            let (Some(answer), Some(wanted)) = (granted(request), value(request)) else { continue };
            if recipients.has_group_data(case, document) == Some(false) {
                continue;
            }
            let has_it = match (target, &description.subject, &description.icon) {
                // One that was deleted is looked at by a rule of its own, and so is a missing element.
                (Target::Subject, Some(subject), _) => wanted.is_none_or(|wanted| subject.as_str() == wanted),
                (Target::Icon, _, Some(icon)) => shows(icon, request),
                _ => true,
            };
            if has_it {
                judge.pass(statement);
                shown.insert(request.message);
                continue;
            }
            let is_settled =
                document.message > answer && case.seconds_between(answer, document.message) >= SETTLED_SECONDS;
            // Once it was shown, somebody may have changed it again unseen.
            let may_have_changed = shown.contains(&request.message) && !recipients.hears_everybody(case, info);
            if !is_settled || may_have_changed {
                continue;
            }
            shown.insert(request.message);
            let (what, range) = match target {
                Target::Icon => ("icon", description.icon.as_ref().map(|icon| &icon.range)),
                _ => ("subject", description.subject.as_ref().map(|subject| &subject.range)),
            };
            let message = format!("the {what} set by {} is not in the conference-info", author(case, request));
            let finding = judge.fail(statement, document.at_judged(range.unwrap_or(&description.range)), message);
            finding.expected(wanted.unwrap_or("none")).also(request.message).also(answer);
        }
        let granted = history.requests.iter().filter(|request| granted(request).is_some());
        for _ in granted.filter(|request| !shown.contains(&request.message)) {
            judge.undecided(statement, "needs a conference-info document after the change");
        }
    }
}

/// Is it the icon that was asked for? A source that is not there is missed by a rule of its own; a picture that came in the
/// request may be kept anywhere.
fn shows(icon: &Icon, request: &GroupDataRequest) -> bool {
    let shown = icon.icon_uri.as_ref().map(|uri| uri.as_str()).filter(|uri| !uri.is_empty());
    match (&request.value, shown) {
        (GroupDataValue::IconUri(wanted), Some(shown)) => icon.file_info.is_some() || shown == wanted.trim(),
        _ => true,
    }
}
