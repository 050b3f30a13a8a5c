use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::session::uri_key;
use crate::timeline::State;
use crate::wire::cpim::{self, Address};
use crate::wire::imdn::{self, Status};

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

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    let statement = "5.2-5.b";
    let wait = case.profile.timings.relay;
    // Where a B2BUA is on the way, a notification is seen several times.
    if !case.is_group() || !case.hops().is_empty() {
        return;
    }
    for message in &case.timeline.messages {
        let Some(sender) = message.sender else { continue };
        for copy in &message.copies {
            let Some(notification) = copy.delivered else { continue };
            let recipient = &case.timeline.participants[copy.participant].identity.key;
            let at = case.timeline.participants[sender].state_before(notification);
            let is_there = at == Some(State::Connected) && case.attendance().is_up(case, sender, notification);
            if !is_there || case.lossy || case.seconds_captured_after(notification) <= wait {
                continue;
            }
            let streams = case.streams().iter().filter(|stream| stream.participant == Some(sender));
            let came = streams
                .flat_map(|stream| case.transfers(stream).map(move |transfer| (stream, transfer)))
                .filter(|(stream, transfer)| {
                    stream.is_from_focus(transfer) == Some(true)
                        && case.seconds_between(notification, transfer.first) > -1.0
                });
            let is_it = came
                .take_while(|(_, transfer)| case.seconds_between(notification, transfer.first) <= wait)
                .any(|(_, transfer)| {
                    let body = transfer.body(case.messages());
                    let Some(envelope) = cpim::peek(&body) else { return false };
                    let from = envelope.from.map(|from| uri_key(&Address::parse(from).uri));
                    imdn::peek(&body[envelope.body_start..]).is_some_and(|(id, status)| {
                        id == &*message.message_id && status == Status::Delivered && from.as_ref() == Some(recipient)
                    })
                });
            if is_it {
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
