use super::offers::Described;
use crate::rules::invite::answer::of_clients;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place};
use crate::session::Leg;
use crate::wire::MessageId;
use crate::wire::sip::Message;

rule! {
    /// ## What it checks
    /// The first offer of a client has `a=msrp-cema` and `a=setup` in its MSRP stream; its answers have both where the offer
    /// had the first.
    ///
    /// ## Why it matters
    /// Without them a session border controller between the two cannot carry their MSRP.
    ///
    /// ## Example
    /// `m=message 9 TCP/MSRP *` with a path, and no `a=msrp-cema`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1; RFC 6714 §4; RFC 6135
    ///
    /// Where the client connects to is for `cpm-msrp-connect-target`.
    pub CPM_SDP_MSRP_CEMA: Error = "cpm-sdp-msrp-cema", ["5.2.3.1-0-cema"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations().iter().filter(|one| one.is_of_client()) {
        look(case, judge, one.leg, one.id, &one.message, true);
    }
    for answer in of_clients(case) {
        // Without CEMA in the offer the answer falls back to RFC 4975 (RFC 6714 §4.3).
        let is_offered = case.media(answer.invitation.id).is_some_and(|media| media.cema);
        look(case, judge, answer.invitation.leg, answer.id, &answer.message, is_offered);
    }
}

fn look<'a>(case: &Case<'a>, judge: &mut Judge, leg: &'a Leg, id: MessageId, message: &Message<'_>, wants_cema: bool) {
    let statement = "5.2.3.1-0-cema";
    if message.is_body_cut() {
        return;
    }
    let Some(media) = case.media(id).filter(|media| media.port != Some(0)) else { return };
    let missing = match () {
        () if wants_cema && !media.cema => "a=msrp-cema",
        () if media.setup.is_none() => "a=setup",
        () => return judge.pass(statement),
    };
    let place = Described::of(case, leg, id).map_or(Place::from(id), |one| one.attribute("path"));
    judge.fail(statement, place, format!("the MSRP stream of the client has no {missing}")).expected(missing);
}
