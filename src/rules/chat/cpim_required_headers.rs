use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// A CPIM message has From and To.
    ///
    /// ## Why it matters
    /// In a group chat the From of the CPIM envelope is all that tells who wrote: MSRP shows the focus only.
    ///
    /// ## Example
    /// `To: <sip:bob@example.net>` without `From`: broken.
    ///
    /// ## Source
    /// RFC 3862 §4.1, §4.2, §5
    pub CPIM_REQUIRED_HEADERS: Error = "cpim-required-headers", [], check;
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
            // The ordinary message shows at a glance that both are there.
            if cpim::peek(&body).is_some_and(|glance| glance.from.is_some() && glance.to.is_some()) {
                continue;
            }
            let Ok(message) = cpim::parse(&body) else { continue };
            let missing = [("From", message.from().next().is_none()), ("To", message.to().next().is_none())];
            for (name, _) in missing.into_iter().filter(|(_, is_missing)| *is_missing) {
                judge.report(actor, transfer.first, format!("CPIM message has no {name}"));
            }
        }
    }
}
