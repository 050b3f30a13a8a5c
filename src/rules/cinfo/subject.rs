//! The subject that a group begins with.

use crate::rules::invite::invitation::{Invitation, Purpose};
use crate::rules::{Case, Document};
use crate::wire::sip::Name;

/// The INVITE that made the group, its subject, and the first full document that follows, sent before anybody asked for another subject.
pub fn first_document<'c, 'a>(case: &'c Case<'a>) -> Option<(&'c Invitation<'a>, String, &'c Document)> {
    let origin = case.invitations().iter().find(|one| {
        matches!(one.purpose, Purpose::AdHoc | Purpose::Extension)
            && one.leg.answered.is_some_and(|(_, status)| status < 300)
    })?;
    let subject = origin.value(Name::Subject)?;
    let document = case
        .documents()
        .iter()
        .find(|document| document.message > origin.id && document.is_full() && document.judged().is_some())?;
    let is_changed = case
        .timeline
        .group_data
        .iter()
        .any(|request| request.message < document.message && request.target.as_deref() == Some("subject"));
    (!is_changed).then_some((origin, subject, document))
}
