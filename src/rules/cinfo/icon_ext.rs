use hashbrown::HashMap;

use super::history::{History, Known, Target, granted};
use super::lexical::{is_absolute_uri, is_date_time};
use super::recipient::{Recipients, described, joined};
use crate::rules::rule::rule;
use crate::rules::{Case, Document, Judge, Severity};
use crate::session::Identity;
use crate::timeline::{Channel, GroupDataRequest};
use crate::wire::xml::Text;

rule! {
    /// ## What it checks
    /// An icon that was changed after the recipient came in says when (`timestamp`) and by whom (`participant`), and so does any icon that
    /// is told to who began the session. A time of another form than xs:dateTime, a participant that is no URI, and one of the two alone
    /// are warnings.
    ///
    /// ## Why it matters
    /// A client that holds two icons cannot tell which is newer.
    ///
    /// ## Example
    /// Alice changes the icon; Bob, who was in, gets `<icon>` with the new source but without `<timestamp>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3 (Appendix P.2)
    ///
    /// The change is known from the request that was granted, or from another source in an earlier document on the same channel.
    pub CPM_CINFO_ICON_EXT: Error = "cpm-cinfo-icon-ext", ["9.2.14.3-n-7.f.iii.b1", "9.2.14.3-n-7.f.iii.b2", "9.2.14.3-m-a.iv.b6.c.i", "9.2.14.3-m-a.iv.b6.c.ii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let recipients = Recipients::new(case);
    let history = History::of(case, Target::Icon);
    let mut told: HashMap<Channel, (Option<&str>, bool)> = HashMap::new();
    let (notify, msrp) = ("9.2.14.3-n-7.f.iii.b1", "9.2.14.3-m-a.iv.b6.c.i");
    for (document, _, description) in described(case, judge, notify, msrp) {
        let Some(icon) = &description.icon else { continue };
        let names = [&icon.icon_uri, &icon.file_info].into_iter().flatten();
        let picture = names.map(|text| text.as_str()).find(|text| !text.is_empty());
        let (last, has_changed) = told.entry(document.notification.channel).or_insert((picture, false));
        *has_changed |= *last != picture;
        *last = picture;
        let Some(picture) = picture else { continue };
        let stamp = document.pick(notify, msrp);
        let author = document.pick("9.2.14.3-n-7.f.iii.b2", "9.2.14.3-m-a.iv.b6.c.ii");
        let filled = |text: &Option<Text>| text.clone().filter(|text| !text.value.is_empty());
        let values =
            [(stamp, "timestamp", filled(&icon.timestamp)), (author, "participant", filled(&icon.participant))];
        forms(document, judge, &values);
        let request = match history.at(case, document.message) {
            Known::Set(request) => Some(request),
            _ => None,
        };
        if let (Some(request), Some(value)) = (request, &values[1].2) {
            wrong_author(case, document, judge, (author, request, value));
        }
        if values.iter().all(|(.., value)| value.is_some()) {
            judge.pass(stamp);
            continue;
        }
        let leg = recipients.leg(case, document);
        let since = leg.and_then(joined);
        let was_changed =
            *has_changed || request.and_then(granted).is_some_and(|answer| since.is_some_and(|joined| answer > joined));
        let began = leg.and_then(|leg| recipients.began_the_session(leg));
        let who = document.to().map_or("the recipient", |who| case.uri(who));
        for (statement, name, _) in values.iter().filter(|(.., value)| value.is_none()) {
            if case.lossy && (was_changed || began == Some(true)) {
                judge.undecided(statement, "needs the requests and documents that are missing from the capture");
            } else if was_changed || began == Some(true) {
                let message = format!("the icon {picture} is told to {who} without {name}");
                let finding = judge.fail(statement, document.at_judged(&icon.range), message);
                request.into_iter().for_each(|request| _ = finding.also(request.message));
            } else if values.iter().any(|(.., value)| value.is_some()) {
                let message = format!("the icon {picture} has no {name}");
                judge.remark(statement, Severity::Warning, document.at_judged(&icon.range), message);
            } else if began.is_none() {
                judge.undecided(statement, "needs the leg of the recipient and the beginning of the session");
            }
        }
    }
}

/// The appendix with the types is not at hand: other forms of the values are warnings.
fn forms(document: &Document, judge: &mut Judge, values: &[(&'static str, &str, Option<Text>)]) {
    for (statement, name, value) in values {
        let Some(value) = value else { continue };
        let fits = match *name {
            "timestamp" => is_date_time(value.as_str()),
            _ => is_absolute_uri(value.as_str()),
        };
        if !fits {
            let message = format!("{name} of the icon is {:?}", value.value);
            judge.remark(statement, Severity::Warning, document.at_judged(&value.range), message);
        }
    }
}

/// The participant is the one who asked for the change.
fn wrong_author(
    case: &Case<'_>,
    document: &Document,
    judge: &mut Judge,
    (statement, request, value): (&'static str, &GroupDataRequest, &Text),
) {
    let Some(asked) = request.participant.and_then(|index| case.timeline.participants.get(index)) else { return };
    let named = Identity::from_uri(value.as_str());
    if named.key == asked.identity.key || asked.anonymous || named.is_anonymous() || !is_absolute_uri(value.as_str()) {
        judge.pass(statement);
        return;
    }
    let message = format!("participant of the icon is {}, but {} changed it", value.value, asked.identity.uri);
    judge
        .fail(statement, document.at_judged(&value.range), message)
        .expected(&asked.identity.uri)
        .also(request.message);
}
