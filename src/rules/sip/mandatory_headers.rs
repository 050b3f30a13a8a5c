use super::{is_of_cpm, messages_of, name_of};
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Severity};
use crate::wire::sip::{Method, Name};

rule! {
    /// ## What it checks
    /// Each SIP message has Via, From, To, Call-ID and CSeq; requests have Max-Forwards; INVITE, SUBSCRIBE, what accepts them, NOTIFY and REFER have
    /// Contact; SUBSCRIBE and NOTIFY have Event, and REFER has one Refer-To.
    ///
    /// ## Why it matters
    /// A node that follows RFC 3261 answers 400, or drops the message.
    ///
    /// ## Example
    /// A SUBSCRIBE without Contact: the notifier has nowhere to send its NOTIFY.
    ///
    /// ## Source
    /// RFC 3261 §8.1.1, §8.2.6.2, §12.1, §20; RFC 6665 §8.2; RFC 3515 §2.2, §2.4.1
    /// A missing Max-Forwards is a warning: servers forgive it. What has no Call-ID belongs to the call with its tags. The INVITEs of groups and
    /// the answers to them are for the rules of the specification.
    pub SIP_MANDATORY_HEADERS: Error = "sip-mandatory-headers", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for id in case.calls().flat_map(|call| messages_of(case, call)) {
        let whole = &case.messages()[id];
        let Some(message) = case.sip(id).filter(|_| !whole.incomplete) else { continue };
        let Some(summary) = whole.sip() else { continue };
        let sender = || {
            case.legs()
                .find(|(_, leg)| leg.messages.contains(&id))
                .map_or(Actor::Unknown, |(_, leg)| case.sender_on(leg, id))
        };
        let what = || name_of(&message);
        let is_missing = |name| !message.has(name) && !is_of_cpm(case, id, name);
        for (name, written) in [
            (Name::Via, "Via"),
            (Name::From, "From"),
            (Name::To, "To"),
            (Name::CallId, "Call-ID"),
            (Name::CSeq, "CSeq"),
        ] {
            if is_missing(name) {
                judge.report(sender(), id, format!("{} has no {written}", what()));
            }
        }
        let makes_dialog = matches!(summary.method, Method::Invite | Method::Subscribe);
        let accepts = message.status().is_some_and(|status| (200..300).contains(&status));
        let is_asked = matches!(summary.method, Method::Notify | Method::Refer) && summary.is_request;
        if (is_asked || makes_dialog && (summary.is_request || accepts)) && is_missing(Name::Contact) {
            judge.report(sender(), id, format!("{} has no Contact", what()));
        }
        if !summary.is_request {
            continue;
        }
        if matches!(summary.method, Method::Subscribe | Method::Notify) && is_missing(Name::Event) {
            judge.report(sender(), id, format!("{} has no Event", what()));
        }
        if summary.method == Method::Refer {
            let count = message.all(Name::ReferTo).count();
            if count != 1 {
                judge.report(sender(), id, format!("{} has {count} Refer-To headers, expected one", what()));
            }
        }
        if is_missing(Name::MaxForwards) {
            judge.report(sender(), id, format!("{} has no Max-Forwards", what())).severity(Severity::Warning);
        }
    }
}
