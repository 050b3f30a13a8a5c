use super::offers::{Described, is_untyped};
use super::stream::fault;
use crate::rules::invite::invitation::Clauses;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The INVITE of a client that makes or enters a group session offers an MSRP stream, with all that it takes: `a=path`,
    /// `a=accept-types`, both directions, and a side that can connect.
    ///
    /// ## Why it matters
    /// Without one of them no MSRP session comes about, and the chat stays empty.
    ///
    /// ## Example
    /// ```text
    /// m=message 9 TCP/MSRP *
    /// a=accept-types:message/cpim
    /// ```
    /// without `a=path`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.3; RFC 4975 §8
    ///
    /// RFC 6135 lets an offer be passive; the SDP of CPM (outside of this specification) does not.
    pub CPM_SDP_OFFER_MSRP: Error = "cpm-sdp-offer-msrp", ["5.2.1.1-12", "5.2.1.2-10", "5.2.1.3-10", "5.2.1.4-10", "5.2.3-11"], check;
}

const CLAUSES: Clauses = Clauses::of_clients(["5.2.1.1-12", "5.2.1.2-10", "5.2.1.3-10", "5.2.1.4-10", "5.2.3-11"]);

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations() {
        let Some(statement) = CLAUSES.statement(one.purpose).filter(|_| !one.message.is_body_cut()) else { continue };
        let Some(offer) = Described::of(case, one.leg, one.id) else {
            if is_untyped(&one.message) {
                continue;
            }
            judge
                .fail(statement, one.place(Name::ContentType), "the INVITE has no SDP offer")
                .expected("application/sdp");
            continue;
        };
        let Some(session) = offer.session(case) else {
            judge.fail(statement, one.id, "the SDP offer of the INVITE cannot be read");
            continue;
        };
        match fault(&session, true) {
            Some(fault) => {
                let what = format!("the SDP offer of the INVITE is not that of a CPM session: {}", fault.what);
                judge.fail(statement, offer.place(fault.range), what);
            }
            None => judge.pass(statement),
        }
    }
}
