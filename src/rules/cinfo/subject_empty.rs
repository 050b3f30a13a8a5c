use super::history::{History, Known, Target};
use super::recipient::{Recipients, described};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The `subject` of a session without subject is empty. A session has none when its INVITE has no Subject and nobody set one, or when
    /// it was deleted last.
    ///
    /// ## Why it matters
    /// Clients show a name for the group that nobody gave it.
    ///
    /// ## Example
    /// An INVITE without Subject, then `<subject>Group chat</subject>`: broken. `<subject/>`: right.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.3
    ///
    /// Judged only for an ad-hoc group whose INVITE was captured, and while the MSRP of everybody who is in was captured: else somebody may
    /// have set the subject unseen.
    pub CPM_CINFO_SUBJECT_EMPTY: Error = "cpm-cinfo-subject-empty", ["9.2.14.3-n-7.a.s2", "9.2.14.3-m-a.iv.b1.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (notify, msrp) = ("9.2.14.3-n-7.a.s2", "9.2.14.3-m-a.iv.b1.s2");
    let recipients = Recipients::new(case);
    let history = History::of(case, Target::Subject);
    let began_without =
        recipients.ad_hoc_beginning(case).is_some() && case.legs().all(|(_, leg)| leg.subject.is_none());
    for (document, info, description) in described(case, judge, notify, msrp) {
        let Some(subject) = &description.subject else { continue };
        if recipients.has_group_data(case, document) != Some(true) {
            continue;
        }
        let statement = document.pick(notify, msrp);
        let deletion = match history.at(case, document.message) {
            Known::Untouched if began_without => None,
            Known::Deleted(request) => Some(request.message),
            _ => continue,
        };
        if subject.value.is_empty() {
            judge.pass(statement);
        } else if !recipients.hears_everybody(case, info) {
            judge.undecided(statement, "needs the MSRP of all participants");
        } else {
            let message = format!("the session has no subject, but subject is {:?}", subject.value);
            let finding = judge.fail(statement, document.at_judged(&subject.range), message);
            finding.expected("an empty subject");
            deletion.into_iter().for_each(|request| _ = finding.also(request));
        }
    }
}
