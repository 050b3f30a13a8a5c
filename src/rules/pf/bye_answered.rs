use super::hop::{answer, bye_of};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A participating function answers the BYE of its client, and that of the network, with 200.
    ///
    /// ## Why it matters
    /// Whoever gets no 200 repeats the BYE for half a minute, and reports a failure.
    ///
    /// ## Example
    /// `BYE`, answered with `500`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2, 5.2.3.3; RFC 3261 §15.1.2
    ///
    /// A BYE that gets no answer at all is found by `sip-request-unanswered`.
    pub CPM_BYE_ANSWERED_200: Error = "cpm-bye-answered-200", ["5.2.3.2-2.a.B.i.5.c", "5.2.3.2-2.a.B.ii.a.i", "5.2.3.3-2.e"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for hop in case.hops() {
        for by_client in [true, false] {
            let leg = if by_client { hop.client } else { hop.network };
            let Some(bye) = bye_of(leg, by_client) else { continue };
            let statement = if by_client { "5.2.3.2-2.a.B.i.5.c" } else { "5.2.3.3-2.e" };
            let Some((id, status)) = answer(case, leg, bye) else {
                judge.undecided(statement, "needs the answer to the BYE");
                continue;
            };
            // A challenge is no answer, and a dialog that was over is known no more.
            if matches!(status, 401 | 407 | 481 | 491) {
                continue;
            }
            let towards = if by_client { "of the client" } else { "of the network" };
            let what = || format!("the BYE {towards} of {} was answered {status} instead of 200", hop.user());
            let finding = judge.expect(statement, status < 300, id, what);
            finding.into_iter().for_each(|finding| _ = finding.expected("200").also(bye));
        }
    }
}
