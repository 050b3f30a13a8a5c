use crate::rules::invite::invitation::{Purpose, same_user};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A client whose re-join crosses an INVITE of the same session takes the INVITE that it gets, and gives its own up.
    ///
    /// ## Why it matters
    /// With both, the user is in the group twice, or in neither.
    ///
    /// ## Example
    /// Bob's re-join is on its way, the focus invites him, and his client answers 486: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.4
    pub CPM_REJOIN_GLARE_USE_RECEIVED: Error = "cpm-rejoin-glare-use-received", ["5.2.1.4-cross"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.1.4-cross";
    let wait = case.profile.timings.sip_transaction;
    for own in case.invitations().iter().filter(|one| one.purpose == Purpose::Rejoin) {
        let crossing = case.invitations().iter().find(|other| {
            other.is_from_focus()
                && same_user(other.user(), own.user())
                && other.id > own.id
                && own.leg.answered.is_none_or(|(answer, _)| other.id < answer)
        });
        let Some(received) = crossing else { continue };
        match received.leg.answered {
            Some((answer, status @ (482 | 486 | 488 | 491))) => {
                let what = format!("{} refused the INVITE that crossed its re-join with {status}", own.user());
                judge.fail(statement, answer, what).also(own.id).also(received.id);
            }
            Some((answer, 200..=299)) => {
                let is_kept = own
                    .leg
                    .established
                    .is_some_and(|ack| own.leg.ended.is_none_or(|(bye, _)| case.seconds_between(ack, bye) > wait));
                let is_seen = case.seconds_captured_after(answer) > wait && !case.lossy;
                match () {
                    () if is_kept && is_seen => {
                        let what = format!("{} kept its own re-join beside the INVITE that crossed it", own.user());
                        judge.fail(statement, answer, what).also(own.id).also(received.id);
                    }
                    () if is_kept => {
                        judge.undecided(statement, "needs more of the session after the INVITE that crossed")
                    }
                    () => judge.pass(statement),
                }
            }
            _ => judge.undecided(statement, "needs the answer to the INVITE that crossed the re-join"),
        }
    }
}
