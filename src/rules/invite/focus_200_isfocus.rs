use super::answer::of_focus;
use super::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The Contact of the 200 of the focus carries `isfocus`, as a parameter of the header.
    ///
    /// ## Why it matters
    /// The client takes the focus for another client, and never subscribes, adds or removes anybody.
    ///
    /// ## Example
    /// ```text
    /// Contact: <sip:conf-1@focus.example;isfocus>     broken: inside the URI
    /// Contact: <sip:conf-1@focus.example>;isfocus
    /// ```
    ///
    /// ## Source
    /// OMA CPM 5.2, 5.2.5; RFC 4579 §5.1, RFC 3840
    pub CPM_FOCUS_200_ISFOCUS: Error = "cpm-focus-200-isfocus", ["5.2-1.a", "5.2.5-9.iii.1.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for answer in of_focus(case) {
        let is_new = answer.invitation.purpose != Purpose::Rejoin;
        let statement = if is_new { "5.2.5-9.iii.1.b" } else { "5.2-1.a" };
        let contact = answer.values(Name::Contact).join(", ");
        if contact.is_empty() {
            continue;
        }
        let is_focus = case.focus_contact(answer.id, &answer.message).is_some();
        let message = || format!("Contact of the 200 lacks isfocus: {contact}");
        let finding = judge.expect(statement, is_focus, answer.place(Name::Contact), message);
        finding.into_iter().for_each(|finding| _ = finding.expected(";isfocus"));
        if is_new {
            judge.same("5.2-1.a", is_focus);
        }
    }
}
