use super::subject::first_document;
use crate::rules::invite::invitation::same_user;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Identity;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// As long as the subject is that of the INVITE, the documents name its sender as the one who has set it.
    ///
    /// ## Why it matters
    /// Participants see a change of the subject by somebody who has changed nothing.
    ///
    /// ## Example
    /// Alice's INVITE has the subject, and the document says `<subject-ext><participant>sip:bob@example.com</participant>`:
    /// broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5, 9.2.14.3
    pub CPM_CINFO_SUBJECT_EXT_PARTICIPANT: Error = "cpm-cinfo-subject-ext-participant", ["5.2.5-3.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-3.s2";
    let Some((origin, _, document)) = first_document(case) else { return };
    let extension = document
        .judged()
        .and_then(|info| info.description.as_ref())
        .and_then(|description| description.subject_ext.as_ref());
    let Some(participant) = extension.and_then(|extension| extension.participant.as_ref()) else { return };
    let names = [Name::PAssertedIdentity, Name::PPreferredIdentity, Name::From];
    let mut senders = names.into_iter().filter_map(|name| Identity::of_header(&origin.message, name));
    let is_hidden = origin.leg.caller_anonymous && Identity::from_uri(participant.as_str()).is_anonymous();
    let kept = is_hidden || senders.any(|sender| same_user(&sender.uri, participant.as_str()));
    let what = || format!("subject-ext names {}, the subject is that of {}", participant.as_str(), origin.user());
    let finding = judge.expect(statement, kept, document.at_judged(&participant.range), what);
    finding
        .into_iter()
        .for_each(|finding| _ = finding.expected(origin.user()).found(participant.as_str()).also(origin.id));
}
