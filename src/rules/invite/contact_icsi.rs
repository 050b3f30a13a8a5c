use super::invitation::{Clauses, judge_icsi};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The Contact of the INVITE has the ICSI of CPM sessions in `+g.3gpp.icsi-ref`, its colons escaped, as a parameter of the header.
    ///
    /// ## Why it matters
    /// The other side does not know that it may go on with CPM.
    ///
    /// ## Example
    /// `Contact: <sip:a@192.0.2.1:5060>`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.3, 7.2.3; RFC 3840
    ///
    /// The tag is misprinted in 5.2.1.2 and 5.2.3; the right one is meant. Of the focus a longer tag is accepted, and colons that are not escaped are a
    /// warning.
    pub CPM_INVITE_CONTACT_ICSI: Error = "cpm-invite-contact-icsi", ["5.2.1.1-3", "5.2.1.2-4", "5.2.1.3-3", "5.2.1.4-3", "5.2.3-3", "5.2.3.4.1.1-a.ii-contact", "7.2.3-4.s2"], check;
}

const CLAUSES: Clauses = Clauses {
    invitation: Some("7.2.3-4.s2"),
    ..Clauses::of_clients(["5.2.1.1-3", "5.2.1.2-4", "5.2.1.3-3", "5.2.1.4-3", "5.2.3-3"])
};

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_icsi(case, judge, Name::Contact, CLAUSES, "Contact");
}
