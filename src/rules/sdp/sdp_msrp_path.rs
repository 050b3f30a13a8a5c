use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::find_body;
use crate::wire::msrp::session_id;
use crate::wire::sdp;

rule! {
    /// ## What it checks
    /// An SDP with an MSRP stream has an `a=path` whose last URI has a session-id.
    ///
    /// ## Why it matters
    /// Without it the other side has nothing to put into To-Path: there is no MSRP session.
    ///
    /// ## Example
    /// `m=message 2855 TCP/MSRP *` without `a=path`: broken.
    ///
    /// ## Source
    /// RFC 4975 §8.1, §8.4
    /// A stream that is refused (port 0) needs no path.
    pub SDP_MSRP_PATH: Error = "sdp-msrp-path", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    for (_, leg) in case.legs() {
        for &id in &leg.messages {
            let whole = &case.messages()[id];
            if whole.incomplete || case.sessions().is_retransmission(id) || case.is_of_cpm(leg, id) {
                continue;
            }
            let Some(message) = case.sip(id).filter(|message| !message.is_body_cut()) else { continue };
            let Some(body) = find_body(&message, "application/sdp") else { continue };
            let Ok(session) = sdp::parse(body) else { continue };
            for media in session.msrp().filter(|media| media.port != Some(0)) {
                let last = media.path().and_then(|path| path.last());
                match last.map(|uri| (uri, session_id(uri))) {
                    Some((_, Some(_))) => {}
                    Some((uri, None)) => {
                        _ = judge.report(case.sender_on(leg, id), id, format!("a=path {uri} has no session-id"))
                    }
                    None => _ = judge.report(case.sender_on(leg, id), id, "the MSRP stream has no a=path"),
                }
            }
        }
    }
}
