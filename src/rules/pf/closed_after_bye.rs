use super::hop::{Cause, answer, bye_of, cause};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Once a BYE is answered, the participating function sends nothing more over the MSRP session of that leg.
    ///
    /// ## Why it matters
    /// What is sent into a session that is over is lost, and its sender is told nothing.
    ///
    /// ## Example
    /// `BYE`, `200`, and a second later a SEND of the function on the same MSRP session: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2, 5.2.3.3, 5.2.4
    pub CPM_MSRP_CLOSED_AFTER_BYE: Error = "cpm-msrp-closed-after-bye", ["5.2.3.2-2.a.B.i.1.c", "5.2.3.2-2.a.B.i.6", "5.2.3.2-2.a.B.ii.a.ii", "5.2.3.2-2.a.B.ii.b.ii.1-release", "5.2.3.2-2.a.B.iii.3", "5.2.3.3-2.f", "5.2.4-2.a.i.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for hop in case.hops() {
        // On its client's leg the function is the side of the network, on the other one that of the client.
        for (leg, by_function_as_client) in [(hop.client, false), (hop.network, true)] {
            let Some((bye, _)) = leg.ended else { continue };
            let Some((answered, 200..=299)) = answer(case, leg, bye) else { continue };
            let is_from_client = bye_of(hop.client, true).is_some();
            let statement = match (is_from_client, cause(case, bye)) {
                (true, Some(Cause::Sip(503))) => "5.2.3.2-2.a.B.ii.b.ii.1-release",
                (true, _) => "5.2.3.2-2.a.B.i.6",
                (false, _) => "5.2.3.3-2.f",
            };
            let streams = case.streams().iter().filter(|stream| std::ptr::eq(stream.leg, leg));
            let late = streams.flat_map(|stream| case.transfers(stream).map(move |transfer| (stream, transfer))).find(
                |(stream, transfer)| {
                    stream.is_from_focus(transfer) == Some(!by_function_as_client)
                        && transfer.first > answered
                        && case.seconds_between(answered, transfer.first) > CROSSING_SECONDS
                },
            );
            match late {
                Some((_, transfer)) => {
                    let what = format!(
                        "the participating function of {} sends over MSRP after the BYE was answered",
                        hop.user()
                    );
                    judge.fail(statement, transfer.first, what).also(bye).also(answered);
                }
                None if leg.msrp.is_some() => judge.pass(statement),
                None => {}
            }
        }
    }
}

/// What was taken before the end is passed on at once.
const CROSSING_SECONDS: f64 = 1.0;
