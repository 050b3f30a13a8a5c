use crate::rules::invite::change::{Modification, streams};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A change that is refused in the end is taken back: whoever had accepted it gets another re-INVITE with the streams as
    /// they were.
    ///
    /// ## Why it matters
    /// Else some participants keep a stream that nobody serves.
    ///
    /// ## Example
    /// Bob accepts `m=audio`, Carol refuses it, Alice gets 488, and Bob is told nothing more: broken.
    ///
    /// ## Source
    /// OMA CPM 7.2.2
    pub CPM_FOCUS_REINVITE_ROLLBACK: Error = "cpm-focus-reinvite-rollback", ["7.2.2-4.b.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "7.2.2-4.b.s2";
    for one in Modification::all(case.changes()) {
        let Some((refusal, 300..)) = one.asked.answer else { continue };
        for (change, answer) in one.answers() {
            let Some((accepted, 200..=299)) = answer else { continue };
            let ended_soon = change.leg.ended.is_some_and(|(bye, _)| case.seconds_between(refusal, bye) < WAIT_SECONDS);
            let changes = one
                .passed_on
                .iter()
                .flat_map(|(_, changes)| changes)
                .filter(|other| other.leg.call_id == change.leg.call_id);
            let back = changes.filter(|other| other.id > accepted).find(|other| {
                streams(case, other.id, &other.message).is_some_and(|streams| same(&streams, &change.before))
            });
            let is_soon = back.is_some_and(|back| case.seconds_between(refusal, back.id) <= WAIT_SECONDS);
            match () {
                () if is_soon => judge.pass(statement),
                () if case.lossy || ended_soon || case.seconds_captured_after(refusal) < WAIT_SECONDS => {
                    judge.undecided(statement, "needs more of the session after the change was refused");
                }
                () => {
                    let what = format!(
                        "{} accepted the change that was refused in the end, and it was not taken back",
                        change.user()
                    );
                    judge.fail(statement, refusal, what).also(change.id).also(accepted);
                }
            }
        }
    }
}

/// The streams in use are the same; one that is not any more may keep its m-line with port 0.
fn same(streams: &[crate::rules::invite::change::Stream], before: &[crate::rules::invite::change::Stream]) -> bool {
    streams.iter().filter(|one| one.2).eq(before.iter().filter(|one| one.2))
}

/// How long a focus may take to take a change back.
const WAIT_SECONDS: f64 = 5.0;
