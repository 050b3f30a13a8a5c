use super::answer::of_clients;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::session::Identity;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A client that asks for privacy in its 200 does not give its name beside its identity.
    ///
    /// ## Why it matters
    /// Privacy hides the address; the name in front of it stays readable.
    ///
    /// ## Example
    /// `P-Preferred-Identity: "Bob" <sip:bob@example.com>` with `Privacy: id`: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2.2; RFC 3323
    pub CPM_200_DISPLAY_NAME: Note = "cpm-200-display-name", ["5.2.2-8.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.2-8.b";
    for answer in of_clients(case) {
        let asks = answer
            .values(Name::Privacy)
            .iter()
            .any(|value| value.split([';', ',']).any(|token| token.trim().eq_ignore_ascii_case("id")));
        let names = [Name::PPreferredIdentity, Name::PAssertedIdentity];
        let shown =
            names.into_iter().find_map(|name| Some((name, Identity::of_header(&answer.message, name)?.display_name?)));
        match shown.filter(|(_, shown)| asks && !shown.is_empty() && !shown.eq_ignore_ascii_case("anonymous")) {
            Some((name, shown)) => {
                let what = format!("200 discloses the display name {shown} although privacy is requested");
                judge.remark(statement, Severity::Note, answer.place(name), what);
            }
            None => judge.pass(statement),
        }
    }
}
