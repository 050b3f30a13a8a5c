use super::invitation::Clauses;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::session::find_body;
use crate::wire::defect::Oddity;
use crate::wire::media_type::MediaType;
use crate::wire::sip::{Message, Name};
use crate::wire::{multipart, resource_lists};

rule! {
    /// ## What it checks
    /// The INVITE to the conference factory has a list of recipients: `application/resource-lists+xml` with `Content-Disposition: recipient-list`, well-formed,
    /// with at least one entry.
    ///
    /// ## Why it matters
    /// The focus has nobody to invite.
    ///
    /// ## Example
    /// The list under `Content-Disposition: session`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2, 5.2.1.1, 5.2.3; RFC 5366 §4, RFC 5363, RFC 4826
    /// That a list is missing altogether is seen where the factory is known from the profile. Lists inside lists are a warning, a missing `Require:
    /// recipient-list-invite` a note.
    pub CPM_INVITE_RESOURCE_LIST: Error = "cpm-invite-resource-list", ["5.2-2", "5.2.1.1-6", "5.2.3-8"], check;
}

const CLAUSES: Clauses = Clauses { ad_hoc: Some("5.2.1.1-6"), extension: Some("5.2.3-8"), ..Clauses::NONE };

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations() {
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let place = one.place(Name::ContentType);
        match wrong(&one.message) {
            Some(reason) => {
                judge.fail(statement, place, format!("group INVITE has no valid recipient-list body: {reason}"));
                judge.same("5.2-2", false);
            }
            None => {
                judge.pass(statement);
                judge.same("5.2-2", true);
                let required = one.values(Name::Require);
                let mut tags = required.iter().flat_map(|value| value.split(','));
                if !tags.any(|tag| tag.trim().eq_ignore_ascii_case("recipient-list-invite")) {
                    let message = "INVITE with a list of recipients lacks Require: recipient-list-invite";
                    judge.remark(statement, Severity::Note, one.place(Name::Require), message);
                }
            }
        }
    }
}

/// What is wrong with the list of recipients.
fn wrong(message: &Message<'_>) -> Option<String> {
    let content_type = message.header(Name::ContentType).unwrap_or_default();
    let media_type = MediaType::parse(&*content_type);
    let parts = multipart::parse(message.body(), &media_type).ok();
    let part = parts.as_ref().and_then(|parts| parts.find(resource_lists::MEDIA_TYPE));
    let disposition = match &part {
        Some(part) => part.headers.get("Content-Disposition").map(|value| value.into_owned()),
        None => message.header(Name::ContentDisposition).map(|value| value.into_owned()),
    };
    let Some(body) = find_body(message, resource_lists::MEDIA_TYPE) else { return Some("there is none".to_owned()) };
    let kind = disposition.as_deref().and_then(|value| value.split(';').next()).unwrap_or("render").trim().to_owned();
    if !kind.eq_ignore_ascii_case("recipient-list") {
        return Some(format!("its Content-Disposition is {kind}"));
    }
    match resource_lists::parse(body) {
        Err(error) => Some(error.to_string()),
        Ok(list) if [Oddity::NotWellFormed, Oddity::UnclosedElement].into_iter().any(|what| list.defects.has(what)) => {
            Some("its XML is not well-formed".to_owned())
        }
        Ok(list) if list.entries().filter_map(|entry| entry.uri.as_ref()).next().is_none() => {
            Some("it has no entry".to_owned())
        }
        Ok(_) => None,
    }
}
