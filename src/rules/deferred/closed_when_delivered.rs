use super::away::{is_up, restart};
use super::kept::returns;
use crate::rules::pf::hop::bye_of;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Direction;
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// When all that was kept is delivered and the group is not active, the participating function ends the session with its
    /// client; while the group is active it does not.
    ///
    /// ## Why it matters
    /// A client in a session that nobody else is in shows a group that does not answer.
    ///
    /// ## Example
    /// The group has ended, the function has delivered the last message, and sends no BYE: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4
    pub CPM_DEFERRED_CLOSE_WHEN_INACTIVE: Error = "cpm-deferred-close-when-inactive", ["5.2.3.4-p6", "5.2.3.4-p6-active"], check;
}

/// What follows at once may be captured first, but not earlier than by so much.
const CROSSING_SECONDS: f64 = 0.1;

fn check(case: &Case<'_>, judge: &mut Judge) {
    let wait = case.profile.timings.sip_transaction;
    for back in returns(case).iter().filter(|back| back.leg.direction == Direction::FocusToClient) {
        let (Some(invited), Some((_, last))) = (back.leg.invited, back.given.last()) else { continue };
        let (user, own) = (back.lost.user(), bye_of(back.leg, false));
        if is_up(back.lost.network, invited) {
            // What the focus ends, its function ends, too.
            let statement = "5.2.3.4-p6-active";
            // The BYE of the focus may be captured behind that of the function, which follows at once.
            let is_own = |&bye: &MessageId| {
                let end = back.lost.network.ended.map(|(end, _)| case.seconds_between(bye, end));
                is_up(back.lost.network, bye) && bye > *last && end.is_none_or(|seconds| seconds > CROSSING_SECONDS)
            };
            let Some(bye) = own.filter(is_own) else {
                judge.pass(statement);
                continue;
            };
            if case.lossy {
                judge.undecided(statement, format!("needs the end of the session of {user}, which may be missing"));
                continue;
            }
            let what = format!("the group is active, and the function of {user} ends the session with it");
            judge.fail(statement, bye, what);
            continue;
        }
        let statement = "5.2.3.4-p6";
        let is_over = back.leg.ended.is_some() || restart(case, back.lost, invited).is_some();
        let is_late = own.is_some_and(|bye| case.seconds_between(*last, bye) > wait);
        if !is_over && (case.lossy || case.seconds_captured_after(*last) <= wait) {
            judge.undecided(statement, format!("needs what follows the delivery to {user}"));
            continue;
        }
        let what = || format!("all is delivered to {user}, and its function does not end the session");
        judge.expect(statement, is_over && !is_late, *last, what);
    }
}
