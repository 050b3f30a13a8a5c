use super::answer::refusals_of_focus;
use super::invitation::Clauses;
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::wire::sip::Method;

rule! {
    /// ## What it checks
    /// After a refusal of its INVITE a client sends nothing more for it: no request inside a dialog that never was, and no
    /// MSRP over the path that it offered.
    ///
    /// ## Why it matters
    /// There is nobody who expects it.
    ///
    /// ## Example
    /// `INVITE`, `486`, `ACK`, and then `BYE`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.3; RFC 3261 §13.2.2.3
    pub CPM_INVITE_RESPONSE_RFC3261: Error = "cpm-invite-response-rfc3261", ["5.2.1.1-resp", "5.2.1.2-resp", "5.2.1.3-resp", "5.2.1.4-resp", "5.2.3-resp"], check;
}

const CLAUSES: Clauses =
    Clauses::of_clients(["5.2.1.1-resp", "5.2.1.2-resp", "5.2.1.3-resp", "5.2.1.4-resp", "5.2.3-resp"]);

fn check(case: &Case<'_>, judge: &mut Judge) {
    for refusal in refusals_of_focus(case).filter(|refusal| !matches!(refusal.status, 401 | 407)) {
        let one = refusal.invitation;
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let call = &case.sessions().calls[one.leg.call];
        let requests = call.transactions.iter().filter(|transaction| {
            !transaction.to_tag.is_empty()
                && transaction.from_tag == one.leg.from_tag
                && !matches!(transaction.method, Method::Ack | Method::Invite)
        });
        let late = requests
            .filter_map(|transaction| transaction.request())
            .find(|&id| id > refusal.id && case.sender_on(one.leg, id) != Actor::ControllingFunction);
        let media = one
            .leg
            .msrp
            .map(|msrp| case.sessions().msrp.sessions[msrp as usize].first)
            .filter(|&first| first > refusal.id);
        match late.or(media) {
            Some(id) => {
                let what = format!("{} goes on after the {} to its INVITE", one.user(), refusal.status);
                judge.fail(statement, id, what).also(refusal.id).also(one.id);
            }
            None => judge.pass(statement),
        }
    }
}
