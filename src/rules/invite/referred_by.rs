use super::invitation::{originating, same_user};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Identity;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The invitations of the focus name in `Referred-By` who made the group, or who asked for this invitation.
    ///
    /// ## Why it matters
    /// The invited user does not learn who invites.
    ///
    /// ## Example
    /// An invitation without Referred-By: broken.
    ///
    /// ## Source
    /// OMA CPM 7.2.3; RFC 3892
    ///
    /// Anybody who takes part in the session is accepted: the INVITE or REFER of another one need not have been captured. Who was added by REFER is invited in the name of the referrer (5.2.2 step 5), who comes after a restart in the name of the one who woke the group up, or of the
    /// one who made it. With `Privacy: id` an anonymous address is right.
    pub CPM_INVITE_REFERRED_BY: Error = "cpm-invite-referred-by", ["7.2.3-11"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "7.2.3-11";
    let all = case.invitations();
    for one in all.iter().filter(|one| one.is_from_focus() && !one.is_deferred(case)) {
        let place = one.place(Name::ReferredBy);
        let values = one.values(Name::ReferredBy);
        let Some(found) = values.first().and_then(|value| Identity::parse(value)).filter(|_| values.len() == 1) else {
            let message = format!("INVITE to {} has no Referred-By with the address of who invites", one.user());
            judge.fail(statement, place, message);
            continue;
        };
        let callers = all.iter().filter(|other| !other.is_from_focus() && other.id < one.id);
        let callers: Vec<&str> =
            callers.filter_map(|other| other.leg.caller.as_ref()).map(|who| who.uri.as_str()).collect();
        let referrers = case.timeline.referrals.iter().filter(|referral| referral.at < one.id);
        let referrers = referrers.filter_map(|referral| referral.by.as_ref()).map(|who| who.uri.as_str());
        let mut known = callers.iter().copied().chain(referrers).peekable();
        // Not everybody who asks need have been captured.
        let is_of_session = case.timeline.participants.iter().any(|who| same_user(&who.identity.uri, &found.uri));
        let is_followed = originating(all, one.id).is_some() && !case.lossy;
        if known.peek().is_none() || (!is_followed && !is_of_session) {
            judge.undecided(statement, "needs the INVITE or REFER that asks for the invitation");
            continue;
        }
        let is_right = found.is_anonymous() || is_of_session || known.any(|who| same_user(who, &found.uri));
        let message =
            || format!("Referred-By of the INVITE to {} is {}, which is nobody who invites", one.user(), found.uri);
        let finding = judge.expect(statement, is_right, place, message);
        let expected = callers.last().copied().unwrap_or_default();
        finding.into_iter().for_each(|finding| _ = finding.expected(expected));
    }
}
