use super::answer::of_clients;
use super::form::contact;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;
use crate::wire::uri::NameAddr;

rule! {
    /// ## What it checks
    /// The 200 of a client to the INVITE of a group session has what every 200 has: one Contact with a SIP URI, a To with
    /// a tag, and everything that it copies from the INVITE.
    ///
    /// ## Why it matters
    /// Without Contact or tag there is no dialog, and the focus cannot end what it has begun.
    ///
    /// ## Example
    /// `SIP/2.0 200 OK` without Contact: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.2; RFC 3261 §8.2.6, §12.1.1
    ///
    /// What it copies from the INVITE is for `cpm-200-send-sip-core`.
    pub CPM_200_RFC3261: Error = "cpm-200-rfc3261", ["5.2.2-8"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.2-8";
    for answer in of_clients(case) {
        let tag = match answer.message.header(Name::To).as_deref().map(NameAddr::parse) {
            None => Some("To is missing"),
            Some(Some(to)) if !to.has_param("tag") => Some("To has no tag"),
            Some(_) => None,
        };
        let wrong = contact(&answer.message).or_else(|| tag.map(str::to_owned));
        let what = || format!("the 200 to the INVITE is not well-formed: {}", wrong.as_deref().unwrap_or_default());
        let finding = judge.expect(statement, wrong.is_none(), answer.place(Name::Contact), what);
        finding.into_iter().for_each(|finding| _ = finding.also(answer.invitation.id));
    }
}
