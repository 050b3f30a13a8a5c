use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Sent, Severity};

rule! {
    /// ## What it checks
    /// A SEND has a Message-ID of 4 to 32 letters, digits and `.-+%=`, which no other message of the session has.
    ///
    /// ## Why it matters
    /// Chunks and REPORTs find their message by nothing else.
    ///
    /// ## Example
    /// Two messages with different words and the same Message-ID: broken.
    ///
    /// ## Source
    /// RFC 4975 §7.1.1, §9 (production ident)
    /// A form that RFC 4975 does not know is a warning. The same message sent again after an error, or after no answer, is a retry.
    pub MSRP_MESSAGE_ID: Error = "msrp-message-id", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for sent in &case.glance().identifiers {
        let first = sent.transfer.first;
        let Some(message) = case.msrp(first) else { continue };
        match message.header("Message-ID") {
            None => {
                judge.report(sent.sender(case), first, "SEND has no Message-ID");
            }
            Some(id) => {
                let what = format!("Message-ID {id:?} is no ident of 4 to 32 characters");
                judge.report(sent.sender(case), first, what).severity(Severity::Warning);
            }
        }
    }
    for (first, again) in repeats(case) {
        let starts = case
            .msrp(again.transfer.first)
            .and_then(|message| message.byte_range())
            .is_none_or(|range| range.start <= 1);
        let was_accepted = first.transfer.response.is_some_and(|(_, status)| status < 300);
        let is_same = || first.transfer.body(case.messages()) == again.transfer.body(case.messages());
        if starts && was_accepted && !is_same() {
            let what = "Message-ID is that of another message";
            judge.report(again.sender(case), again.transfer.first, what).also(first.transfer.first);
        }
    }
}

/// Messages that bear the Message-ID of one before them in the same session and direction, after that one.
pub fn repeats<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = (Sent<'a>, Sent<'a>)> + use<'c, 'a> {
    let transfers = &case.sessions().msrp.transfers;
    case.streams().iter().enumerate().flat_map(move |(stream, one)| {
        one.msrp.repeats.iter().map(move |&(first, again)| {
            let [first, again] = [first, again].map(|index| &transfers[index as usize]);
            (Sent { stream, transfer: first }, Sent { stream, transfer: again })
        })
    })
}
