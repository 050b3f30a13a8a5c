use super::invitation::Clauses;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::session::Identity;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// An INVITE to a pre-defined group goes to the address of the group.
    ///
    /// ## Why it matters
    /// The focus does not know which group is meant.
    ///
    /// ## Example
    /// An INVITE without list to the conference factory: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.2, 5.2.1.3; RFC 3261 §19.1.4
    /// Needs `group-addresses` in the profile. Without, a To that is not the Request-URI is a warning.
    pub CPM_INVITE_REQUEST_URI_GROUP: Error = "cpm-invite-request-uri-group", ["5.2.1.2-1", "5.2.1.3-1"], check;
}

const CLAUSES: Clauses = Clauses { pre_defined: Some("5.2.1.2-1"), join_in: Some("5.2.1.3-1"), ..Clauses::NONE };

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations() {
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let Some(uri) = &one.leg.request_uri else { continue };
        let to = Identity::of_header(&one.message, Name::To).filter(|to| to.key != uri.key);
        if !case.profile.group_addresses.is_empty() {
            let is_right = case.profile.is_group_address(&uri.uri);
            let message = || format!("Request-URI {} is not the address of a pre-defined group", uri.uri);
            let finding = judge.expect(statement, is_right, one.start_line(), message);
            finding.into_iter().for_each(|finding| _ = finding.expected(case.profile.group_addresses.join(", ")));
        } else if let Some(to) = to {
            let message = format!("INVITE for the group {} goes to {}", to.uri, uri.uri);
            judge.remark(statement, Severity::Warning, one.place(Name::To), message).expected(&to.uri);
        } else {
            judge.undecided(statement, "needs group-addresses in the profile");
        }
    }
}
