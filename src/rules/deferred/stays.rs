use super::away::{Away, all, left, refusal};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// A participating function that stays in a group session for a client whose connection was lost (503) does not end it by
    /// itself: only after the client has declined what was kept, or has come back and left.
    ///
    /// ## Why it matters
    /// What is sent after that is lost, and the user is out of the group without having left it.
    ///
    /// ## Example
    /// Carol's connection is lost, her function takes two messages, and then sends BYE to the focus: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2, 5.2.3.4
    ///
    /// That a function stays is told by what it takes for its client, and by how long its side towards the network goes on.
    pub CPM_BYE_503_PF_STAYS_IN_SESSION: Error = "cpm-bye-503-pf-stays-in-session", ["5.2.3.2-2.a.B.ii.b.ii", "5.2.3.2-2.a.B.ii.b.ii.3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (statement, same) = ("5.2.3.2-2.a.B.ii.b.ii", "5.2.3.2-2.a.B.ii.b.ii.3");
    for away in all(case).iter().filter(|away| away.cause == 503) {
        let wrong = away.given_up().filter(|&bye| !may_end(case, away, bye));
        if wrong.is_some() && case.lossy {
            judge.undecided(statement, format!("needs all that {} sends to its function", away.hop.user()));
            continue;
        }
        let what = || format!("{} is away, and its function leaves the session", away.hop.user());
        let finding = judge.expect(statement, wrong.is_none(), wrong.unwrap_or(away.since), what);
        finding.into_iter().for_each(|finding| _ = finding.also(away.since));
        judge.same(same, wrong.is_none());
    }
}

/// Has the client declined, or left, before this BYE?
fn may_end(case: &Case<'_>, away: &Away<'_, '_>, bye: MessageId) -> bool {
    away.back.iter().any(|leg| {
        let is_declined = refusal(leg).is_some_and(|(id, status)| status == 603 && id < bye);
        is_declined || left(case, leg).is_some_and(|own| own < bye)
    })
}
