use super::away::{is_rejoin, is_up, restart};
use super::kept::returns;
use crate::rules::pf::relayed::sent;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Transfer;
use crate::timeline::{Content, Envelope};

rule! {
    /// ## What it checks
    /// When a client that gets what was kept writes, and the group is not active, its participating function restarts the
    /// group: INVITE to the Group Session Identity with the ids of the session.
    ///
    /// ## Why it matters
    /// What the user has written reaches nobody.
    ///
    /// ## Example
    /// The group has ended; Carol gets what was kept and answers, and her function calls nobody: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1
    ///
    /// A notification does not restart the group here: 5.2.3.4 lets it go on as SIP MESSAGE, and contradicts this clause.
    pub CPM_DEFERRED_RESTART_ON_CLIENT_TRAFFIC: Error = "cpm-deferred-restart-on-client-traffic", ["5.2.3.4.1.1-d.iv"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-d.iv";
    let wait = case.profile.timings.sip_transaction;
    for back in returns(case).iter().filter(|back| !is_rejoin(back.leg)) {
        let mut own = sent(case, back.leg, false).filter(|one| is_for_group(case, one));
        let Some(written) = own.find(|one| !is_up(back.lost.network, one.first)) else {
            continue;
        };
        let restarted = restart(case, back.lost, back.leg.invited.unwrap_or(written.first));
        let is_seen = !case.lossy && case.seconds_captured_after(written.first) > wait;
        if restarted.is_none() && !is_seen {
            judge.undecided(statement, format!("needs what the function of {} sends", back.lost.user()));
            continue;
        }
        let what = || {
            format!(
                "{} has written to a group that is not active, and its function does not restart it",
                back.lost.user()
            )
        };
        judge.expect(statement, restarted.is_some(), written.first, what);
    }
}

/// Is it a message of the user, or the sign that it is writing one?
fn is_for_group(case: &Case<'_>, transfer: &Transfer) -> bool {
    let body = transfer.body(case.messages());
    let envelope = Envelope::open(transfer.content_type(case.messages()), &body);
    matches!(envelope.content(body.len()), Content::User | Content::IsComposing)
}
