use super::hop::{Cause, answer, bye_of, cause};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A participating function answers the BYE of its client after the far side has answered the function's own BYE.
    ///
    /// ## Why it matters
    /// A client that is told too early believes that it has left, and may yet be written to.
    ///
    /// ## Example
    /// `BYE` from the client, `200` to it, and only then `BYE` to the focus: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2
    pub CPM_BYE_200_AFTER_PEER_200: Warning = "cpm-bye-200-after-peer-200", ["5.2.3.2-2.a.B.i.5.a", "5.2.3.2-2.a.B.iii.2.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.2-2.a.B.i.5.a";
    for hop in case.hops() {
        let (Some(bye), Some(own)) = (bye_of(hop.client, true), bye_of(hop.network, true)) else { continue };
        // The function stays in for whom it has lost.
        if cause(case, bye) == Some(Cause::Sip(503)) {
            continue;
        }
        let (Some((told, 200..=299)), Some((far, 200..=299))) =
            (answer(case, hop.client, bye), answer(case, hop.network, own))
        else {
            continue;
        };
        let what = || format!("the BYE of {} was answered before the far side confirmed", hop.user());
        let finding = judge.expect(statement, told > far, told, what);
        finding.into_iter().for_each(|finding| _ = finding.also(bye).also(own).also(far));
    }
}
