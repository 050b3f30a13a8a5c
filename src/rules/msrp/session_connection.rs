use hashbrown::HashSet;

use super::connection::Agreed;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Sent, Severity, Stream};
use crate::session::Transfer;
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// A session stays on the connection that its first request has bound it to. Over another one it goes on after a new offer and answer only:
    /// without them, who gets a SEND over it answers 506, or 481 where the first connection is gone.
    ///
    /// ## Why it matters
    /// Who has learned the path of a session could write into it over a connection of his own. And of two connections, what is sent over the
    /// wrong one is lost.
    ///
    /// ## Example
    /// A client loses its connection, opens a new one without a re-INVITE, sends with the old paths, and the focus answers 200: broken.
    ///
    /// ## Source
    /// RFC 4975 §5.4, §7.3, §10.10
    /// Where such a SEND is refused, its sender gets a warning. Judged are connections to the same
    /// address and port whose SYN was captured, without relays in the paths. Silent where packets are missing: there may have been a new offer.
    pub MSRP_SESSION_CONNECTION: Error = "msrp-session-connection", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let mut judged = HashSet::new();
    for (index, stream) in case.streams().iter().enumerate().filter(|_| !case.lossy) {
        let has_relays = Agreed::of(case, stream.leg).is_some_and(|agreed| agreed.has_relays());
        if has_relays || !judged.insert(stream.msrp_index) {
            continue;
        }
        let Some((bound, transfer)) = moved(case, stream) else { continue };
        let sent = Sent { stream: index, transfer };
        match transfer.response {
            Some((response, 200..=299)) => {
                let what = "accepted a SEND over another connection than the session's, without a new offer and answer";
                let finding = judge.report(sent.receiver(case), response, what);
                finding.expected("506, or 481").also(transfer.first).also(bound);
            }
            _ => {
                let what = "SEND over another connection than the session's, without a new offer and answer";
                judge.report(sent.sender(case), transfer.first, what).severity(Severity::Warning).also(bound);
            }
        }
    }
}

/// The last message over a connection, and the first one over another, which goes on in its place without a new offer and answer.
fn moved<'a>(case: &Case<'a>, stream: &Stream<'a>) -> Option<(MessageId, &'a Transfer)> {
    let messages = case.messages();
    let (mut first, mut last) = (stream.msrp.first, stream.msrp.first);
    case.transfers(stream).find_map(|transfer| {
        let next = transfer.first;
        if messages[next].flow == messages[last].flow {
            last = next;
            return None;
        }
        let [old, new] = [last, next].map(|id| messages.flow(&messages[id]));
        let is_later = new.start_seen && new.first_time > old.first_time;
        // Of several hops each has its own.
        if !is_later || new.server != old.server || new.client.ip() != old.client.ip() {
            return None;
        }
        let moved = (!is_renewed(case, stream, [first, last, next])).then_some((last, transfer));
        (first, last) = (next, next);
        moved
    })
}

/// Was an offer accepted after the first message over the old connection, and after the last one, or so shortly before that that the
/// new connection may have been opened for it?
fn is_renewed(case: &Case<'_>, stream: &Stream<'_>, [first, last, next]: [MessageId; 3]) -> bool {
    let legs = case.legs().map(|(_, leg)| leg).filter(|leg| leg.msrp == Some(stream.msrp_index));
    let mut between = legs.flat_map(|leg| leg.messages.iter().copied().filter(|&id| first < id && id < next));
    between.any(|id| {
        let is_accepted = case.messages()[id].sip().is_some_and(|summary| (200..300).contains(&summary.status));
        let is_late = id > last || case.seconds_between(id, last) < SET_UP_SECONDS;
        is_accepted && is_late && !case.sessions().is_retransmission(id) && case.media(id).is_some()
    })
}

/// Seconds in which a connection is set up after the answer: 64 × T1 (RFC 3261 §17).
const SET_UP_SECONDS: f64 = 32.0;
