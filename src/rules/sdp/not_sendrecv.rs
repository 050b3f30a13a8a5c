use super::offers::Described;
use crate::rules::invite::answer::{of_clients, refusals_of_clients};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::sdp::Direction;

rule! {
    /// ## What it checks
    /// A client refuses with 488 an INVITE whose MSRP stream is not for both directions, and only then.
    ///
    /// ## Why it matters
    /// A chat in one direction looks like a chat, and loses what the other side writes.
    ///
    /// ## Example
    /// `a=recvonly` in the offer, and the client answers 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.2; RFC 3264
    pub CPM_INVITE_488_NOT_SENDRECV: Error = "cpm-invite-488-not-sendrecv", ["5.2.2-3", "5.2.2-4", "5.2.2-4-stop"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for answer in of_clients(case).chain(refusals_of_clients(case)) {
        let one = answer.invitation;
        let Some(offer) = Described::of(case, one.leg, one.id) else { continue };
        let Some(session) = offer.session(case) else { continue };
        let Some(media) = session.msrp().find(|media| media.port != Some(0)) else { continue };
        if answer.status == 488 {
            let leads_on = one.leg.msrp.is_some();
            let what = || "MSRP goes on over the path of an INVITE that was refused with 488".to_owned();
            judge.expect("5.2.2-4-stop", !leads_on, answer.id, what);
        }
        let direction = session.direction_of(media);
        if direction != Direction::SendRecv {
            let names = ["sendonly", "recvonly", "inactive"];
            let all = media.attributes.iter().chain(&session.attributes);
            let name = all.map(|attribute| &*attribute.name).find(|name| names.contains(name)).unwrap_or("one-way");
            let what = || format!("INVITE with MSRP direction {name} answered {}", answer.status);
            let finding = judge.expect("5.2.2-4", answer.status >= 300, answer.id, what);
            finding.into_iter().for_each(|finding| _ = finding.expected("488").also(one.id));
        } else if answer.status == 488 {
            let what = "INVITE with an MSRP stream for both directions answered 488";
            judge.remark("5.2.2-3", Severity::Warning, answer.id, what).also(one.id);
        } else {
            judge.pass("5.2.2-3");
        }
    }
}
