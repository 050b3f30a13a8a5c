use super::hop::{Cause, bye_of, cause};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A participating function that gets a BYE on one of its two legs ends the other one as well.
    ///
    /// ## Why it matters
    /// Else the focus believes that the user is still there, or the user that the group is.
    ///
    /// ## Example
    /// Bob's client sends BYE, its function answers 200, and the focus goes on sending to the function: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2, 5.2.3.2, 5.2.3.3
    ///
    /// A function that is a proxy passes the same BYE on; that is one dialog, and nothing to compare.
    pub CPM_BYE_FORWARDED_TO_PEER_LEG: Error = "cpm-bye-forwarded-to-peer-leg", ["5.2-3.a", "5.2.3.2-1.a-bye", "5.2.3.2-2.a.B.i.3", "5.2.3.2-2.a.B.iii.2.b", "5.2.3.3-1.a-bye", "5.2.3.3-2.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let wait = case.profile.timings.sip_transaction;
    for hop in case.hops() {
        for by_client in [true, false] {
            let (own, other) = if by_client { (hop.client, hop.network) } else { (hop.network, hop.client) };
            let Some(bye) = bye_of(own, by_client) else { continue };
            let statement = match () {
                () if !case.is_group() => "5.2-3.a",
                () if by_client => "5.2.3.2-2.a.B.i.3",
                () => "5.2.3.3-2.c",
            };
            // A lost connection, and a BYE that says nothing, are for other rules.
            let is_meant = match cause(case, bye) {
                Some(Cause::Sip(200)) => true,
                Some(Cause::None | Cause::Sip(503)) | None => false,
                Some(Cause::Sip(_)) => !by_client,
            };
            if !is_meant || other.established.is_none() {
                continue;
            }
            let passed = other.ended.map(|(bye, _)| bye);
            match passed {
                Some(passed) if passed < bye || case.seconds_between(bye, passed) <= wait => judge.pass(statement),
                passed if case.lossy || (passed.is_none() && case.seconds_captured_after(bye) <= wait) => {
                    judge.undecided(statement, format!("needs the other leg of {}", hop.user()));
                }
                _ => {
                    let towards = if by_client { "the network" } else { "the client" };
                    let what = format!("the BYE of {} was not passed on towards {towards}", hop.user());
                    judge.fail(statement, bye, what);
                }
            }
        }
    }
}
