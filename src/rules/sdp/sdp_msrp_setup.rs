use super::offers::{Exchange, is_of_cpm};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sdp::Setup;

rule! {
    /// ## What it checks
    /// The answer to an MSRP offer takes the role that the offer leaves to it: `passive` to `active`, `active` to `passive`, one of both to `actpass`. There
    /// is no `a=connection`.
    ///
    /// ## Why it matters
    /// Otherwise both sides wait for the TCP connection, or both open one.
    ///
    /// ## Example
    /// `a=setup:actpass` in a 200 whose INVITE has an offer: broken; so is `a=setup:active` in answer to `a=setup:active`.
    ///
    /// ## Source
    /// RFC 6135 §4.2.2, §4.4; RFC 4145 §4.1
    /// An offer without `a=setup` counts as `active`, as RFC 4975 had it, unless the answer says something else.
    pub SDP_MSRP_SETUP: Error = "sdp-msrp-setup", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.descriptions() {
        let Some(session) = one.session(case) else { continue };
        if let Some(attribute) = session.msrp().find_map(|media| media.attribute("connection")) {
            let what = format!("a=connection:{} with MSRP", attribute.value());
            judge.report(one.actor, one.place(Some(attribute.range.clone())), what);
        }
    }
    for Exchange { offer, answer } in case.exchanges().iter().filter(|one| !is_of_cpm(case, &one.answer)) {
        let (Some(offered), Some(answered)) = (offer.session(case), answer.session(case)) else { continue };
        for (offered, answered) in offered.msrp().zip(answered.msrp()) {
            let Some(found) = answered.setup() else { continue };
            let (wrong, expected) = match (offered.setup(), found) {
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
