use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::session::Outcome;
use crate::timeline::State;

rule! {
    /// ## What it checks
    /// Where the network wants it so, a pre-defined group ends when too few participants are left.
    ///
    /// ## Why it matters
    /// A session with nobody to talk to keeps resources.
    ///
    /// ## Example
    /// The profile has `group-ends-at = 1`, one participant is left, and the focus keeps the session: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2
    pub CPM_FOCUS_END_PER_GROUP_POLICY: Note = "cpm-focus-end-per-group-policy", ["5.2-3.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-3.c";
    let wait = case.profile.timings.sip_transaction;
    let is_predefined =
        case.invitations().iter().any(|one| one.purpose == Purpose::PreDefined && one.leg.established.is_some());
    if !is_predefined {
        return;
    }
    let Some(limit) = case.profile.policy.group_ends_at else {
        judge.undecided(statement, "needs policy.group-ends-at in the profile");
        return;
    };
    let leaves = case
        .legs()
        .filter(|(_, leg)| leg.ended_by() == Some("client"))
        .filter_map(|(_, leg)| leg.ended)
        .map(|(bye, _)| bye);
    for bye in leaves {
        let participants = case.timeline.participants.iter();
        let left = participants
            .filter(|one| {
                one.timeline
                    .iter()
                    .rfind(|change| change.at <= bye)
                    .is_some_and(|change| change.state == State::Connected)
            })
            .count();
        if left as u64 > u64::from(limit) {
            continue;
        }
        let mut legs = case
            .legs()
            .map(|(_, leg)| leg)
            .filter(|leg| leg.outcome == Outcome::Established && leg.invited.is_none_or(|invited| invited < bye));
        let stays = legs.any(|leg| match leg.ended {
            Some((other, _)) => other > bye && case.seconds_between(bye, other) > wait,
            None => case.seconds_captured_after(bye) > wait,
        });
        if stays {
            let what = format!("the session of the group went on with {left} participants");
            judge.remark(statement, Severity::Note, bye, what);
        } else {
            judge.pass(statement);
        }
    }
}
