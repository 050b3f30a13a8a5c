use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use hashbrown::HashMap;

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

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    if !case.is_group() {
        return;
    }
    let id = "5.2.6.1-rx-2.c.s2";
    for stream in case.streams() {
        let mut sent: HashMap<String, MessageId> = HashMap::new();
        for transfer in case.transfers(stream).filter(|transfer| transfer.is_complete(case.messages())) {
            let body = transfer.body(case.messages());
            let Some(message_id) = cpim::peek(&body).and_then(|cpim| cpim.message_id) else { continue };
            match stream.is_from_focus(transfer) {
                Some(false) => {
                    sent.insert(message_id.to_owned(), transfer.first);
                    judge.pass(id);
                }
                Some(true) => {
                    let Some(&original) = sent.get(message_id) else { continue };
                    let who = stream.participant.map_or("its sender", |participant| case.uri(participant));
                    judge
                        .fail(id, transfer.first, format!("message {message_id} was echoed to its sender {who}"))
                        .also(original);
                }
                None => {}
            }
        }
    }
}
