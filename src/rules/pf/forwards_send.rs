use super::relayed::{key, keys, streams};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A participating function passes on what it has taken: a message from the network to its client, one of the client to
    /// the network.
    ///
    /// ## Why it matters
    /// It was answered with 200, so nobody sends it again.
    ///
    /// ## Example
    /// The function answers the focus's SEND with 200, and sends nothing to the client: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.4
    ///
    /// Messages are known by their imdn.Message-ID; what has none is not judged.
    pub CPM_MSRP_PF_FORWARDS_SEND: Error = "cpm-msrp-pf-forwards-send", ["5.2.4-1", "5.2.4-2.a.i.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.4-1";
    let wait = case.profile.timings.relay;
    for hop in case.hops() {
        for (from, to, from_focus) in [(hop.client, hop.network, false), (hop.network, hop.client, true)] {
            if from.msrp.is_none() || to.msrp.is_none() {
                continue;
            }
            let passed = keys(case, to, from_focus);
            let sent =
                streams(case, from).flat_map(|stream| case.transfers(stream).map(move |transfer| (stream, transfer)));
            for (_, transfer) in sent.filter(|(stream, transfer)| stream.is_from_focus(transfer) == Some(from_focus)) {
                let (Some((_, 200..=299)), Some(id)) = (transfer.response, key(case, transfer)) else { continue };
                if passed.contains(&id) {
                    judge.pass(statement);
                    continue;
                }
                // Whoever is gone in the meantime gets nothing more.
                let is_up = to.established.is_some_and(|ack| ack < transfer.first)
                    && to.ended.is_none_or(|(bye, _)| {
                        case.seconds_between(transfer.first, bye) > wait && bye > transfer.first
                    });
                let is_seen = !case.lossy && case.seconds_captured_after(transfer.first) > wait;
                if !is_up || !is_seen {
                    judge.undecided(statement, format!("needs the other leg of {} after the message", hop.user()));
                    continue;
                }
                let towards = if from_focus { "the client" } else { "the network" };
                let what = format!("message {id} was taken for {}, and not passed on towards {towards}", hop.user());
                judge.fail(statement, transfer.first, what);
            }
        }
    }
}
