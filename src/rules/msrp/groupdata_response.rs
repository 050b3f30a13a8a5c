use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// The focus answers a request to change group data by a SEND with a `response` element, on the session of who asked.
    ///
    /// ## Why it matters
    /// The client waits for it: it does not know whether the subject has changed.
    ///
    /// ## Example
    /// A participant sends a new subject, gets 200 on the SEND, and then nothing: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6.1 (5.2.6.1-rx-3.c); OMA CPM CF 6.8.1
    /// Whether a request is valid is decided inside the focus; only the answer is judged. A request that was refused by an MSRP response needs none.
    pub CPM_MSRP_GROUPDATA_RESPONSE: Error = "cpm-msrp-groupdata-response", ["5.2.6.1-rx-3", "5.2.6.1-rx-3.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    let id = "5.2.6.1-rx-3.c";
    let wait = case.profile.timings.notify;
    for request in &case.timeline.group_data {
        let Some(participant) = request.participant else { continue };
        if request.response.is_none_or(|status| status >= 300) {
            continue;
        }
        let who = case.uri(participant);
        match request.outcome {
            Some((answer, _)) if case.seconds_between(request.message, answer) <= wait => judge.pass(id),
            Some((answer, _)) => {
                let seconds = case.seconds_between(request.message, answer);
                judge
                    .fail(id, answer, format!("group-data request of {who} was answered after {seconds:.0} s"))
                    .also(request.message);
            }
            None if case.lossy || is_gone(case, participant, request.message) => {
                judge.undecided(id, format!("needs more of the MSRP session with {who}"));
            }
            None => _ = judge.fail(id, request.message, format!("group-data request of {who} got no response")),
        }
    }
}

/// Did the session of a participant end, or the capture, before an answer had to be there?
fn is_gone(case: &Case<'_>, participant: usize, from: MessageId) -> bool {
    let streams = case.streams().iter().filter(|stream| stream.participant == Some(participant));
    let last = streams.map(|stream| stream.msrp.last).max();
    last.is_none_or(|last| case.seconds_between(from, last) < LEAST_SECONDS)
}

/// Seconds of the session behind a request in which an answer would have come.
const LEAST_SECONDS: f64 = 2.0;
