use super::offers::exchanges;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sdp;

rule! {
    /// ## What it checks
    /// Who accepts the invitation to a group chat accepts its MSRP stream: the m-line of the answer has a port.
    ///
    /// ## Why it matters
    /// There is a session without anything to chat over.
    ///
    /// ## Example
    /// `m=message 0 TCP/MSRP *` in the 200: broken.
    ///
    /// ## Source
    /// RFC 3264 §6; RFC 4975 §8.1
    /// Judged are answers to the first INVITE: later the stream may be taken away.
    pub SDP_MSRP_REJECTED: Error = "sdp-msrp-rejected", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    for (_, leg) in case.legs() {
        let Some((offer, answer)) = exchanges(case, leg).next().filter(|(offer, _)| Some(offer.id) == leg.invited)
        else {
            continue;
        };
        if case.is_of_cpm(leg, answer.id) {
            continue;
        }
        let ports = |body: &[u8]| -> Vec<Option<u16>> {
            sdp::parse(body).map(|session| session.msrp().map(|media| media.port).collect()).unwrap_or_default()
        };
        let (offered, answered) = (ports(offer.body()), ports(answer.body()));
        let is_offered = offered.iter().any(|port| *port != Some(0));
        if is_offered && !answered.is_empty() && answered.iter().all(|port| *port == Some(0)) {
            judge
                .report(answer.actor, answer.id, "the invitation is accepted, and its MSRP stream refused")
                .also(offer.id);
        }
    }
}
