use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::find_body;
use crate::wire::sdp::{self, Setup};

rule! {
    /// ## What it checks
    /// The answer to an MSRP offer does not say `a=setup:actpass`: it takes one of the two roles.
    ///
    /// ## Why it matters
    /// With `actpass` in the answer each side waits for the other to open the TCP connection.
    ///
    /// ## Example
    /// `a=setup:actpass` in a 200 whose INVITE has an offer: broken.
    ///
    /// ## Source
    /// RFC 6135 §4.2.2; RFC 4145 §4.1
    pub SDP_MSRP_SETUP: Error = "sdp-msrp-setup", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    for (_, leg) in case.legs() {
        for (offer, answer) in
            [(leg.invited, leg.answered)].into_iter().filter_map(|(offer, answer)| Some((offer?, answer?.0)))
        {
            let has_offer = case.sip(offer).is_some_and(|message| find_body(&message, "application/sdp").is_some());
            let Some(message) = case.sip(answer).filter(|message| has_offer && !message.is_body_cut()) else {
                continue;
            };
            let Some(body) = find_body(&message, "application/sdp") else { continue };
            let Ok(session) = sdp::parse(body) else { continue };
            if session.msrp().any(|media| media.setup() == Some(Setup::ActPass)) {
                judge
                    .report(case.sender_on(leg, answer), answer, "the answer says a=setup:actpass")
                    .expected("active or passive")
                    .also(offer);
            }
        }
    }
}
