use super::away::{refusal, watches};
use super::original::deferred;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// When its client declines what was kept (603), a participating function ends its own subscription to the conference.
    ///
    /// ## Why it matters
    /// The focus goes on to tell somebody who has left.
    ///
    /// ## Example
    /// The client answers 603, the function sends BYE, and no SUBSCRIBE with `Expires: 0`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1; RFC 6665 §4.1.2.3
    pub CPM_SUBSCRIBE_PF_UNSUBSCRIBES: Error = "cpm-subscribe-pf-unsubscribes", ["5.2.3.4.1.1-c.1.ii.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-c.1.ii.b";
    let wait = case.profile.timings.sip_transaction;
    for one in deferred(case) {
        let Some((declined, 603)) = refusal(one.invite.leg) else { continue };
        for watch in watches(case, one.lost).iter().filter(|watch| watch.from > one.lost_at() && watch.from < declined)
        {
            if watch.ended.is_some_and(|ended| ended < declined) {
                continue;
            }
            let is_seen = !case.lossy && case.seconds_captured_after(declined) > wait;
            if watch.ended.is_none() && !is_seen {
                judge.undecided(statement, format!("needs what the function of {} sends", one.invite.user()));
                continue;
            }
            let in_time = watch.ended.is_some_and(|ended| case.seconds_between(declined, ended) <= wait);
            let what = || format!("{} has declined, and its function stays subscribed", one.invite.user());
            let finding = judge.expect(statement, in_time, declined, what);
            finding.into_iter().for_each(|finding| _ = finding.also(watch.from));
        }
    }
}
