use super::offers::{Exchange, is_of_cpm};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sdp;

rule! {
    /// ## What it checks
    /// An answer has as many m-lines as its offer, in the same order, with the same media and transports.
    ///
    /// ## Why it matters
    /// The two sides connect the wrong streams, or none.
    ///
    /// ## Example
    /// An offer with `m=message` and `m=audio`, and an answer with `m=message` alone: broken.
    ///
    /// ## Source
    /// RFC 3264 §6
    pub SDP_OFFER_ANSWER: Error = "sdp-offer-answer", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for Exchange { offer, answer } in case.exchanges().iter().filter(|one| !is_of_cpm(case, &one.answer)) {
        let (Some(offered), Some(answered)) = (offer.session(case), answer.session(case)) else { continue };
        if offered.media.len() != answered.media.len() {
            let (wanted, found) = (offered.media.len(), answered.media.len());
            let what = format!("the answer has {found} m-lines, the offer {wanted}");
            judge.report(answer.actor, answer.id, what).expected(wanted.to_string()).also(offer.id);
            continue;
        }
        let pairs = offered.media.iter().zip(&answered.media);
        let differs = |(one, other): &(&sdp::Media<'_>, &sdp::Media<'_>)| {
            one.kind != other.kind || !one.proto.eq_ignore_ascii_case(&other.proto)
        };
        if let Some((one, other)) = pairs.into_iter().find(differs) {
            let what = format!("{} {} is answered by {} {}", one.kind, one.proto, other.kind, other.proto);
            judge.report(answer.actor, answer.id, what).also(offer.id);
        }
    }
}
