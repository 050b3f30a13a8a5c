use super::answer::refusals_of_clients;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::session::Identity;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A client that does not take an invitation says so with a code that the specification has for it: 480, 486, 302 with
    /// another Contact, 603, 481, 488, or one of the protocol itself.
    ///
    /// ## Why it matters
    /// Other codes mean that the user, or the group, does not exist.
    ///
    /// ## Example
    /// `404 Not Found` from a client: a warning. `302` without Contact: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.2; RFC 3261 §21
    ///
    /// Why a client refuses is not on the wire: each of its own codes is right.
    pub CPM_INVITE_REJECT_CODE: Error = "cpm-invite-reject-code", ["5.2.2-1.a", "5.2.2-1.b", "5.2.2-1.c", "5.2.2-1.d"], check;
}

/// What a client may answer by decision, after a CANCEL, or as any server of SIP.
const KNOWN: &[u16] = &[
    302, 400, 401, 407, 408, 413, 414, 415, 416, 420, 421, 422, 423, 480, 481, 482, 483, 484, 485, 486, 487, 488, 491,
    500, 501, 503, 504, 505, 513, 580, 603,
];

fn check(case: &Case<'_>, judge: &mut Judge) {
    for refusal in refusals_of_clients(case) {
        let one = refusal.invitation;
        let statement = match refusal.status {
            486 => "5.2.2-1.b",
            302 => "5.2.2-1.c",
            603 => "5.2.2-1.d",
            _ => "5.2.2-1.a",
        };
        if refusal.status == 302 {
            let other = Identity::of_header(&refusal.message, Name::Contact);
            let called = one.leg.request_uri.as_ref().map(|uri| &uri.key);
            let leads_on = other.is_some_and(|other| Some(&other.key) != called);
            let what = || format!("302 of {} does not name another Contact", one.user());
            let finding = judge.expect(statement, leads_on, refusal.place(Name::Contact), what);
            finding.into_iter().for_each(|finding| _ = finding.also(one.id));
        } else if KNOWN.contains(&refusal.status) {
            judge.pass(statement);
        } else {
            let what = format!("{} answered the invitation with {}", one.user(), refusal.status);
            let finding = judge.remark(statement, Severity::Warning, refusal.id, what);
            finding.expected("480, 486, 302, 603").also(one.id);
        }
    }
}
