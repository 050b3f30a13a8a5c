use super::devices::{all, is_interworking};
use super::hop::{Cause, bye_of, cause};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// When a user leaves with one client (BYE with the cause 200, or without one), the participating function ends the
    /// session with its other clients, too.
    ///
    /// ## Why it matters
    /// The group stays on the screen of a telephone, and nobody reads what is written there.
    ///
    /// ## Example
    /// Bob leaves with one of his two telephones, and the other gets no BYE: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2
    pub CPM_BYE_FANOUT_OTHER_CLIENTS: Error = "cpm-bye-fanout-other-clients", ["5.2.3.2-2.a.B.i.1.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.2-2.a.B.i.1.a";
    let wait = case.profile.timings.sip_transaction;
    for user in all(case) {
        for &leg in &user.clients {
            let Some(bye) = bye_of(leg, true) else { continue };
            if !matches!(cause(case, bye), Some(Cause::None | Cause::Sip(200))) {
                continue;
            }
            // Interworking functions are for the rule on these.
            for other in user.others(leg, bye).filter(|other| is_interworking(case, other) != Some(true)) {
                let ended = other.ended.filter(|(end, _)| case.seconds_between(bye, *end) <= wait);
                if ended.is_none() && (case.lossy || case.seconds_captured_after(bye) <= wait) {
                    judge.undecided(statement, format!("needs the other clients of {}", user.hop.user()));
                    continue;
                }
                let what = || format!("{} has left with one client, and another one stays in", user.hop.user());
                judge.expect(statement, ended.is_some(), bye, what);
            }
        }
    }
}
