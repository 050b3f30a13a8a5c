use super::extended::extended;
use super::invitation::without_headers;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Identity;
use crate::wire::sip::Name;
use crate::wire::uri::Uri;

rule! {
    /// ## What it checks
    /// In the list of the INVITE that extends a 1-1 session, the entry of the peer is the GRUU of the device which is in that session.
    ///
    /// ## Why it matters
    /// The invitation rings on all devices of the peer, and the one with the chat does not know of it.
    ///
    /// ## Example
    /// The peer has `Contact: <sip:bob@ims.example;gr=urn:uuid:1>`, and the list `sip:bob@ims.example`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3; RFC 5627
    /// A peer whose Contact is no GRUU is listed by its address.
    pub CPM_INVITE_EXTEND_GRUU_ENTRY: Error = "cpm-invite-extend-gruu-entry", ["5.2.3-8-gruu"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3-8-gruu";
    for one in extended(case, judge, statement) {
        let answer = one.leg.answered.and_then(|(answer, _)| case.sip(answer));
        let peer = if one.is_caller() { answer.as_ref() } else { Some(&one.invite) };
        let Some(contact) = peer.and_then(|message| Identity::of_header(message, Name::Contact)) else { continue };
        let Some(gruu) = Uri::parse(&contact.uri).filter(|uri| uri.param("gr").is_some()) else { continue };
        let recipients = one.invitation.recipients();
        let is_listed = recipients.iter().any(|entry| {
            Uri::parse(without_headers(entry))
                .is_some_and(|entry| entry.param("gr") == gruu.param("gr") && entry.key() == gruu.key())
        });
        let message = || format!("recipient list does not name the 1-1 peer by its GRUU {}", contact.uri);
        let finding = judge.expect(statement, is_listed, one.invitation.place(Name::ContentType), message);
        finding.into_iter().for_each(|finding| _ = finding.expected(&contact.uri));
    }
}
