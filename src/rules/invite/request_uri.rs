use std::rc::Rc;

use hashbrown::HashSet;

use super::invitation::{Purpose, originating, without_headers};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Identity;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The focus invites those whom the list, the REFER or the last list of participants names.
    ///
    /// ## Why it matters
    /// Somebody who was never asked for is let into the group.
    ///
    /// ## Example
    /// The list names Bob and Carol, and the focus invites Dave: broken.
    ///
    /// ## Source
    /// OMA CPM 7.2.3; RFC 5366 §4
    ///
    /// At the client the Request-URI may be its registered contact: then To or P-Called-Party-ID count. Judged are ad-hoc groups whose INVITE with the list was
    /// captured; an invitation to the focus itself is broken in any case.
    pub CPM_INVITE_REQUEST_URI: Error = "cpm-invite-request-uri", ["7.2.3-10"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "7.2.3-10";
    let all = case.invitations();
    let known = known(case);
    for one in all.iter().filter(|one| one.is_from_focus()) {
        let called: Vec<Identity> = [Name::To, Name::PCalledPartyId]
            .into_iter()
            .filter_map(|name| Identity::of_header(&one.message, name))
            .chain(one.leg.request_uri.clone())
            .collect();
        let uri = one.leg.request_uri.as_ref().map_or("", |uri| uri.uri.as_str());
        let message = || format!("INVITE of the focus goes to {uri}, which is not an invited participant");
        let focus = case.focus_contact(one.id, &one.message);
        if focus.zip(one.leg.request_uri.as_ref()).is_some_and(|(focus, uri)| uri.key == focus.key) {
            judge.fail(statement, one.place(Name::To), message());
            continue;
        }
        let origin = originating(all, one.id).filter(|origin| origin.purpose != Purpose::PreDefined);
        let Some(origin) = origin.filter(|_| !case.lossy && case.session.predecessor.is_none()) else {
            judge.undecided(statement, "needs the INVITE with the list of recipients");
            continue;
        };
        // Whoever asks for it by REFER need not have been captured.
        let referrer = Identity::of_header(&one.message, Name::ReferredBy).map(|who| who.key);
        let caller = origin.leg.caller.as_ref().map(|who| who.key.clone());
        if referrer.is_some() && referrer != caller {
            judge.undecided(statement, "needs the REFER that asks for the invitation");
            continue;
        }
        let is_known = called.iter().any(|who| known.contains(&*who.key));
        let finding = judge.expect(statement, is_known, one.place(Name::To), message);
        finding.into_iter().for_each(|finding| _ = finding.also(origin.id));
    }
}

/// Whom lists and REFERs ask for; and who was in once, and may be invited again when the group is woken up.
fn known(case: &Case<'_>) -> HashSet<Rc<str>> {
    let all = case.invitations();
    let listed = all.iter().flat_map(|one| one.recipients()).map(|uri| case.key(without_headers(uri)));
    let referred = case.timeline.referrals.iter().flat_map(|referral| &referral.targets).map(|who| case.key(&who.uri));
    let callers = all.iter().filter_map(|one| one.leg.caller.as_ref()).map(|who| case.key(&who.uri));
    let told = case.timeline.observers.iter().flat_map(|observer| &observer.told).flat_map(|told| &told.seen);
    let told = told.map(|seen| case.key(case.uri(seen.participant)));
    listed.chain(referred).chain(callers).chain(told).collect()
}
