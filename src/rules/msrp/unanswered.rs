//! SENDs without a response (RFC 4975 §7.1.1): which of them are certain.

use crate::rules::{Case, Stream};
use crate::session::Transfer;
use crate::wire::MessageId;
use crate::wire::msrp::Message;

/// A chunk that no response was captured for, although one is due.
pub struct Unanswered<'a> {
    pub id: MessageId,
    pub message: Message<'a>,
    /// Would the response have been captured? Else there may be one yet.
    pub is_certain: bool,
}

/// What is answered so much later, is answered instead of it.
const PASSED_OVER_SECONDS: f64 = 1.0;

/// The chunks of one side of a stream that no response was captured for: `from_focus` says of which.
///
/// It is certain where the session went on beyond the deadline of the profile, or where a later chunk of the same side was
/// answered: the responses come back over the same connection.
pub fn unanswered<'a>(case: &Case<'a>, stream: &Stream<'a>, from_focus: bool) -> Vec<Unanswered<'a>> {
    if stream.msrp.unanswered.is_empty() {
        return Vec::new();
    }
    let wait = case.profile.timings.msrp_response;
    let own = case.transfers(stream).filter(|one| stream.is_from_focus(one) == Some(from_focus));
    let own: Vec<&Transfer> = own.collect();
    let last_answered = own.iter().rev().find_map(|one| one.response).map(|(response, _)| response);
    let waiting = own.iter().flat_map(|one| one.chunks()).filter(|id| stream.msrp.unanswered.binary_search(id).is_ok());
    let opened = waiting.filter_map(|id| {
        let message = case.msrp(id)?;
        let report = message.header("Failure-Report").map(|value| value.trim().to_ascii_lowercase());
        if matches!(report.as_deref(), Some("no" | "partial")) {
            return None;
        }
        let ends = stream.leg.ended.map(|(bye, _)| case.seconds_between(id, bye));
        let waited = case.seconds_captured_after(id) > wait && ends.is_none_or(|seconds| seconds > wait);
        // A SEND that crosses the BYE stays without an answer.
        let crosses = ends.is_some_and(|seconds| seconds < 1.0);
        let is_passed_over =
            last_answered.is_some_and(|last| case.seconds_between(id, last) > PASSED_OVER_SECONDS) && !crosses;
        let is_certain = !case.lossy && !case.messages()[id].incomplete && (waited || is_passed_over);
        Some(Unanswered { id, message, is_certain })
    });
    opened.collect()
}
