use crate::net::Transport;
use crate::rules::loss::REPEATED;
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::wire::sip::Method;

rule! {
    /// ## What it checks
    /// A request gets a final response within 32 s; an INVITE one that rings goes on until it is answered or cancelled.
    ///
    /// ## Why it matters
    /// The sender gives up with a timeout, and the users see nothing happen.
    ///
    /// ## Example
    /// A BYE that is sent again and again, and no answer: broken.
    ///
    /// ## Source
    /// RFC 3261 §17.1.1.2, §17.1.2.2
    /// Over UDP it is certain where the sender repeats the request itself: else the answer may not have been captured. ACK gets none.
    pub SIP_REQUEST_UNANSWERED: Error = "sip-request-unanswered", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let wait = case.profile.timings.sip_transaction;
    for transaction in case.calls().flat_map(|call| &call.transactions).filter(|_| !case.lossy) {
        let Some(request) = transaction.request().filter(|_| transaction.method != Method::Ack) else { continue };
        let is_ringing = transaction.method == Method::Invite && !transaction.responses.is_empty();
        if is_ringing || transaction.final_response("", case.messages()).is_some() {
            continue;
        }
        let whole = &case.messages()[request];
        let is_tcp = case.messages().flow(whole).transport == Transport::Tcp;
        let is_certain = is_tcp || transaction.requests.len() > REPEATED;
        if is_certain && case.seconds_captured_after(request) > wait {
            let method = case.sip(request).and_then(|message| message.method().map(str::to_owned)).unwrap_or_default();
            let finding =
                judge.report(Actor::Unknown, request, format!("{method} was not answered within {wait:.0} s"));
            transaction.requests.iter().for_each(|&again| _ = finding.also(again));
        }
    }
}
