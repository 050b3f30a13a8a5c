use super::devices::{all, is_interworking};
use super::hop::{Cause, bye_of, cause};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// When a user leaves (BYE with the cause 200, or without one), the participating function ends the session with the
    /// interworking functions, too.
    ///
    /// ## Why it matters
    /// Messages go on to be sent as SMS, and are paid for.
    ///
    /// ## Example
    /// Bob leaves, and the interworking function gets no BYE: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2
    ///
    /// Which addresses are interworking functions is said by `policy.interworking-addresses` in the profile.
    pub CPM_BYE_FANOUT_IWF: Error = "cpm-bye-fanout-iwf", ["5.2.3.2-2.a.B.i.2.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.2-2.a.B.i.2.a";
    let wait = case.profile.timings.sip_transaction;
    for user in all(case) {
        for &leg in user.clients.iter().filter(|leg| is_interworking(case, leg) != Some(true)) {
            let Some(bye) = bye_of(leg, true) else { continue };
            if !matches!(cause(case, bye), Some(Cause::None | Cause::Sip(200))) {
                continue;
            }
            for other in user.others(leg, bye) {
                let Some(is_interworking) = is_interworking(case, other) else {
                    judge.undecided(statement, "needs policy.interworking-addresses in the profile");
                    continue;
                };
                let ended = other.ended.filter(|(end, _)| case.seconds_between(bye, *end) <= wait);
                if is_interworking && ended.is_none() && (case.lossy || case.seconds_captured_after(bye) <= wait) {
                    judge.undecided(statement, "needs the legs of the interworking functions");
                } else if is_interworking {
                    let what = || format!("{} has left, and an interworking function stays in", user.hop.user());
                    judge.expect(statement, ended.is_some(), bye, what);
                }
            }
        }
    }
}
