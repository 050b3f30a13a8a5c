use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// A notification is sent only where the message asked for it in imdn.Disposition-Notification.
    ///
    /// ## Why it matters
    /// The sender tells by it that a message was read, which the reader was not asked to tell.
    ///
    /// ## Example
    /// `imdn.Disposition-Notification: positive-delivery`, and a notification `displayed`: broken.
    ///
    /// ## Source
    /// RFC 5438 §6.2, §7.2.1.1, §7.2.1.2
    /// Judged are delivered and displayed, for messages that were captured as they were sent.
    pub IMDN_WITHOUT_REQUEST: Error = "imdn-without-request", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    // In groups it is for the rules of the specification.
    if case.is_group() {
        return;
    }
    let transfers = &case.sessions().msrp.transfers;
    for message in case.timeline.messages.iter().filter(|message| message.sender.is_some() && message.complete) {
        let delivered = message.copies.iter().filter_map(|copy| copy.delivered).min();
        let displayed = message.copies.iter().filter_map(|copy| copy.displayed).min();
        let seen = [("positive-delivery", "delivered", delivered), ("display", "displayed", displayed)];
        if delivered.or(displayed).is_none() {
            continue;
        }
        let body = transfers[message.transfer as usize].body(case.messages());
        let mut read: Option<Vec<String>> = None;
        for (wish, what, notification) in seen {
            let Some(notification) = notification else { continue };
            // The word stands in the headers of nearly all messages.
            let headers = memchr::memmem::find(&body, b"\r\n\r\n").map_or(&body[..], |end| &body[..end]);
            if memchr::memmem::find(headers, wish.as_bytes()).is_some() {
                continue;
            }
            let wishes = read.get_or_insert_with(|| {
                cpim::parse(&body).map(|cpim| cpim.disposition_notification().collect()).unwrap_or_default()
            });
            if !wishes.iter().any(|one| one.eq_ignore_ascii_case(wish)) {
                let text =
                    format!("notification {what} about message {}, which did not ask for it", message.message_id);
                judge.report(Actor::Client, notification, text).also(message.sent);
            }
        }
    }
}
