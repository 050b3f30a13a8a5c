use super::away::{is_rejoin, is_up};
use super::information::Information;
use super::kept::returns;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A client that comes back to a session which has ended meanwhile is told who was in.
    ///
    /// ## Why it matters
    /// It shows the group as it was when the connection was lost.
    ///
    /// ## Example
    /// Carol's function lets her in again, gives her the messages, and nothing on the participants: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.2
    pub CPM_DEFERRED_PARTICIPANT_INFO_SENT: Error = "cpm-deferred-participant-info-sent", ["5.2.3.4.1.2-1.1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.2-1.1";
    let wait = case.profile.timings.sip_transaction;
    for back in returns(case).iter().filter(|back| is_rejoin(back.leg)) {
        let (Some(invited), Some(established)) = (back.leg.invited, back.leg.established) else { continue };
        let information = Information::of(case, back.leg);
        let takes_any = information.takes_conference_info || information.takes_objects;
        if is_up(back.lost.network, invited) || !takes_any {
            continue;
        }
        let is_told = !information.documents.is_empty() || !information.objects.is_empty();
        let is_seen = !case.lossy && (back.leg.ended.is_some() || case.seconds_captured_after(established) > wait);
        if !is_told && !is_seen {
            judge.undecided(statement, format!("needs all that is delivered to {}", back.lost.user()));
            continue;
        }
        let what = || format!("{} came back to a session that had ended, and is not told who was in", back.lost.user());
        judge.expect(statement, is_told, invited, what);
    }
}
