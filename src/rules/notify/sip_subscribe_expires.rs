use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::wire::sip::{Method, Name};

rule! {
    /// ## What it checks
    /// The 2xx of a SUBSCRIBE has an Expires that is not longer than the one asked for.
    ///
    /// ## Why it matters
    /// A subscriber that does not know how long its subscription stands refreshes it too late and is told nothing more.
    ///
    /// ## Example
    /// ```text
    /// SUBSCRIBE … Expires: 3600          200 OK without Expires, or with Expires: 7200, is broken
    /// ```
    ///
    /// ## Source
    /// RFC 6665 §4.2.1.1
    pub SIP_SUBSCRIBE_EXPIRES: Error = "sip-subscribe-expires", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let mut calls: Vec<usize> = case.subscriptions().map(|(_, one)| one.call).collect();
    calls.sort_unstable();
    calls.dedup();
    for call in calls {
        let transactions = case.sessions().calls[call].transactions.iter();
        for transaction in transactions.filter(|one| one.method == Method::Subscribe) {
            let Some((id, 200..=299)) = transaction.final_response("", case.messages()) else { continue };
            let Some(answer) = case.sip(id) else { continue };
            if case.messages()[id].incomplete {
                continue;
            }
            let request = transaction.request();
            let asked = request.and_then(|id| case.sip(id)?.expires_secs());
            if answer.header(Name::Expires).is_none() {
                judge.report(Actor::ControllingFunction, id, "2xx of a SUBSCRIBE has no Expires");
            } else if let (Some(asked), Some(granted)) = (asked, answer.expires_secs())
                && granted > asked
            {
                let text = format!("2xx of a SUBSCRIBE grants {granted} s, longer than the {asked} s asked for");
                let finding = judge.report(Actor::ControllingFunction, id, text);
                request.into_iter().for_each(|request| {
                    finding.also(request);
                });
            }
        }
    }
}
