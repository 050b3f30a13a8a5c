use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::session::Outcome;

rule! {
    /// ## What it checks
    /// Where the network wants it so, an ad-hoc group ends when whoever made it leaves.
    ///
    /// ## Why it matters
    /// It is what users expect of a call; most groups go on.
    ///
    /// ## Example
    /// The profile has `ends-with-initiator = true`, Alice leaves the group that she has made, and the focus keeps it: a
    /// note.
    ///
    /// ## Source
    /// OMA CPM 5.2
    pub CPM_FOCUS_END_ON_INITIATOR_LEAVE: Note = "cpm-focus-end-on-initiator-leave", ["5.2-3.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-3.b";
    let wait = case.profile.timings.sip_transaction;
    for one in case.invitations().iter().filter(|one| matches!(one.purpose, Purpose::AdHoc | Purpose::Extension)) {
        let Some((bye, _)) = one.leg.ended.filter(|_| one.leg.ended_by() == Some("client")) else { continue };
        match case.profile.policy.ends_with_initiator {
            None => judge.undecided(statement, "needs policy.ends-with-initiator in the profile"),
            Some(false) => judge.pass(statement),
            Some(true) => {
                let legs = case.legs().map(|(_, leg)| leg).filter(|leg| {
                    leg.outcome == Outcome::Established && leg.invited.is_none_or(|invited| invited < bye)
                });
                let stays = legs.into_iter().find(|leg| match leg.ended {
                    Some((other, _)) => case.seconds_between(bye, other) > wait && other > bye,
                    None => case.seconds_captured_after(bye) > wait,
                });
                match stays {
                    Some(_) => {
                        let what = format!("the group that {} made went on without its initiator", one.user());
                        judge.remark(statement, Severity::Note, bye, what);
                    }
                    None => judge.pass(statement),
                }
            }
        }
    }
}
