use super::invitation::{Clauses, same_user};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// An INVITE with a list of recipients goes to the conference factory.
    ///
    /// ## Why it matters
    /// Nobody else makes a group of it.
    ///
    /// ## Example
    /// The same INVITE sent to the first of the invitees: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.3; RFC 3261 §19.1.4
    /// Needs `conference-factories` in the profile. An INVITE to one of those on its own list is broken without.
    pub CPM_INVITE_REQUEST_URI_FACTORY: Error = "cpm-invite-request-uri-factory", ["5.2.1.1-1", "5.2.3-1"], check;
}

const CLAUSES: Clauses = Clauses { ad_hoc: Some("5.2.1.1-1"), extension: Some("5.2.3-1"), ..Clauses::NONE };

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations() {
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let Some(uri) = &one.leg.request_uri else { continue };
        let is_listed = one.recipients().iter().any(|recipient| same_user(recipient, &uri.uri));
        let is_set = !case.profile.conference_factories.is_empty();
        if !is_set && !is_listed {
            judge.undecided(statement, "needs conference-factories in the profile");
            continue;
        }
        let is_right = !is_listed && case.profile.is_conference_factory(&uri.uri);
        let message = || format!("Request-URI {} is not the URI of the conference factory", uri.uri);
        let finding = judge.expect(statement, is_right, one.start_line(), message);
        finding.into_iter().for_each(|finding| _ = finding.expected(case.profile.conference_factories.join(", ")));
    }
}
