use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::msrp::session_id;

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

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.descriptions().iter().filter(|one| !case.is_of_cpm(one.leg, one.id)) {
        let Some(session) = one.session(case) else { continue };
        for media in session.msrp().filter(|media| media.port != Some(0)) {
            let last = media.path().and_then(|path| path.last());
            match last.map(|uri| (uri, session_id(uri))) {
                Some((_, Some(_))) => {}
                Some((uri, None)) => {
                    _ = judge.report(one.actor, one.id, format!("a=path {uri} has no session-id"));
                }
                None => _ = judge.report(one.actor, one.id, "the MSRP stream has no a=path"),
            }
        }
    }
}
