use crate::net::Transport;
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};

rule! {
    /// ## What it checks
    /// A response answers a request that was sent.
    ///
    /// ## Why it matters
    /// It is dropped, and the request goes without an answer.
    ///
    /// ## Example
    /// A `200` with a Call-ID and CSeq to which there is no request: broken.
    ///
    /// ## Source
    /// RFC 3261 §17.1.3, §18.1.2
    /// Judged over TCP where the connection was captured from its beginning: a datagram may have been missed. A response with the branch of a request and
    /// another CSeq is an error of `sip-cseq`.
    pub SIP_RESPONSE_UNKNOWN: Error = "sip-response-unknown", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for transaction in case.calls().flat_map(|call| &call.transactions).filter(|one| one.requests.is_empty()) {
        let Some(&response) = transaction.responses.first() else { continue };
        let whole = &case.messages()[response];
        let flow = case.messages().flow(whole);
        let is_followed = flow.transport == Transport::Tcp && flow.start_seen && !whole.incomplete;
        if is_followed && !case.lossy {
            let status = whole.sip().map_or(0, |summary| summary.status);
            judge.report(Actor::Unknown, response, format!("{status} answers no request that was sent"));
        }
    }
}
