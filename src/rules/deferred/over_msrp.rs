use super::away::is_rejoin;
use super::kept::{given, returns};
use crate::rules::pager::pagers;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A client that has come back by itself gets what was kept in the MSRP session of its re-join, and not as SIP MESSAGE or
    /// in another dialog.
    ///
    /// ## Why it matters
    /// The messages stand in a chat of their own, beside the group.
    ///
    /// ## Example
    /// Bob comes back, and gets m1 as SIP MESSAGE: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4, 5.2.3.4.1.2
    pub CPM_DEFERRED_DELIVERY_OVER_MSRP: Error = "cpm-deferred-delivery-over-msrp", ["5.2.3.4-p4-B-msrp", "5.2.3.4.1.2-p3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (statement, same) = ("5.2.3.4.1.2-p3", "5.2.3.4-p4-B-msrp");
    for back in returns(case).iter().filter(|back| is_rejoin(back.leg) && !back.kept.is_empty()) {
        let Some(invited) = back.leg.invited else { continue };
        let is_kept = |id: &str| back.kept.iter().any(|(kept, _)| kept == id);
        let in_session = |at| back.given.iter().any(|(_, given)| *given == at);
        let elsewhere = given(case, back.lost, invited).into_iter().filter(|(_, at)| !in_session(*at));
        let outside = pagers(case).into_iter().filter(|pager| pager.id > invited);
        let mut all = elsewhere.chain(outside.filter_map(|pager| Some((pager.message_id?, pager.id))));
        let wrong = all.find(|(id, _)| is_kept(id));
        let what = || {
            let id = wrong.as_ref().map_or("", |(id, _)| id);
            format!("message {id}, kept for {}, is not delivered in the session of its re-join", back.lost.user())
        };
        if wrong.is_some() && case.lossy {
            judge.undecided(statement, format!("needs the leg of {} without what is missing", back.lost.user()));
            continue;
        }
        let place = wrong.as_ref().map_or(invited, |(_, at)| *at);
        judge.expect(statement, wrong.is_none(), place, what).into_iter().for_each(|finding| _ = finding.also(invited));
        judge.same(same, wrong.is_none());
    }
}
