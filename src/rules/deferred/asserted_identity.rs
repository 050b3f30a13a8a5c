use super::original::deferred;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Identity;
use crate::wire::sip::Name;
use crate::wire::uri::split_values;

rule! {
    /// ## What it checks
    /// `P-Asserted-Identity` of a deferred INVITE is the CPM Group Session Identity.
    ///
    /// ## Why it matters
    /// Who is asserted is who calls, as far as the client can tell: it is to be the group, not its own network.
    ///
    /// ## Example
    /// The participating function asserts the served user: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1; RFC 3325
    pub CPM_DEFERRED_INVITE_PAI_FOCUS: Error = "cpm-deferred-invite-pai-focus", ["5.2.3.4.1.1-a.iv"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-a.iv";
    for one in deferred(case) {
        let Some(focus) = one.focus() else {
            judge.undecided(statement, "needs the Contact of the focus");
            continue;
        };
        let fields = one.invite.values(Name::PAssertedIdentity);
        let mut values = fields.iter().flat_map(|field| split_values(field)).filter_map(Identity::parse);
        let is_right = values.any(|value| value.key == focus.key);
        let message = || match fields.first() {
            Some(found) => format!("P-Asserted-Identity of the deferred INVITE to {} is {found}", one.invite.user()),
            None => format!("the deferred INVITE to {} has no P-Asserted-Identity", one.invite.user()),
        };
        let finding = judge.expect(statement, is_right, one.invite.place(Name::PAssertedIdentity), message);
        finding.into_iter().for_each(|finding| _ = finding.expected(focus.uri.as_str()));
    }
}
