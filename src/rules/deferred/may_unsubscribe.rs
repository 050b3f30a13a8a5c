use super::away::{is_rejoin, is_up, watches};
use super::kept::returns;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// When its client is back in an active group, a participating function may end its own subscription to the conference. A
    /// note says where it keeps it.
    ///
    /// ## Why it matters
    /// Two subscriptions for one user are load for the focus, and sometimes meant.
    ///
    /// ## Example
    /// Carol is back, and her function goes on to take NOTIFYs: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1
    pub CPM_SUBSCRIBE_PF_MAY_UNSUBSCRIBE: Note = "cpm-subscribe-pf-may-unsubscribe", ["5.2.3.4.1.1-d.iii.2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-d.iii.2";
    for back in returns(case).iter().filter(|back| !is_rejoin(back.leg)) {
        let (Some(established), Some((lost, _))) = (back.leg.established, back.lost.client.ended) else { continue };
        if !is_up(back.lost.network, established) {
            continue;
        }
        let own = watches(case, back.lost);
        for watch in own.iter().filter(|watch| watch.from > lost && watch.from < established) {
            let told = watch.subscription.notifies.iter().rev().find(|notify| **notify > established);
            match (watch.ended, told) {
                (None, Some(told)) => {
                    let what = format!("{} is back, and its function stays subscribed", back.lost.user());
                    judge.remark(statement, Severity::Note, *told, what).also(watch.from);
                }
                _ => judge.pass(statement),
            }
        }
    }
}
