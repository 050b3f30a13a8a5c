use super::invitation::{Purpose, originating};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Identity;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The invitations of the focus assert an identity: of an ad-hoc group the focus itself, of a pre-defined group the address of the group.
    ///
    /// ## Why it matters
    /// The invited client shows who calls by it, and writes to it.
    ///
    /// ## Example
    /// `P-Asserted-Identity: <sip:alice@ims.example>` in an invitation to an ad-hoc group: broken.
    ///
    /// ## Source
    /// OMA CPM 7.2.3; RFC 3325
    ///
    /// A network may take the header away from an INVITE with `Privacy: id`. Where the INVITE that makes the group was not captured, another identity than the
    /// focus may be that of a pre-defined group.
    pub CPM_INVITE_ASSERTED_IDENTITY: Error = "cpm-invite-asserted-identity", ["7.2.3-9", "7.2.3-9.a", "7.2.3-9.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (present, ad_hoc, pre_defined) = ("7.2.3-9", "7.2.3-9.a", "7.2.3-9.b");
    let all = case.invitations();
    for one in all.iter().filter(|one| one.is_from_focus() && !one.is_deferred(case)) {
        let place = one.place(Name::PAssertedIdentity);
        let asserted = Identity::of_header(&one.message, Name::PAssertedIdentity);
        let Some(asserted) = asserted else {
            let is_hidden = one.value(Name::Privacy).is_some_and(|privacy| privacy.to_ascii_lowercase().contains("id"));
            if !is_hidden {
                judge.fail(present, place, "INVITE of the focus has no P-Asserted-Identity");
            }
            continue;
        };
        judge.pass(present);
        let focus = case.focus_contact(one.id, &one.message).map(|focus| focus.key.clone());
        let focus = focus.or_else(|| Identity::of_header(&one.message, Name::Contact).map(|contact| contact.key));
        let focus = focus.unwrap_or_default();
        let Some(origin) = originating(all, one.id) else {
            let missing = "needs the INVITE that makes the group";
            judge.undecided(if asserted.key == focus { ad_hoc } else { pre_defined }, missing);
            continue;
        };
        let called = origin.leg.request_uri.as_ref().map(|uri| uri.key.as_str()).unwrap_or_default();
        let (statement, expected) = match origin.purpose {
            Purpose::PreDefined => (pre_defined, called),
            _ => (ad_hoc, focus.as_str()),
        };
        let message = || format!("INVITE of the focus asserts {}, expected {expected}", asserted.uri);
        let finding = judge.expect(statement, asserted.key == expected, place, message);
        finding.into_iter().for_each(|finding| _ = finding.expected(expected).also(origin.id));
    }
}
