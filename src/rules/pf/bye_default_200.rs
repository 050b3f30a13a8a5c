use super::hop::{Cause, bye_of, cause};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A BYE of a client without a Reason is handled by its participating function as one with the cause 200: the session is
    /// ended towards the network.
    ///
    /// ## Why it matters
    /// Older clients give no reason; their users would stay in the group for ever.
    ///
    /// ## Example
    /// `BYE` without Reason, answered with 200, and the leg towards the focus stays up: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2
    pub CPM_BYE_REASON_DEFAULT_200: Error = "cpm-bye-reason-default-200", ["5.2.3.2-2.a.A.i", "5.2.3.3-2.a-default"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let wait = case.profile.timings.sip_transaction;
    for hop in case.hops() {
        for by_client in [true, false] {
            let (own, other) = if by_client { (hop.client, hop.network) } else { (hop.network, hop.client) };
            let statement = if by_client { "5.2.3.2-2.a.A.i" } else { "5.2.3.3-2.a-default" };
            let Some(bye) = bye_of(own, by_client).filter(|&bye| cause(case, bye) == Some(Cause::None)) else {
                continue;
            };
            if other.established.is_none() {
                continue;
            }
            match other.ended.map(|(passed, _)| passed) {
                Some(passed) if passed < bye || case.seconds_between(bye, passed) <= wait => judge.pass(statement),
                None if case.lossy || case.seconds_captured_after(bye) <= wait => {
                    judge.undecided(statement, format!("needs the other leg of {}", hop.user()));
                }
                _ => {
                    let what =
                        format!("the BYE of {} without a Reason did not end the session on the other side", hop.user());
                    judge.fail(statement, bye, what);
                }
            }
        }
    }
}
