use super::offers::{exchanges, is_of_cpm};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sdp::{self, Setup};

rule! {
    /// ## What it checks
    /// The answer to an MSRP offer takes the role that the offer leaves to it: `passive` to `active`, `active` to `passive`, one of both to `actpass`.
    ///
    /// ## Why it matters
    /// Otherwise both sides wait for the TCP connection, or both open one.
    ///
    /// ## Example
    /// `a=setup:actpass` in a 200 whose INVITE has an offer: broken; so is `a=setup:active` in answer to `a=setup:active`.
    ///
    /// ## Source
    /// RFC 6135 §4.2.2; RFC 4145 §4.1
    /// An offer without `a=setup` counts as `active`, as RFC 4975 had it, unless the answer says something else.
    pub SDP_MSRP_SETUP: Error = "sdp-msrp-setup", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    for (_, leg) in case.legs() {
        for (offer, answer) in exchanges(case, leg).filter(|(_, answer)| !is_of_cpm(case, leg, answer)) {
            let setups = |body: &[u8]| -> Vec<Option<Setup>> {
                sdp::parse(body).map(|session| session.msrp().map(|media| media.setup()).collect()).unwrap_or_default()
            };
            for (offered, answered) in setups(offer.body()).into_iter().zip(setups(answer.body())) {
                let Some(found) = answered else { continue };
                let (wrong, expected) = match (offered, found) {
                    (_, Setup::ActPass) => ("actpass", "active or passive"),
                    (Some(Setup::Active), Setup::Active) => ("active to an offer of active", "passive"),
                    (Some(Setup::Passive), Setup::Passive) => ("passive to an offer of passive", "active"),
                    _ => continue,
                };
                let what = format!("the answer says a=setup:{wrong}");
                judge.report(answer.actor, answer.id, what).expected(expected).also(offer.id);
            }
        }
    }
}
