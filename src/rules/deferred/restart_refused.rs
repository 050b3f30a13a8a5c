use super::away::{all, is_rejoin, refusal, restart};
use crate::rules::pf::hop::{Cause, bye_of, cause};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// When the focus refuses to restart a session, the participating function that has let its client in ends the session
    /// with it: BYE with the status of the focus as cause.
    ///
    /// ## Why it matters
    /// The client waits in a session that does not exist.
    ///
    /// ## Example
    /// The focus answers 404, and the function sends `Reason: SIP;cause=480`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.2; RFC 3326
    pub CPM_REJOIN_FAILED_BYE_REASON: Error = "cpm-rejoin-failed-bye-reason", ["5.2.3.4.1.2-1.2-bye"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.2-1.2-bye";
    let wait = case.profile.timings.sip_transaction;
    for away in all(case).iter().filter(|away| away.cause == 503) {
        for leg in away.back.iter().filter(|leg| is_rejoin(leg) && leg.established.is_some()) {
            let Some((refused, status)) = leg.invited.and_then(|id| refusal(restart(case, away.hop, id)?.leg)) else {
                continue;
            };
            if matches!(status, 401 | 407) {
                continue;
            }
            let user = away.hop.user();
            let Some(bye) = bye_of(leg, false) else {
                if bye_of(leg, true).is_none() && !case.lossy && case.seconds_captured_after(refused) > wait {
                    let what = format!(
                        "the focus answered {status}, and the function of {user} does not end the session with it"
                    );
                    judge.fail(statement, refused, what);
                } else {
                    judge.undecided(statement, format!("needs what the function of {user} sends to it"));
                }
                continue;
            };
            let Some(found) = cause(case, bye) else {
                judge.undecided(statement, format!("needs the BYE to {user}, of which only the answer was captured"));
                continue;
            };
            let what = || match found {
                Cause::Sip(code) => {
                    format!("the focus answered {status}, and {user} is sent BYE with the cause {code}")
                }
                _ => format!("the focus answered {status}, and {user} is sent BYE without a cause"),
            };
            let finding = judge.expect(statement, found == Cause::Sip(status), bye, what);
            finding.into_iter().for_each(|finding| _ = finding.expected(format!("SIP;cause={status}")).also(refused));
        }
    }
}
