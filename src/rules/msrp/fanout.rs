use std::cell::LazyCell;

use hashbrown::{HashMap, HashSet};

use crate::rules::look::is_kind;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity, Stream};
use crate::timeline::State;
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// A message of one participant reaches every other participant who is connected, or the one it is for.
    ///
    /// ## Why it matters
    /// It is what a group chat is for. Nobody notices a copy that was not sent: the sender sees 200.
    ///
    /// ## Example
    /// Alice writes, Bob gets a SEND with the same imdn.Message-ID, Carol does not: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6.1; RFC 7701 §6.2; RFC 5438 §7.2.1
    /// The clause says each participant; To of the CPIM envelope may name one (5.2.3.1-8). A copy is missing for certain where the deadline has passed, or where a later message has reached the recipient; one that comes later than
    /// the deadline is a warning. Who leaves within the deadline need not get it, and of who came shortly before the message nothing is said.
    pub CPM_MSRP_FANOUT: Error = "cpm-msrp-fanout", ["5.2.6.1-gen-2", "5.2.6.1-rx-2.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    if !case.is_group() {
        return;
    }
    let wait = case.profile.timings.relay;
    let mut streams: HashMap<usize, Vec<&Stream<'_>>> = HashMap::new();
    for stream in case.streams() {
        stream.participant.into_iter().for_each(|who| streams.entry(who).or_default().push(stream));
    }
    // When the last message was sent that reached each participant: the focus had gone on by then.
    let mut reached: HashMap<usize, MessageId> = HashMap::new();
    for message in &case.timeline.messages {
        for copy in &message.copies {
            reached.insert(copy.participant, message.sent);
        }
    }
    for message in &case.timeline.messages {
        let Some(sender) = message.sender else { continue };
        let has_left = case.timeline.participants[sender].state_before(message.sent) == Some(State::Disconnected);
        if message.response.is_none_or(|status| status >= 300) || !message.complete || has_left {
            continue;
        }
        let transfer = &case.sessions().msrp.transfers[message.transfer as usize];
        let content_type = transfer.content_type(case.messages()).trim_start();
        let is_cpim = is_kind(content_type, "message/cpim");
        let id = if is_cpim { "5.2.6.1-rx-2.c" } else { "5.2.6.1-gen-2" };
        let missing = case.timeline.missing(message);
        let from = case.uri(sender);
        let refused: LazyCell<HashSet<usize>, _> =
            LazyCell::new(|| message.copies.iter().map(|copy| copy.participant).collect());
        for recipient in &missing {
            let to = case.uri(*recipient);
            if refused.contains(recipient) {
                // It was sent and refused.
                judge.pass(id);
                continue;
            }
            let passed_over = reached.get(recipient).is_some_and(|&later| {
                later > message.sent && case.seconds_between(message.sent, later) > PASSED_OVER_SECONDS
            });
            let mut stays = streams.get(recipient).into_iter().flatten();
            let is_up = stays.any(|stream| is_up(case, stream, message.sent, if passed_over { 0.0 } else { wait }));
            let waited = passed_over || case.seconds_captured_after(message.sent) > wait;
            if case.lossy || !is_up || !waited {
                judge.undecided(id, format!("needs the MSRP session of {to} from the message on"));
                continue;
            }
            let id_of = &message.message_id;
            judge.fail(id, message.sent, format!("message {id_of} of {from} was not distributed to {to}"));
        }
        let late = message
            .copies
            .iter()
            .find(|copy| copy.deferred().is_none() && case.seconds_between(message.sent, copy.message) > wait);
        // Where packets are missing, it may have been kept for somebody who was away.
        if let Some(copy) = late.filter(|_| !case.lossy) {
            let (id_of, to) = (&message.message_id, case.uri(copy.participant));
            let seconds = case.seconds_between(message.sent, copy.message);
            let text = format!("message {id_of} of {from} was distributed to {to} after {seconds:.0} s");
            judge.remark(id, Severity::Warning, copy.message, text).also(message.sent);
        } else if missing.is_empty() && !message.copies.is_empty() {
            judge.pass(id);
        }
    }
}

/// The session must have been in use before the message, and must stay up for so many seconds after it.
fn is_up(case: &Case<'_>, stream: &Stream<'_>, sent: MessageId, seconds: f64) -> bool {
    let leg = stream.leg;
    let is_in_use = stream.msrp.first < sent && leg.established.is_some_and(|ack| ack < sent);
    let stays = leg.ended.is_none_or(|(bye, _)| sent < bye && case.seconds_between(sent, bye) > seconds);
    is_in_use && stays && stream.focus_end.is_some()
}

/// A focus that has sent on a message which came so much later has not merely been slow with this one.
const PASSED_OVER_SECONDS: f64 = 1.0;
