use super::invitation::Clauses;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;
use crate::wire::uri::{NameAddr, split_values};

rule! {
    /// ## What it checks
    /// The INVITE of a client says which of its addresses it wants to be known by: one P-Preferred-Identity, or a sip and a tel URI.
    ///
    /// ## Why it matters
    /// The network asserts its default identity, and the group sees another address than the one that was meant.
    ///
    /// ## Example
    /// An INVITE without `P-Preferred-Identity`: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.3, 6.1; RFC 3325 §9.2
    ///
    /// 3GPP TS 24.229 lets a client leave it out. Clause 5.2.1.4 says Contact, and means this header. Behind the first function of the network there is
    /// `P-Asserted-Identity` instead.
    pub CPM_INVITE_PREFERRED_IDENTITY: Warning = "cpm-invite-preferred-identity", ["5.2.1.1-4", "5.2.1.2-5", "5.2.1.3-5", "5.2.1.4-5", "5.2.3-5"], check;
}

const CLAUSES: Clauses = Clauses::of_clients(["5.2.1.1-4", "5.2.1.2-5", "5.2.1.3-5", "5.2.1.4-5", "5.2.3-5"]);

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations() {
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let name = if one.is_of_client() { Name::PPreferredIdentity } else { Name::PAssertedIdentity };
        let fields = one.values(name);
        let uris: Vec<&str> = fields
            .iter()
            .flat_map(|field| split_values(field))
            .filter_map(NameAddr::parse)
            .map(|value| value.uri())
            .collect();
        let scheme = |uri: &str| uri.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase()).unwrap_or_default();
        let schemes: Vec<String> = uris.iter().map(|uri| scheme(uri)).collect();
        let is_known = schemes.iter().all(|scheme| ["sip", "sips", "tel"].contains(&scheme.as_str()));
        let is_right =
            is_known && (schemes.len() == 1 || (schemes.len() == 2 && schemes.iter().any(|one| one == "tel")));
        let found = if fields.is_empty() { "missing".to_owned() } else { fields.join(", ") };
        judge.expect(statement, is_right, one.place(name), || {
            format!("INVITE has no usable preferred identity: {found}")
        });
    }
}
