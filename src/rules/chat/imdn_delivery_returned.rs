use std::rc::Rc;

use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::timeline::State;
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// The notification of a delivery reaches the sender of the message.
    ///
    /// ## Why it matters
    /// The recipient has done its part, and the sender's tick is missing all the same.
    ///
    /// ## Example
    /// Bob tells the focus that the message was delivered, and the focus does not pass it on to Alice: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2
    pub CPM_MSRP_IMDN_DELIVERY_RETURNED: Note = "cpm-msrp-imdn-delivery-returned", ["5.2-5.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-5.b";
    let wait = case.profile.timings.relay;
    // Where a B2BUA is on the way, a notification is seen several times.
    if !case.is_group() || !case.hops().is_empty() {
        return;
    }
    for message in &case.timeline.messages {
        let Some(sender) = message.sender else { continue };
        // The notifications that the sender got: their messages, and from whom they are.
        let came = case.glance().delivered.get(&*message.message_id).into_iter().flatten().filter(|(sent, _)| {
            let stream = sent.stream(case);
            stream.participant == Some(sender) && stream.is_from_focus(sent.transfer) == Some(true)
        });
        let came: Vec<(MessageId, Rc<str>)> =
            came.map(|(sent, from)| (sent.transfer.first, case.address_key(from))).collect();
        for copy in &message.copies {
            let Some(notification) = copy.delivered else { continue };
            let recipient = &case.timeline.participants[copy.participant].identity.key;
            let at = case.timeline.participants[sender].state_before(notification);
            let is_there = at == Some(State::Connected) && case.attendance().is_up(case, sender, notification);
            if !is_there || case.lossy || case.seconds_captured_after(notification) <= wait {
                continue;
            }
            let is_in_time = |at: MessageId| {
                let seconds = case.seconds_between(notification, at);
                seconds > -1.0 && seconds <= wait
            };
            if came.iter().any(|(at, from)| **from == **recipient && is_in_time(*at)) {
                judge.pass(statement);
            } else {
                let who = case.uri(sender);
                let what =
                    format!("the notification about message {} did not reach {who}, who sent it", message.message_id);
                judge.remark(statement, Severity::Note, notification, what).also(message.sent);
            }
        }
    }
}
