use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

use crate::wire::{MessageId, cpim};

rule! {
    /// ## What it checks
    /// The focus does not send a message back to the participant who sent it.
    ///
    /// ## Why it matters
    /// The sender sees its own words twice.
    ///
    /// ## Example
    /// Alice sends, and gets a SEND with the same imdn.Message-ID on the same MSRP session: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6.1; RFC 5438
    /// Other devices of the sender and what is sent after a re-join are not echoes.
    pub CPM_MSRP_NO_ECHO: Error = "cpm-msrp-no-echo", ["5.2.6.1-rx-2.c.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.6.1-rx-2.c.s2";
    for message in case.timeline.messages.iter().filter(|_| case.is_group()) {
        let Some(sender) = message.sender else { continue };
        let echo = message.copies.iter().find(|copy| copy.participant == sender).map(|copy| copy.message);
        // Only on the session on which it was sent: another device of the sender may get a copy.
        let session = |id: MessageId| case.sessions().msrp.session_of[id.0 as usize];
        // Without an imdn.Message-ID the same words of two participants cannot be told apart.
        let is_same = |id: MessageId| {
            let body = case.messages().body(&case.messages()[id]);
            cpim::peek(&body).and_then(|cpim| cpim.message_id) == Some(&*message.message_id)
        };
        match echo.filter(|&echo| session(echo) == session(message.sent) && is_same(echo)) {
            None => judge.pass(statement),
            Some(echo) => {
                let (id, who) = (&message.message_id, case.uri(sender));
                judge.fail(statement, echo, format!("message {id} was echoed to its sender {who}")).also(message.sent);
            }
        }
    }
}
