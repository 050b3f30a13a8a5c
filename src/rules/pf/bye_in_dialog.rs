use super::hop::bye_of;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place};
use crate::session::{Identity, Leg};
use crate::wire::MessageId;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The BYE of a participating function belongs to the dialog that it ends: it goes to the Contact of the other side and
    /// counts on.
    ///
    /// ## Why it matters
    /// A BYE of no dialog is answered with 481, and ends nothing.
    ///
    /// ## Example
    /// `BYE sip:bob@example.com`, where Bob's Contact is `<sip:bob@192.0.2.4>`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2; RFC 3261 §15.1.1
    pub CPM_BYE_IN_DIALOG_FORM: Error = "cpm-bye-in-dialog-form", ["5.2.3.2-2.a.B.i.1.b", "5.2.3.2-2.a.B.i.2.b", "5.2.3.2-2.a.B.i.4"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for hop in case.hops() {
        for (leg, by_client) in [(hop.network, true), (hop.client, false)] {
            let Some(bye) = bye_of(leg, by_client) else { continue };
            let statement = if by_client { "5.2.3.2-2.a.B.i.4" } else { "5.2.3.2-2.a.B.i.1.b" };
            let Some(message) = case.sip(bye).filter(|message| message.method() == Some("BYE")) else { continue };
            if case.messages()[bye].incomplete {
                continue;
            }
            let wrong = wrong(case, leg, bye);
            let what =
                || format!("the BYE for {} is not that of its dialog ({})", hop.user(), wrong.unwrap_or_default());
            judge.expect(statement, wrong.is_none(), Place::start_line(bye, &message), what);
        }
    }
}

/// The field that is not as the dialog has it.
fn wrong(case: &Case<'_>, leg: &Leg, bye: MessageId) -> Option<&'static str> {
    let message = case.sip(bye)?;
    let own_tag = |id: MessageId| {
        let message = &case.messages()[id];
        message.sip().map(|summary| (summary.from_tag.of(case.messages().head(message)), summary.is_request))
    };
    let (sender, _) = own_tag(bye)?;
    let before = || leg.messages.iter().copied().filter(|&id| id < bye && !case.messages()[id].incomplete);
    // The last Contact of the other side.
    let is_theirs = |id: MessageId| own_tag(id).is_some_and(|(tag, is_request)| (tag == sender) != is_request);
    let theirs = before()
        .filter(|&id| is_theirs(id))
        .filter_map(|id| Identity::of_header(&*case.sip(id)?, Name::Contact))
        .last();
    let called = message.request_uri().map(|uri| Identity::from_uri(&uri).key);
    if theirs.zip(called).is_some_and(|(contact, called)| called != contact.key) {
        return Some("Request-URI");
    }
    let number = |id: MessageId| case.sip(id).and_then(|message| message.cseq()).map(|(number, _)| number);
    let own = before().filter(|&id| own_tag(id).is_some_and(|(tag, is_request)| tag == sender && is_request));
    (own.filter_map(number).max() >= number(bye)).then_some("CSeq")
}
