use super::{is_of_cpm, messages_of};
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Severity};
use crate::wire::sip::{Method, Name};

rule! {
    /// ## What it checks
    /// Each SIP message has Via, From, To, Call-ID and CSeq; requests have Max-Forwards; INVITE, SUBSCRIBE and what accepts them have Contact.
    ///
    /// ## Why it matters
    /// A node that follows RFC 3261 answers 400, or drops the message.
    ///
    /// ## Example
    /// A SUBSCRIBE without Contact: the notifier has nowhere to send its NOTIFY.
    ///
    /// ## Source
    /// RFC 3261 §8.1.1, §8.2.6.2, §12.1, §20; RFC 6665 §4.1.2
    /// A missing Max-Forwards is a warning: servers forgive it. What has no Call-ID belongs to the call with its tags. The INVITEs of groups and
    /// the answers to them are for the rules of the specification.
    pub SIP_MANDATORY_HEADERS: Error = "sip-mandatory-headers", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    for id in case.calls().flat_map(|call| messages_of(case, call)) {
        let whole = &case.messages()[id];
        let Some(message) = case.sip(id).filter(|_| !whole.incomplete) else { continue };
        let Some(summary) = whole.sip() else { continue };
        let sender = || {
            case.legs()
                .find(|(_, leg)| leg.messages.contains(&id))
                .map_or(Actor::Unknown, |(_, leg)| case.sender_on(leg, id))
        };
        let what = match message.status() {
            Some(status) => status.to_string(),
            None => message.method().unwrap_or_default().to_owned(),
        };
        let is_missing = |name| message.header(name).is_none() && !is_of_cpm(case, id, name);
        for (name, written) in [
            (Name::Via, "Via"),
            (Name::From, "From"),
            (Name::To, "To"),
            (Name::CallId, "Call-ID"),
            (Name::CSeq, "CSeq"),
        ] {
            if is_missing(name) {
                judge.report(sender(), id, format!("{what} has no {written}"));
            }
        }
        let makes_dialog = matches!(summary.method, Method::Invite | Method::Subscribe);
        let accepts = message.status().is_none_or(|status| (200..300).contains(&status));
        if makes_dialog && accepts && is_missing(Name::Contact) {
            judge.report(sender(), id, format!("{what} has no Contact"));
        }
        if summary.is_request && is_missing(Name::MaxForwards) {
            judge.report(sender(), id, format!("{what} has no Max-Forwards")).severity(Severity::Warning);
        }
    }
}
