use super::original::deferred;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::{Message, Name};
use crate::wire::uri::NameAddr;

rule! {
    /// ## What it checks
    /// The Contact of a deferred INVITE has the `+sip.instance` of the device that it is for.
    ///
    /// ## Why it matters
    /// Another device of the user takes the messages.
    ///
    /// ## Example
    /// Carol's Contact has `+sip.instance="<urn:gsma:imei:1>"`, that of the deferred INVITE none: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1; RFC 5626 §4.1
    ///
    /// A client whose own Contact has none is not judged.
    pub CPM_DEFERRED_INVITE_CONTACT_SIP_INSTANCE: Warning = "cpm-deferred-invite-contact-sip-instance", ["5.2.3.4.1.1-a.iii-instance"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-a.iii-instance";
    for one in deferred(case) {
        // The client's own Contact: in the INVITE that it sent, or in its answer.
        let client = one.lost.client;
        let own = if client.participant_is_caller() { client.invited } else { client.answered.map(|(id, _)| id) };
        let Some(expected) = own.and_then(|id| instance(case.sip(id)?.as_ref())) else { continue };
        let found = instance(&one.invite.message);
        let is_right = found.as_ref().is_some_and(|found| found.eq_ignore_ascii_case(&expected));
        let what = || {
            let found = found.as_deref().unwrap_or("missing");
            format!("+sip.instance in the Contact of the deferred INVITE to {} is {found}", one.invite.user())
        };
        let finding = judge.expect(statement, is_right, one.invite.place(Name::Contact), what);
        finding.into_iter().for_each(|finding| _ = finding.expected(&expected));
    }
}

/// The `+sip.instance` of the first Contact, without quotes.
fn instance(message: &Message<'_>) -> Option<String> {
    let contact = message.header(Name::Contact)?;
    let instance = NameAddr::parse(&contact)?.param("+sip.instance")?.trim_matches('"').to_owned();
    Some(instance).filter(|instance| !instance.is_empty())
}
