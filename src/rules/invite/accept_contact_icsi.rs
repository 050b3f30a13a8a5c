use super::invitation::{Clauses, judge_icsi};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The INVITE of a group session asks for clients that can do CPM: `Accept-Contact` with the ICSI of CPM sessions in `+g.3gpp.icsi-ref`, its colons
    /// escaped.
    ///
    /// ## Why it matters
    /// The network sends the INVITE to a device without CPM, or to none.
    ///
    /// ## Example
    /// ```text
    /// Accept-Contact: *;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg"        broken
    /// Accept-Contact: *;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.session"
    /// ```
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.3, 7.2.3; RFC 3841
    ///
    /// The tag is misprinted in 5.2.1.2 and 5.2.3; the right one is meant. Of the focus a longer tag such as `….session.group` is accepted, and colons
    /// that are not escaped are a warning. INVITEs of deferred sessions are not told from others.
    pub CPM_INVITE_ACCEPT_CONTACT_ICSI: Error = "cpm-invite-accept-contact-icsi", ["5.2.1.1-2", "5.2.1.2-2", "5.2.1.3-2", "5.2.1.4-2", "5.2.3-2", "5.2.3.4.1.1-a.ii-accept-contact", "7.2.3-2"], check;
}

const CLAUSES: Clauses = Clauses {
    invitation: Some("7.2.3-2"),
    ..Clauses::of_clients(["5.2.1.1-2", "5.2.1.2-2", "5.2.1.3-2", "5.2.1.4-2", "5.2.3-2"])
};

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_icsi(case, judge, Name::AcceptContact, CLAUSES, "Accept-Contact");
}
