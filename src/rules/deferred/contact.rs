use super::original::deferred;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Identity;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The Contact of a deferred INVITE is the CPM Group Session Identity.
    ///
    /// ## Why it matters
    /// The client cannot come back to the group, nor can it tell which group the messages are of.
    ///
    /// ## Example
    /// The participating function writes its own address into Contact: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1; the URIs are compared as in RFC 3261 19.1.4
    pub CPM_DEFERRED_INVITE_CONTACT_FOCUS_URI: Error = "cpm-deferred-invite-contact-focus-uri", ["5.2.3.4.1.1-a.iii-focus"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-a.iii-focus";
    for one in deferred(case) {
        let Some(focus) = one.focus() else {
            judge.undecided(statement, "needs the Contact of the focus");
            continue;
        };
        let found = one.invite.value(Name::Contact).as_deref().and_then(Identity::parse);
        let is_right = found.as_ref().is_some_and(|found| found.key == focus.key);
        let message = || {
            let found = found.as_ref().map_or("missing", |found| found.uri.as_str());
            format!("Contact of the deferred INVITE to {} is {found}", one.invite.user())
        };
        let finding = judge.expect(statement, is_right, one.invite.place(Name::Contact), message);
        finding.into_iter().for_each(|finding| _ = finding.expected(focus.uri.as_str()));
    }
}
