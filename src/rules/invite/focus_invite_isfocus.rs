use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The Contact of the invitations of the focus carries `isfocus`, and is the one that the initiator was given.
    ///
    /// ## Why it matters
    /// The client takes the invitation for one to a 1-1 chat.
    ///
    /// ## Example
    /// `Contact: <sip:conf-1@focus.example>` in an invitation: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2, 7.2.3; RFC 4579 §5.1
    /// Without isfocus the focus is known by its address. INVITEs of deferred sessions are not told from others.
    pub CPM_FOCUS_INVITE_ISFOCUS: Error = "cpm-focus-invite-isfocus", ["5.2-1.a-invite", "5.2.3.4.1.1-a.iii-isfocus", "7.2.3-4"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "7.2.3-4";
    let all = case.invitations();
    for one in all.iter().filter(|one| one.is_from_focus()) {
        let contact = one.values(Name::Contact).join(", ");
        if contact.is_empty() {
            continue;
        }
        let focus = case.focus_contact(one.id, &one.message);
        let message = || format!("Contact of the invitation lacks isfocus: {contact}");
        let finding = judge.expect(statement, focus.is_some(), one.place(Name::Contact), message);
        finding.into_iter().for_each(|finding| _ = finding.expected(";isfocus"));
        judge.same("5.2-1.a-invite", focus.is_some());
    }
}
