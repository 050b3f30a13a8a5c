use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Stream};
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
    /// The clause says each participant; To of the CPIM envelope may name one (5.2.3.1-8). Who leaves within the deadline need not get it, and of who came shortly before the message nothing is said.
    pub CPM_MSRP_FANOUT: Error = "cpm-msrp-fanout", ["5.2.6.1-gen-2", "5.2.6.1-rx-2.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    if !case.is_group() {
        return;
    }
    let wait = case.profile.timings.relay;
    for message in &case.timeline.messages {
        let Some(sender) = message.sender else { continue };
        let is_cpim = case.msrp(message.sent).and_then(|sent| {
            sent.header("Content-Type").map(|value| value.trim_start().to_ascii_lowercase().starts_with("message/cpim"))
        });
        let id = if is_cpim == Some(true) { "5.2.6.1-rx-2.c" } else { "5.2.6.1-gen-2" };
        if message.response.is_none_or(|status| status >= 300) || !message.complete {
            continue;
        }
        let missing = case.timeline.missing(message);
        let from = case.uri(sender);
        for recipient in &missing {
            let to = case.uri(*recipient);
            if message.copies.iter().any(|copy| copy.participant == *recipient) {
                // It was sent and refused.
                judge.pass(id);
                continue;
            }
            let stays = case.streams().iter().filter(|stream| stream.participant == Some(*recipient));
            let is_up = stays.into_iter().any(|stream| is_up(case, stream, message.sent, wait));
            if case.lossy || !is_up || case.seconds_captured_after(message.sent) < wait.min(LEAST_SECONDS) {
                judge.undecided(id, format!("needs the MSRP session of {to} from the message on"));
                continue;
            }
            let id_of = &message.message_id;
            judge.fail(id, message.sent, format!("message {id_of} of {from} was not distributed to {to}"));
        }
        if missing.is_empty() && !message.copies.is_empty() {
            judge.pass(id);
        }
    }
}

/// The session must have been in use before the message, and must stay up for long enough after it.
fn is_up(case: &Case<'_>, stream: &Stream<'_>, sent: MessageId, wait: f64) -> bool {
    let leg = stream.leg;
    let is_in_use = stream.msrp.first < sent && leg.established.is_some_and(|ack| ack < sent);
    let stays = leg.ended.is_none_or(|(bye, _)| case.seconds_between(sent, bye) > wait.min(LEAST_SECONDS));
    is_in_use && stays && stream.focus_end.is_some()
}

/// Seconds within which a focus sends a message on: the deadline of the profile is for who is slow, this one for sessions that end.
const LEAST_SECONDS: f64 = 1.0;
