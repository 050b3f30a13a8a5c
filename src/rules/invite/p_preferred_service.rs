use super::invitation::Clauses;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The INVITE of a client asks for the service of CPM group sessions.
    ///
    /// ## Why it matters
    /// The network routes by it: without, the INVITE does not come to a conference focus.
    ///
    /// ## Example
    /// `P-Preferred-Service: urn:urn-7:3gpp-service.ims.icsi.oma.cpm.session`: broken, that is the service of 1-1 sessions.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.3; RFC 6050
    /// Behind the first function of the network `P-Asserted-Service` has taken its place.
    pub CPM_INVITE_P_PREFERRED_SERVICE: Error = "cpm-invite-p-preferred-service", ["5.2.1.1-5", "5.2.1.2-3", "5.2.1.3-4", "5.2.1.4-4", "5.2.3-4"], check;
}

const CLAUSES: Clauses = Clauses::of_clients(["5.2.1.1-5", "5.2.1.2-3", "5.2.1.3-4", "5.2.1.4-4", "5.2.3-4"]);

const SERVICE: &str = "urn:urn-7:3gpp-service.ims.icsi.oma.cpm.session.group";

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations() {
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let asserted = one.values(Name::PAssertedService);
        let (name, values) = match asserted.is_empty() {
            true => (Name::PPreferredService, one.values(Name::PPreferredService)),
            false => (Name::PAssertedService, asserted),
        };
        let is_right =
            values.iter().flat_map(|value| value.split(',')).any(|one| one.trim().eq_ignore_ascii_case(SERVICE));
        let found = if values.is_empty() { "missing".to_owned() } else { values.join(", ") };
        let message = || format!("INVITE P-Preferred-Service is {found}");
        let finding = judge.expect(statement, is_right, one.place(name), message);
        finding.into_iter().for_each(|finding| _ = finding.expected(SERVICE));
    }
}
