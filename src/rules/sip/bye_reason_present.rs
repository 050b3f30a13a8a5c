use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place, Severity};
use crate::session::Direction;
use crate::wire::reason::Reason;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A BYE says why in a Reason of protocol SIP.
    ///
    /// ## Why it matters
    /// A participating function takes a BYE without Reason for the user leaving, and tears all down: nothing is kept for later.
    ///
    /// ## Example
    /// A BYE without Reason: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2, 5.2.3.3; RFC 3326
    /// Such a BYE is allowed, and counts as `SIP;cause=200`.
    pub CPM_BYE_REASON_PRESENT: Note = "cpm-bye-reason-present", ["5.2.3.2-2.a", "5.2.3.3-2.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for (_, leg) in case.legs().filter(|_| case.is_group()) {
        let Some((bye, _)) = leg.ended else { continue };
        let statement = match (leg.ended_by(), leg.direction) {
            (_, Direction::Unknown) | (None, _) => continue,
            (Some("client"), _) => "5.2.3.2-2.a",
            _ => "5.2.3.3-2.a",
        };
        let Some(message) = case.sip(bye).filter(|message| message.method() == Some("BYE")) else { continue };
        if case.messages()[bye].incomplete {
            continue;
        }
        let has_reason = message
            .all(Name::Reason)
            .any(|field| Reason::parse(&field.value()).any(|reason| reason.sip_status().is_some()));
        if has_reason {
            judge.pass(statement);
        } else {
            let text = "BYE carries no SIP Reason; it will be handled as a user-initiated leave (cause 200)";
            judge.remark(statement, Severity::Note, Place::header(bye, &message, Name::Reason), text);
        }
    }
}
