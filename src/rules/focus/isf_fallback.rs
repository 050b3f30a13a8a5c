use crate::rules::invite::answer::refusals_of_clients;
use crate::rules::invite::invitation::same_user;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// An invitee whose client refuses with 488 is tried over the interworking selection function.
    ///
    /// ## Why it matters
    /// Users without CPM get the group as SMS, or are not in it at all.
    ///
    /// ## Example
    /// The profile has `interworking-host = "isf.example.com"`, Bob's client answers 488, and no INVITE goes there: broken.
    ///
    /// ## Source
    /// OMA CPM 7.2.3
    pub CPM_FOCUS_ISF_FALLBACK: Error = "cpm-focus-isf-fallback", ["7.2.3-err", "7.2.3-err.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "7.2.3-err";
    for refusal in refusals_of_clients(case).filter(|refusal| refusal.status == 488) {
        let one = refusal.invitation;
        let Some(host) = &case.profile.policy.interworking_host else {
            judge.undecided(statement, "needs policy.interworking-host in the profile");
            continue;
        };
        let leads_there = |other: &crate::rules::invite::invitation::Invitation<'_>| {
            let called = other.leg.request_uri.as_ref().is_some_and(|uri| uri.uri.contains(host.as_str()));
            called || other.values(Name::Route).iter().any(|route| route.contains(host.as_str()))
        };
        let next = case.invitations().iter().find(|other| {
            other.id > refusal.id
                && same_user(other.user(), one.user())
                && leads_there(other)
                && case.seconds_between(refusal.id, other.id) <= WAIT_SECONDS
        });
        match next {
            Some(_) => {
                judge.pass(statement);
                judge.pass("7.2.3-err.s2");
            }
            None if case.lossy || case.seconds_captured_after(refusal.id) <= WAIT_SECONDS => {
                judge.undecided(statement, "needs more of the session after the 488");
            }
            None => {
                let what = format!("{} refused with 488, and no INVITE went to {host}", one.user());
                judge.fail(statement, refusal.id, what).also(one.id);
            }
        }
    }
}

/// How long a focus may take to try the other way.
const WAIT_SECONDS: f64 = 5.0;
