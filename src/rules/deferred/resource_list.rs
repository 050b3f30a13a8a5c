use super::original::deferred;
use crate::rules::invite::invitation::same_user;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::find_body;
use crate::wire::resource_lists::MEDIA_TYPE;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A deferred INVITE carries a list (`application/resource-lists+xml`) of who is in the session.
    ///
    /// ## Why it matters
    /// A client that was away when others came and went does not know who reads what it writes.
    ///
    /// ## Example
    /// The deferred INVITE has an SDP body and nothing else: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1; RFC 5366
    ///
    /// Whether one who is listed was in at that very moment is not judged: what the function knew last need not have been
    /// captured.
    pub CPM_DEFERRED_INVITE_RESOURCE_LIST: Error = "cpm-deferred-invite-resource-list", ["5.2.3.4.1.1-a.i-list"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-a.i-list";
    for one in deferred(case) {
        let user = one.invite.user();
        if one.invite.message.is_body_cut() || case.messages()[one.invite.id].incomplete {
            judge.undecided(statement, format!("needs the whole deferred INVITE to {user}"));
            continue;
        }
        if find_body(&one.invite.message, MEDIA_TYPE).is_none() {
            let message = format!("the deferred INVITE to {user} has no list of who is in the session");
            judge.fail(statement, one.invite.place(Name::ContentType), message).expected(MEDIA_TYPE);
            continue;
        }
        let known = |uri: &str| case.timeline.participants.iter().any(|who| same_user(&who.identity.uri, uri));
        let listed = one.invite.recipients();
        let stranger = listed.iter().find(|uri| !known(uri) && case.session.bare_msrp.is_empty() && !case.lossy);
        let message = || {
            let stranger = stranger.map_or("", String::as_str);
            format!("the deferred INVITE to {user} lists {stranger}, who was never in the session")
        };
        judge.expect(statement, stranger.is_none(), one.invite.place(Name::ContentType), message);
    }
}
