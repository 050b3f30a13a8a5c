use super::offers::{Described, Exchange};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

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

fn check(case: &Case<'_>, judge: &mut Judge) {
    let legs = case.exchanges().chunk_by(|one, next| std::ptr::eq(one.offer.leg, next.offer.leg));
    for Exchange { offer, answer } in legs.filter_map(|exchanges| exchanges.first()) {
        if Some(offer.id) != offer.leg.invited || case.is_of_cpm(answer.leg, answer.id) {
            continue;
        }
        let (offered, answered) = (ports(case, offer), ports(case, answer));
        let is_offered = offered.iter().any(|port| *port != Some(0));
        if is_offered && !answered.is_empty() && answered.iter().all(|port| *port == Some(0)) {
            judge
                .report(answer.actor, answer.id, "the invitation is accepted, and its MSRP stream refused")
                .also(offer.id);
        }
    }
}

/// The ports of the MSRP streams.
fn ports<'a>(case: &Case<'a>, one: &Described<'a>) -> Vec<Option<u16>> {
    one.session(case).map(|session| session.msrp().map(|media| media.port).collect()).unwrap_or_default()
}
