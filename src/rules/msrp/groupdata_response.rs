use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Stream};
use crate::session::Transfer;
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
    /// An answer is missing for certain where the deadline has passed, or where the focus has sent something else to that participant.
    pub CPM_MSRP_GROUPDATA_RESPONSE: Error = "cpm-msrp-groupdata-response", ["5.2.6.1-rx-3", "5.2.6.1-rx-3.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
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
                let message = format!("group-data request of {who} was answered after {seconds:.0} s");
                judge.fail(id, answer, message).also(request.message);
            }
            None => {
                if case.lossy || !is_certain(case, participant, request.message, wait) {
                    judge.undecided(id, format!("needs more of the MSRP session with {who}"));
                } else {
                    judge.fail(id, request.message, format!("group-data request of {who} got no response"));
                }
            }
        }
    }
}

/// Did the session of a participant go on beyond the deadline, or did the focus go on sending to it?
fn is_certain(case: &Case<'_>, participant: usize, from: MessageId, wait: f64) -> bool {
    // Of a session that was entered in the middle, the request may have been answered on another hop.
    let is_of = |stream: &&Stream<'_>| {
        stream.participant == Some(participant) && stream.leg.invited.is_some() && stream.msrp.first <= from
    };
    let mut streams = case.streams().iter().filter(is_of);
    streams.any(|stream| {
        let stays = stream.leg.ended.is_none_or(|(bye, _)| case.seconds_between(from, bye) > wait);
        let all = &case.sessions().msrp.transfers;
        let sent = stream.msrp.transfers.iter().rev().map(|&index| &all[index as usize]);
        let last = sent.into_iter().find(|one| stream.is_from_focus(one) == Some(true));
        let goes_on = |one: &Transfer| case.seconds_between(from, one.first) > PASSED_OVER_SECONDS;
        (stays && case.seconds_captured_after(from) > wait) || last.is_some_and(goes_on)
    })
}

/// What the focus sends so much later, it sends instead of the answer.
const PASSED_OVER_SECONDS: f64 = 1.0;
