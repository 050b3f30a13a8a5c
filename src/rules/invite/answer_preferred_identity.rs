use super::answer::of_clients;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Identity;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The 200 of an invited client says which of its addresses it wants to be known by.
    ///
    /// ## Why it matters
    /// The network asserts its default identity, and the group sees another address than was invited.
    ///
    /// ## Example
    /// A 200 without `P-Preferred-Identity`: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.2, 6.1; RFC 3325 §9.2
    /// Behind the first function of the network there is `P-Asserted-Identity` instead.
    pub CPM_200_PREFERRED_IDENTITY: Warning = "cpm-200-preferred-identity", ["5.2.2-8.d"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.2-8.d";
    for answer in of_clients(case) {
        let names = [Name::PPreferredIdentity, Name::PAssertedIdentity];
        let has_one = names.into_iter().any(|name| Identity::of_header(&answer.message, name).is_some());
        let message = || "200 has no usable P-Preferred-Identity".to_owned();
        judge.expect(statement, has_one, answer.place(Name::PPreferredIdentity), message);
    }
}
