use hashbrown::HashMap;

use super::history::{History, Known, Target, granted};
use super::recipient::{Recipients, described, joined};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::timeline::Channel;

rule! {
    /// ## What it checks
    /// A subject that was changed after the recipient came in has a `subject-ext`, and so has any subject that is told to who began the
    /// session.
    ///
    /// ## Why it matters
    /// Without it the client cannot show who changed the subject, and when; one that holds two values cannot tell which is newer.
    ///
    /// ## Example
    /// Bob changes the subject; Carol, who was in, gets the new `<subject>` without `<subject-ext>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3 (Appendix P.2)
    ///
    /// The change is known from the request that was granted, or from another subject in an earlier document on the same channel.
    pub CPM_CINFO_SUBJECT_EXT_PRESENT: Error = "cpm-cinfo-subject-ext-present", ["9.2.14.3-n-7.b", "9.2.14.3-m-a.iv.b2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (notify, msrp) = ("9.2.14.3-n-7.b", "9.2.14.3-m-a.iv.b2");
    let recipients = Recipients::new(case);
    let history = History::of(case, Target::Subject);
    let mut told: HashMap<Channel, (&str, bool)> = HashMap::new();
    for (document, _, description) in described(case, judge, notify, msrp) {
        let subject = description.subject.as_ref().map_or("", |subject| subject.as_str());
        let (last, has_changed) = told.entry(document.notification.channel).or_insert((subject, false));
        *has_changed |= *last != subject;
        *last = subject;
        if subject.is_empty() {
            continue;
        }
        let statement = document.pick(notify, msrp);
        if description.subject_ext.is_some() {
            judge.pass(statement);
            continue;
        }
        // Who is told after a BYE has come back by a leg that was not captured.
        let leg = recipients.leg(case, document);
        let Some(leg) = leg.filter(|leg| leg.ended.is_none_or(|(bye, _)| bye > document.message)) else {
            judge.undecided(statement, "needs the leg of the recipient");
            continue;
        };
        let change = match history.at(case, document.message) {
            Known::Set(request) => granted(request).filter(|answer| joined(leg).is_some_and(|joined| *answer > joined)),
            _ => None,
        };
        let began = recipients.began_the_session(leg);
        let why = match (began, change.is_some() || *has_changed) {
            (_, true) => "was changed after",
            (Some(true), false) => "was told, with the session begun by",
            (Some(false), false) => continue,
            (None, false) => {
                judge.undecided(statement, "needs the beginning of the session");
                continue;
            }
        };
        let who = document.to().map_or("the recipient", |who| case.uri(who));
        let message = match why {
            "was changed after" => format!("the subject was changed after {who} joined, but there is no subject-ext"),
            _ => format!("{who} began the session, but is told the subject without subject-ext"),
        };
        let place = description.subject.as_ref().map_or(&description.range, |subject| &subject.range);
        let finding = judge.fail(statement, document.at_judged(place), message);
        change.into_iter().for_each(|answer| _ = finding.also(answer));
    }
}
