use hashbrown::HashMap;

use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Place};
use crate::session::Transaction;
use crate::wire::MessageId;
use crate::wire::sip::{Method, Name};

rule! {
    /// ## What it checks
    /// Each new request of a side in a dialog has a higher CSeq number than the one before, the CSeq names the method of the request, and a response
    /// repeats the CSeq of its request.
    ///
    /// ## Why it matters
    /// The other side answers 500 to an old number, and takes a response with another CSeq for none at all.
    ///
    /// ## Example
    /// `INVITE` with `CSeq: 7 INVITE`, then `BYE` with `CSeq: 6 BYE`: broken.
    ///
    /// ## Source
    /// RFC 3261 §8.1.1.5, §8.2.6.2, §12.2.1.1
    /// Numbers may jump. ACK and CANCEL have the number of their INVITE. Requests within half a second may have been captured in another order.
    pub SIP_CSEQ: Error = "sip-cseq", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for call in case.calls() {
        let mut last: HashMap<(&str, &str), (u32, MessageId)> = HashMap::new();
        // A CANCEL has the branch of its INVITE.
        let is_cancel = |transaction: &Transaction| transaction.method == Method::Cancel;
        let mut branches: HashMap<(&[u8], bool), MessageId> = HashMap::new();
        for transaction in &call.transactions {
            let Some(request) = transaction.request() else { continue };
            for &id in &transaction.requests {
                branches.insert((branch(case, id), is_cancel(transaction)), id);
            }
            let Some(message) = case.sip(request).filter(|_| !case.messages()[request].incomplete) else { continue };
            let place = || Place::header(request, &message, Name::CSeq);
            let cseq = message.header(Name::CSeq).unwrap_or_default();
            let named = cseq.split_ascii_whitespace().nth(1).unwrap_or_default();
            let method = message.method().unwrap_or_default();
            if !named.is_empty() && named != method {
                judge.report(Actor::Unknown, place(), format!("CSeq of {method} names {named}")).expected(method);
                continue;
            }
            if transaction.method == Method::Cancel || transaction.to_tag.is_empty() {
                continue;
            }
            let side = (transaction.from_tag.as_str(), transaction.to_tag.as_str());
            if let Some(&(before, earlier)) = last.get(&side)
                && transaction.cseq <= before
                && case.seconds_between(earlier, request) > CROSSING_SECONDS
            {
                let what = format!("CSeq of {method} is {}, after {before}", transaction.cseq);
                judge.report(Actor::Unknown, place(), what).expected(format!("more than {before}")).also(earlier);
            }
            let highest = last.get(&side).map_or(0, |(before, _)| *before).max(transaction.cseq);
            last.insert(side, (highest, request));
        }
        // Its number leads to no request, but its branch does.
        for transaction in call.transactions.iter().filter(|transaction| transaction.requests.is_empty()) {
            let Some(&response) = transaction.responses.first().filter(|&&id| !case.messages()[id].incomplete) else {
                continue;
            };
            let request = branches
                .get(&(branch(case, response), is_cancel(transaction)))
                .filter(|_| !branch(case, response).is_empty());
            let (Some(&request), Some(message)) = (request, case.sip(response)) else { continue };
            let expected =
                case.sip(request).and_then(|message| message.header(Name::CSeq).map(|value| value.into_owned()));
            let found = message.header(Name::CSeq).unwrap_or_default().into_owned();
            if !found.is_empty() && expected.as_ref().is_some_and(|expected| *expected != found) {
                let place = Place::header(response, &message, Name::CSeq);
                let what = format!("CSeq of the response is {found}, not that of its request");
                judge.report(Actor::Unknown, place, what).expected(expected.unwrap_or_default()).also(request);
            }
        }
    }
}

const CROSSING_SECONDS: f64 = 0.5;

fn branch<'a>(case: &Case<'a>, id: MessageId) -> &'a [u8] {
    let message = &case.messages()[id];
    message.sip().map_or(&[], |summary| summary.branch.of(case.messages().head(message)))
}
