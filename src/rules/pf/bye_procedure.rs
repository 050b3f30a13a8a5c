use super::hop::bye_of;
use crate::rules::deferred::away::{is_up, left};
use crate::rules::deferred::kept::returns;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A client that leaves the session in which it got what was kept (BYE with the cause 200) leaves the group: its
    /// participating function sends BYE to the focus, where its side of the network is still up.
    ///
    /// ## Why it matters
    /// The user stays in a group that it has left.
    ///
    /// ## Example
    /// Carol's client ends the delivery with `Reason: SIP;cause=200`, and her function stays in: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4, 5.2.3.4.1.1; how a BYE is passed on between the two legs is for the rules on 5.2.3.2
    pub CPM_BYE_PF_PROCEDURE: Error = "cpm-bye-pf-procedure", ["5.2.3.4-p1", "5.2.3.4.1.1-d.v-bye"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (statement, same) = ("5.2.3.4.1.1-d.v-bye", "5.2.3.4-p1");
    let wait = case.profile.timings.sip_transaction;
    for back in returns(case) {
        let Some(bye) = left(case, back.leg).filter(|&bye| is_up(back.lost.network, bye)) else { continue };
        let user = back.lost.user();
        let own = bye_of(back.lost.network, true);
        let crossing = bye_of(back.lost.network, false);
        let in_time = own.or(crossing).is_some_and(|other| case.seconds_between(bye, other) <= wait);
        if own.is_none() && crossing.is_none() && (case.lossy || case.seconds_captured_after(bye) <= wait) {
            judge.undecided(statement, format!("needs what the function of {user} sends to the focus"));
            judge.undecided(same, format!("needs what the function of {user} sends to the focus"));
            continue;
        }
        let what = || format!("{user} has left, and its function stays in the session");
        judge.expect(statement, in_time, bye, what);
        judge.same(same, in_time);
    }
}
