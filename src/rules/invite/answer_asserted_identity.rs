use super::answer::of_focus;
use super::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Identity;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The 200 of the focus asserts its own address: the one of its Contact, or the one that was called.
    ///
    /// ## Why it matters
    /// The client takes somebody else for the group.
    ///
    /// ## Example
    /// `P-Asserted-Identity: <sip:alice@ims.example>` in the 200 to Alice: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5; RFC 3325
    /// A network may take the header away where the response asks for privacy. Answers to who comes back are not judged: the clause is about new sessions.
    pub CPM_200_ASSERTED_IDENTITY: Error = "cpm-200-asserted-identity", ["5.2.5-9.iii.1.d"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-9.iii.1.d";
    for answer in of_focus(case).filter(|answer| answer.invitation.purpose != Purpose::Rejoin) {
        let place = answer.place(Name::PAssertedIdentity);
        let Some(asserted) = Identity::of_header(&answer.message, Name::PAssertedIdentity) else {
            if answer.values(Name::Privacy).is_empty() {
                judge.fail(statement, place, "200 of the focus has no P-Asserted-Identity");
            }
            continue;
        };
        // Without Contact nothing tells who the controlling function is.
        let Some(contact) = Identity::of_header(&answer.message, Name::Contact) else { continue };
        let known = answer.invitation.leg.request_uri.iter().chain([&contact]);
        let is_right = known.into_iter().any(|one| one.key == asserted.key);
        let message = || format!("200 of the focus asserts {}, not the controlling function", asserted.uri);
        judge.expect(statement, is_right, place, message);
    }
}
