use super::subject::first_document;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The subject of the group is that of the INVITE which made it, until somebody changes it.
    ///
    /// ## Why it matters
    /// Participants who come later see another name of the group than those who were invited.
    ///
    /// ## Example
    /// The INVITE has `Subject: Holidays`, and the first document `<subject>Group</subject>`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5, 9.2.14.3
    ///
    /// A document without a subject is found by `cpm-cinfo-subject-present`. For a pre-defined group the subject may be
    /// configured.
    pub CPM_CINFO_SUBJECT_FROM_INVITE: Error = "cpm-cinfo-subject-from-invite", ["5.2.5-3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-3";
    let Some((origin, wanted, document)) = first_document(case) else { return };
    let Some(subject) = document
        .judged()
        .and_then(|info| info.description.as_ref())
        .and_then(|description| description.subject.as_ref())
    else {
        return;
    };
    let what = || format!("subject is {:?}, the INVITE has {wanted:?}", subject.as_str());
    let finding = judge.expect(statement, subject.as_str().trim() == wanted, document.at_judged(&subject.range), what);
    finding.into_iter().for_each(|finding| _ = finding.expected(&wanted).found(subject.as_str()).also(origin.id));
}
