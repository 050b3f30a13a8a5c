use super::away::{all, watches};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A participating function that stays in for a lost client subscribes to the conference, where it is not told over MSRP
    /// who is in.
    ///
    /// ## Why it matters
    /// When the client comes back, nobody can tell it who is in the group.
    ///
    /// ## Example
    /// The SDP of the network's side has no `application/conference-info+xml`, Carol is lost, and her function sends no
    /// SUBSCRIBE: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2, 5.2.3.4
    pub CPM_SUBSCRIBE_BY_PF_ON_CLIENT_LOSS: Error = "cpm-subscribe-by-pf-on-client-loss", ["5.2.3.2-2.a.B.ii.b.ii.1-subscribe", "5.2.3.4-p3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (statement, same) = ("5.2.3.2-2.a.B.ii.b.ii.1-subscribe", "5.2.3.4-p3");
    let wait = case.profile.timings.sip_transaction;
    for away in all(case).iter().filter(|away| away.cause == 503) {
        let network = away.hop.network;
        if network.media.conference_info_applicable()
            || network.media.caller.is_none()
            || network.media.callee.is_none()
        {
            continue;
        }
        let until = away.back.first().and_then(|leg| leg.invited).or(network.ended.map(|(bye, _)| bye));
        let watches = watches(case, away.hop);
        // One that was held already will do, as long as the focus goes on to tell it.
        let holds = watches.iter().any(|watch| {
            let is_told = watch.subscription.notifies.iter().any(|notify| *notify > away.since);
            let is_new = watch.from > away.since && case.seconds_between(away.since, watch.from) <= wait;
            is_new || (watch.from < away.since && is_told && watch.ended.is_none_or(|ended| ended > away.since))
        });
        let time =
            until.map_or(case.seconds_captured_after(away.since), |until| case.seconds_between(away.since, until));
        if !holds && (case.lossy || time <= wait) {
            judge.undecided(
                statement,
                format!("needs what the function of {} sends for half a minute", away.hop.user()),
            );
            judge.undecided(same, format!("needs what the function of {} sends for half a minute", away.hop.user()));
            continue;
        }
        let what = || format!("{} is away, and its function does not subscribe to the conference", away.hop.user());
        judge.expect(statement, holds, away.since, what);
        judge.same(same, holds);
    }
}
