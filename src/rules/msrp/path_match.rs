use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::msrp::{Path, session_id};

rule! {
    /// ## What it checks
    /// A response goes back the way the request came: its To-Path is the From-Path of the request, its From-Path the To-Path.
    ///
    /// ## Why it matters
    /// A relay cannot route the response; the sender takes its message for lost.
    ///
    /// ## Example
    /// A request from `msrp://a:1/x;tcp` is answered to `msrp://a:1/y;tcp`: broken.
    ///
    /// ## Source
    /// RFC 4975 §7.2
    /// Of a path with relays, the next hop alone counts.
    pub MSRP_PATH_MATCH: Error = "msrp-path-match", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for sent in &case.glance().misrouted {
        let Some((response, _)) = sent.transfer.response else { continue };
        // Of several chunks it is the response to one of them.
        let request = sent.transfer.chunks().take_while(|id| *id < response).last().unwrap_or(sent.transfer.first);
        let (Some(asked), Some(answer)) = (case.msrp(request), case.msrp(response)) else { continue };
        for (name, turned) in [("To-Path", "From-Path"), ("From-Path", "To-Path")] {
            let (Some(found), Some(expected)) = (answer.header(name), asked.header(turned)) else { continue };
            let hop = |path: &str| Path(path).first().map(str::to_owned);
            // Where the response is right and the request was not, rules about paths speak.
            let is_known = |path: &str| {
                let id = Path(path).last().and_then(session_id);
                sent.stream(case).msrp.ends.iter().any(|end| session_id(end) == id)
            };
            if is_known(&found) && !is_known(&expected) {
                continue;
            }
            if hop(&found) != hop(&expected) && !case.messages()[response].incomplete {
                let message = format!("{name} of the response is {found}, {turned} of the request was {expected}");
                judge.report(sent.receiver(case), response, message).expected(&*expected).also(request);
            }
        }
    }
}
