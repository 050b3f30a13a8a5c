use super::answer::of_focus;
use super::invitation::{Icsi, Purpose, icsi};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The Contact of the 200 of the focus has the ICSI of CPM sessions in `+g.3gpp.icsi-ref`.
    ///
    /// ## Why it matters
    /// The client does not know that it may go on with CPM.
    ///
    /// ## Example
    /// `Contact: <sip:conf-1@focus.example>;isfocus`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5; RFC 3840
    /// A longer tag is accepted; colons that are not escaped are a warning.
    pub CPM_200_CONTACT_ICSI: Error = "cpm-200-contact-icsi", ["5.2.5-9.iii.1.b.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-9.iii.1.b.s2";
    for answer in of_focus(case).filter(|answer| answer.invitation.purpose != Purpose::Rejoin) {
        let values = answer.values(Name::Contact);
        let place = answer.place(Name::Contact);
        match icsi(values.iter().map(String::as_str), true) {
            _ if values.is_empty() => {}
            Icsi::Right | Icsi::WithoutPlus => judge.pass(statement),
            Icsi::NotEncoded => {
                let message = "Contact of the 200 has the CPM session ICSI with colons that are not escaped";
                judge.remark(statement, Severity::Warning, place, message);
            }
            Icsi::Missing => {
                judge.fail(statement, place, "Contact of the 200 does not carry the CPM session ICSI");
            }
        }
    }
}
