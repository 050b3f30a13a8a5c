use super::away::is_rejoin;
use super::information::Information;
use super::kept::returns;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// With what it has kept a participating function may tell its client who is in. A note says where it does not.
    ///
    /// ## Why it matters
    /// The client shows the group as it was when the connection was lost.
    ///
    /// ## Example
    /// The function delivers two messages, and nothing on the participants: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1
    pub CPM_DEFERRED_PARTICIPANT_INFO_OPTIONAL: Note = "cpm-deferred-participant-info-optional", ["5.2.3.4.1.1-d.ii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-d.ii";
    for back in returns(case).iter().filter(|back| !is_rejoin(back.leg) && !back.given.is_empty()) {
        let information = Information::of(case, back.leg);
        let Some(invited) = back.leg.invited else { continue };
        let takes_any = information.takes_conference_info || information.takes_objects;
        if !takes_any || !information.documents.is_empty() || !information.objects.is_empty() {
            judge.pass(statement);
        } else if back.is_over(case) {
            let what = format!("{} gets what was kept for it, and is not told who is in", back.lost.user());
            judge.remark(statement, Severity::Note, invited, what);
        }
    }
}
