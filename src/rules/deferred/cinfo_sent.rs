use super::away::{is_rejoin, is_up};
use super::information::Information;
use super::kept::returns;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A client that takes conference-info over MSRP is told who is in by conference-info, and not by the object of the
    /// message store.
    ///
    /// ## Why it matters
    /// It knows the one format and perhaps not the other.
    ///
    /// ## Example
    /// The client has `application/conference-info+xml` in its `accept-types`, and gets `application/group-state-object+xml`:
    /// broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1, 5.2.3.4.1.2
    ///
    /// The form of conference-info over MSRP is for the rules on that.
    pub CPM_DEFERRED_CINFO_SENT: Error = "cpm-deferred-cinfo-sent", ["5.2.3.4.1.1-d.ii.a", "5.2.3.4.1.2-1.1.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for back in returns(case) {
        let information = Information::of(case, back.leg);
        let is_inactive = back.leg.invited.is_some_and(|invited| !is_up(back.lost.network, invited));
        let statement = match is_rejoin(back.leg) {
            false => "5.2.3.4.1.1-d.ii.a",
            true if is_inactive => "5.2.3.4.1.2-1.1.a",
            true => continue,
        };
        if !information.takes_conference_info || (information.objects.is_empty() && information.documents.is_empty()) {
            continue;
        }
        let wrong = information.objects.first().copied();
        let place = wrong.or(information.documents.first().copied()).or(back.leg.invited);
        let Some(place) = place else { continue };
        let what = || format!("{} takes conference-info, and is given a group state object", back.lost.user());
        judge.expect(statement, wrong.is_none(), place, what);
    }
}
