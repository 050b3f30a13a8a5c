use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// A CPIM message that asks for a disposition notification has an imdn.Message-ID.
    ///
    /// ## Why it matters
    /// The notification has nothing else to name the message by.
    ///
    /// ## Example
    /// `imdn.Disposition-Notification: positive-delivery` without `imdn.Message-ID`: broken.
    ///
    /// ## Source
    /// RFC 5438 §6.3, §7.1.1.1
    pub IMDN_MESSAGE_ID: Error = "imdn-message-id", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    for stream in case.streams() {
        for transfer in case.transfers(stream) {
            let content_type = transfer.content_type(case.messages());
            if !content_type.trim_start().to_ascii_lowercase().starts_with("message/cpim")
                || !transfer.is_complete(case.messages())
            {
                continue;
            }
            let actor = match stream.is_from_focus(transfer) {
                Some(true) => Actor::ControllingFunction,
                Some(false) => Actor::Client,
                None => Actor::Unknown,
            };
            let body = transfer.body(case.messages());
            // The ordinary message shows at a glance that it has one.
            if cpim::peek(&body).is_some_and(|glance| glance.message_id.is_some()) {
                continue;
            }
            let Ok(message) = cpim::parse(&body) else { continue };
            let asks = message.disposition_notification().any(|wanted| !wanted.eq_ignore_ascii_case("none"));
            if asks && message.message_id().is_none() {
                judge.report(actor, transfer.first, "CPIM message asks for notifications and has no imdn.Message-ID");
            }
        }
    }
}
