use super::away::{all, is_rejoin, refusal};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Leg;

rule! {
    /// ## What it checks
    /// A client that has come back by itself is not invited as well by its participating function.
    ///
    /// ## Why it matters
    /// The user sees the same group twice.
    ///
    /// ## Example
    /// Bob comes back with an INVITE to the group, and a second later his function invites him: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4
    ///
    /// An INVITE that was sent within half a second of the other may have crossed it.
    pub CPM_DEFERRED_NO_INVITE_AFTER_REJOIN: Error = "cpm-deferred-no-invite-after-rejoin", ["5.2.3.4-p4-B-no-invite"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4-p4-B-no-invite";
    for away in all(case) {
        for leg in away.back.iter().filter(|leg| is_rejoin(leg)) {
            let Some(invited) = leg.invited else { continue };
            let mut own = away.back.iter().filter(|other| !is_rejoin(other));
            let wrong = own.find(|other| is_during(case, leg, other));
            let place = wrong.and_then(|other| other.invited).unwrap_or(invited);
            let what = || format!("{} has come back, and is invited by its function all the same", away.hop.user());
            let finding = judge.expect(statement, wrong.is_none(), place, what);
            finding.into_iter().for_each(|finding| _ = finding.also(invited));
        }
    }
}

/// INVITEs that cross are no fault.
const GLARE_SECONDS: f64 = 0.5;

/// Was `other` sent while the re-join stood, and was none of the two refused?
fn is_during(case: &Case<'_>, rejoin: &Leg, other: &Leg) -> bool {
    let (Some(invited), Some(sent)) = (rejoin.invited, other.invited) else { return false };
    let is_later = sent > invited && case.seconds_between(invited, sent) > GLARE_SECONDS;
    is_later && refusal(rejoin).is_none() && rejoin.ended.is_none_or(|(end, _)| sent < end)
}
