use super::hop::{bye_of, ends_of};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// A participating function that is a proxy passes the 200 to a BYE back the way that the BYE came.
    ///
    /// ## Why it matters
    /// The client sends its BYE again and again, and then believes that it is still in.
    ///
    /// ## Example
    /// The focus answers the BYE with 200, and the function sends nothing to its client: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2, 5.2.3.3; RFC 3261 §16.7
    ///
    /// Two hops of one BYE are told by their Call-ID, and by where they go.
    pub CPM_BYE_200_FORWARDED_TO_PEER_LEG: Error = "cpm-bye-200-forwarded-to-peer-leg", ["5.2.3.2-1.a-200", "5.2.3.3-1.a-200"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let wait = case.profile.timings.sip_transaction;
    for (_, leg) in case.legs() {
        let Some((bye, _)) = leg.ended else { continue };
        let statement = if bye_of(leg, true).is_some() { "5.2.3.2-1.a-200" } else { "5.2.3.3-1.a-200" };
        let call = &case.sessions().calls[leg.call];
        let Some(transaction) = call.transactions.iter().find(|one| one.requests.contains(&bye)) else { continue };
        let Some((first, next)) = hops(case, &transaction.requests) else { continue };
        // What comes back over a hop.
        let answer = |request: MessageId| {
            let (from, to) = ends_of(case, request);
            let back = transaction.responses.iter().copied().filter(|&id| ends_of(case, id) == (to, from));
            back.filter_map(|id| Some((id, case.messages()[id].sip()?.status))).find(|(_, status)| *status >= 200)
        };
        let Some((far, status @ 200..=299)) = answer(next) else { continue };
        let near = answer(first);
        if near.is_none() && (case.lossy || case.seconds_captured_after(bye) <= wait) {
            judge.undecided(statement, "needs what the participating function answers");
            continue;
        }
        let what = || match near {
            Some((_, other)) => format!("the BYE was answered with {status}, and the function passes {other} on"),
            None => format!("the BYE was answered with {status}, and the function does not pass that on"),
        };
        let finding = judge.expect(statement, near.is_some_and(|(_, other)| other == status), far, what);
        finding.into_iter().for_each(|finding| _ = finding.also(first));
    }
}

/// A request as it came to a proxy, and as that passed it on.
fn hops(case: &Case<'_>, requests: &[MessageId]) -> Option<(MessageId, MessageId)> {
    let first = *requests.first()?;
    let (from, proxy) = ends_of(case, first);
    let next = requests.iter().copied().find(|&id| {
        let (sender, to) = ends_of(case, id);
        sender == proxy && to != from
    })?;
    Some((first, next))
}
