use super::original::deferred;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A deferred INVITE asserts the service of CPM group sessions.
    ///
    /// ## Why it matters
    /// The network routes it to another application, or to none.
    ///
    /// ## Example
    /// `P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.oma.cpm.session`, without `.group`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1; RFC 6050 §4.1
    pub CPM_INVITE_P_ASSERTED_SERVICE: Error = "cpm-invite-p-asserted-service", ["5.2.3.4.1.1-a.v"], check;
}

const SERVICE: &str = "urn:urn-7:3gpp-service.ims.icsi.oma.cpm.session.group";

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-a.v";
    for one in deferred(case) {
        let found = one.invite.value(Name::PAssertedService);
        let is_right = found.as_deref().is_some_and(|found| found.eq_ignore_ascii_case(SERVICE));
        let what = || {
            let found = found.as_deref().unwrap_or("missing");
            format!("P-Asserted-Service of the deferred INVITE to {} is {found}", one.invite.user())
        };
        let finding = judge.expect(statement, is_right, one.invite.place(Name::PAssertedService), what);
        finding.into_iter().for_each(|finding| _ = finding.expected(SERVICE));
    }
}
