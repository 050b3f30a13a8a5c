use super::chatroom::CLOSED;
use super::offers::Described;
use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// The token of a closed group is `org.openmobilealliance.groupchat.closed`, in these letters, once, in the MSRP stream.
    ///
    /// ## Why it matters
    /// A focus that does not know the token makes an open group, and says nothing.
    ///
    /// ## Example
    /// `a=chatroom:org.openmobilealliance.groupchat.Closed`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1; RFC 7701 §8.1
    pub CPM_SDP_CHATROOM_CLOSED_VALUE: Error = "cpm-sdp-chatroom-closed-value", ["5.2.1.1-13-value"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.1.1-13-value";
    for one in case.invitations().iter().filter(|one| one.purpose == Purpose::AdHoc && !one.message.is_body_cut()) {
        let Some(offer) = Described::of(case, one.leg, one.id) else { continue };
        let Some(session) = offer.session(case) else { continue };
        let names_it = |value: &str| {
            let value = value.to_ascii_lowercase();
            value.contains("groupchat") || value.contains("openmobilealliance")
        };
        let of_session =
            session.attributes.iter().filter(|attribute| attribute.name == "chatroom").map(|one| (one, true));
        let of_streams =
            session.msrp().flat_map(|media| &media.attributes).filter(|attribute| attribute.name == "chatroom");
        for (attribute, is_of_session) in of_session.chain(of_streams.map(|one| (one, false))) {
            let value = attribute.value();
            if !names_it(value) {
                continue;
            }
            let tokens: Vec<&str> = value.split(' ').collect();
            let times = tokens.iter().filter(|token| **token == CLOSED).count();
            let place = offer.place(Some(attribute.range.clone()));
            match () {
                () if is_of_session => {
                    judge.fail(statement, place, "a=chatroom stands at session level");
                }
                () if times != 1 => {
                    let what = format!("a=chatroom:{value} is not the token of a closed group");
                    judge.fail(statement, place, what).expected(format!("a=chatroom:{CLOSED}")).found(value);
                }
                () if tokens.len() > 1 => {
                    let what = format!("a=chatroom:{value} has other tokens beside that of a closed group");
                    judge.remark(statement, Severity::Note, place, what);
                }
                () => judge.pass(statement),
            }
        }
    }
}
