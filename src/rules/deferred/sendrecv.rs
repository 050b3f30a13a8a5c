use super::original::deferred;
use crate::rules::rule::rule;
use crate::rules::sdp::offers::Described;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// The MSRP stream in a deferred INVITE is `a=sendrecv`.
    ///
    /// ## Why it matters
    /// A client that may only receive cannot answer.
    ///
    /// ## Example
    /// The deferred INVITE has `a=sendonly`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1; RFC 3264 §6.1
    ///
    /// Without a direction `sendrecv` is meant (RFC 3264): a note.
    pub CPM_SDP_SENDRECV: Error = "cpm-sdp-sendrecv", ["5.2.3.4.1.1-b-sendrecv"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-b-sendrecv";
    for one in deferred(case) {
        let Some(offer) = Described::of(case, one.invite.leg, one.invite.id) else { continue };
        let Some(session) = offer.session(case) else { continue };
        let Some(media) = session.msrp().next() else { continue };
        let is_direction = |name: &str| matches!(name, "sendrecv" | "sendonly" | "recvonly" | "inactive");
        let own = media.attributes.iter().find(|attribute| is_direction(&attribute.name));
        let found = own.or_else(|| session.attributes.iter().find(|attribute| is_direction(&attribute.name)));
        match found {
            Some(attribute) => {
                let what = || format!("the deferred INVITE to {} offers a={}", one.invite.user(), attribute.name);
                let place = offer.place(Some(attribute.range.clone()));
                let finding = judge.expect(statement, attribute.name == "sendrecv", place, what);
                finding.into_iter().for_each(|finding| _ = finding.expected("a=sendrecv"));
            }
            None => {
                let what = format!("the deferred INVITE to {} does not say a=sendrecv", one.invite.user());
                judge.remark(statement, Severity::Note, offer.place(Some(media.line.clone())), what);
            }
        }
    }
}
