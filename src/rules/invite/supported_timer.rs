use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The invitations of the focus have `Supported: timer`.
    ///
    /// ## Why it matters
    /// The client must not ask for a session timer otherwise.
    ///
    /// ## Example
    /// `Supported: 100rel`: broken.
    ///
    /// ## Source
    /// OMA CPM 7.2.3; RFC 4028 §7.1
    pub CPM_INVITE_SUPPORTED_TIMER: Error = "cpm-invite-supported-timer", ["7.2.3-6"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "7.2.3-6";
    for one in case.invitations().iter().filter(|one| one.is_from_focus()) {
        let values = one.values(Name::Supported);
        let has_it =
            values.iter().flat_map(|value| value.split(',')).any(|tag| tag.trim().eq_ignore_ascii_case("timer"));
        judge.expect(statement, has_it, one.place(Name::Supported), || {
            "INVITE of the focus lacks Supported: timer".to_owned()
        });
    }
}
