use super::original::deferred;
use crate::rules::invite::invitation::same_user;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;
use crate::wire::uri::Uri;

rule! {
    /// ## What it checks
    /// A deferred INVITE is sent to the user whom it is for: its Request-URI is the address by which the user was invited, or
    /// that it called itself by.
    ///
    /// ## Why it matters
    /// It goes to nobody, or to somebody else.
    ///
    /// ## Example
    /// Carol is away, and the Request-URI is the Group Session Identity: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1; the URIs are compared as in RFC 3261 19.1.4
    pub CPM_DEFERRED_INVITE_REQUEST_URI: Error = "cpm-deferred-invite-request-uri", ["5.2.3.4.1.1-p2-ruri"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-p2-ruri";
    for one in deferred(case) {
        let Some(known) = one.lost.client.participant() else { continue };
        let Some(called) = one.invite.message.request_uri() else { continue };
        // Behind the S-CSCF stands the contact of the device there, and the user in P-Called-Party-ID.
        let party = one.invite.value(Name::PCalledPartyId);
        let named = party.as_deref().unwrap_or(&called).trim_matches(['<', '>']);
        let is_contact = party.is_none()
            && Uri::parse(&called).is_some_and(|called| called.user().is_some() && called.has_address());
        if is_contact {
            judge.undecided(statement, "needs the INVITE between function and S-CSCF");
            continue;
        }
        let is_right = same_user(named, &known.uri);
        let what = || format!("the deferred INVITE to {} is sent to {named}", known.uri);
        let finding = judge.expect(statement, is_right, one.invite.start_line(), what);
        finding.into_iter().for_each(|finding| _ = finding.expected(known.uri.as_str()));
    }
}
