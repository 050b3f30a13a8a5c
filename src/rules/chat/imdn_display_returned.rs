use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// A notification that a message was read is sent only for messages that have asked for it.
    ///
    /// ## Why it matters
    /// It tells the sender what the recipient did, though nobody wanted to know.
    ///
    /// ## Example
    /// `<displayed/>` about a message with `imdn.Disposition-Notification: positive-delivery`: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2; RFC 5438 §7.2.1.3
    pub CPM_MSRP_IMDN_DISPLAY_RETURNED: Note = "cpm-msrp-imdn-display-returned", ["5.2-5.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-5.c";
    for message in case.timeline.messages.iter().filter(|message| message.complete && message.sender.is_some()) {
        let Some(notification) = message.copies.iter().filter_map(|copy| copy.displayed).min() else { continue };
        let transfer = &case.sessions().msrp.transfers[message.transfer as usize];
        let body = transfer.body(case.messages());
        let headers = memchr::memmem::find(&body, b"\r\n\r\n").map_or(&body[..], |end| &body[..end]);
        let text = String::from_utf8_lossy(headers).to_ascii_lowercase();
        if text.contains("display") {
            judge.pass(statement);
        } else {
            let what = format!("message {} was told to be read, and did not ask for that", message.message_id);
            judge.remark(statement, Severity::Note, notification, what).also(message.sent);
        }
    }
}
