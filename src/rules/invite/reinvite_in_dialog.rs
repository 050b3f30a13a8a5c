use super::change::Change;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place};
use crate::session::{Identity, focus_contact};
use crate::wire::sip::Name;
use crate::wire::uri::split_values;

rule! {
    /// ## What it checks
    /// The focus changes a session inside its dialogs: a re-INVITE goes to the Contact of the participant, counts on, names
    /// the Group Session Identity, and takes the route that was set up.
    ///
    /// ## Why it matters
    /// A participant answers anything else with 481, or takes it for a new invitation.
    ///
    /// ## Example
    /// A re-INVITE to `sip:bob@example.com`, where Bob's Contact is `<sip:bob@192.0.2.4>`: broken.
    ///
    /// ## Source
    /// OMA CPM 7.2.2; RFC 3261 §12.2.1.1
    ///
    /// The tags and the Call-ID are what makes it a re-INVITE: one with others begins a dialog of its own.
    pub CPM_INVITE_REINVITE_IN_DIALOG: Error = "cpm-invite-reinvite-in-dialog", ["7.2.2-3.a", "7.2.2-3.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for change in case.changes().iter().filter(|change| change.is_from_focus) {
        let field = wrong(case, change);
        let what =
            || format!("re-INVITE to {} is not that of its dialog ({})", change.user(), field.unwrap_or_default());
        judge.expect("7.2.2-3.a", field.is_none(), Place::start_line(change.id, &change.message), what);
        if let Some(route) = route(case, change) {
            let what = || format!("re-INVITE to {} does not take the route of its dialog", change.user());
            let place = Place::header(change.id, &change.message, Name::Route);
            let finding = judge.expect("7.2.2-3.c", route.0 == route.1, place, what);
            finding.into_iter().for_each(|finding| _ = finding.expected(route.0.join(", ")).found(route.1.join(", ")));
        }
    }
}

/// The field that is not as the dialog has it.
fn wrong(case: &Case<'_>, change: &Change<'_>) -> Option<&'static str> {
    // The last Contact of the participant before it.
    let theirs = change.leg.messages.iter().filter(|&&id| id < change.id).rev().find_map(|&id| {
        let message = case.sip(id).filter(|_| !case.messages()[id].incomplete)?;
        let is_theirs = case.sender_on(change.leg, id) == crate::rules::Actor::Client;
        Identity::of_header(&message, Name::Contact).filter(|_| is_theirs)
    });
    let called = change.message.request_uri().map(|uri| Identity::from_uri(&uri).key);
    if theirs.is_some_and(|contact| called.is_some_and(|called| called != contact.key)) {
        return Some("Request-URI");
    }
    let own = change.leg.focus.as_ref().map(|(focus, _)| focus.key.as_str());
    match focus_contact(&change.message) {
        None => return Some("Contact without isfocus"),
        Some(contact) if own.is_some_and(|own| own != contact.key) => return Some("Contact"),
        Some(_) => {}
    }
    // On the dialog the numbers of one side grow.
    let number = |id| case.sip(id).and_then(|message| message.cseq()).map(|(number, _)| number);
    let is_own = |id: crate::wire::MessageId| case.sender_on(change.leg, id) == case.sender_on(change.leg, change.id);
    let requests = change.leg.messages.iter().copied().filter(|&id| {
        id < change.id && case.messages()[id].sip().is_some_and(|summary| summary.is_request) && is_own(id)
    });
    let last = requests.filter_map(number).max();
    (last >= number(change.id)).then_some("CSeq")
}

/// The route that the dialog was set up with, as the sender of this request is to use it, and the one that it uses.
fn route(case: &Case<'_>, change: &Change<'_>) -> Option<(Vec<String>, Vec<String>)> {
    let (answer, 200..=299) = change.leg.answered? else { return None };
    let answer = case.sip(answer)?;
    let values = |message: &crate::wire::sip::Message<'_>, name| -> Vec<String> {
        let fields: Vec<String> = message.all(name).map(|field| field.value().into_owned()).collect();
        fields.iter().flat_map(|field| split_values(field)).map(str::to_owned).collect()
    };
    let mut expected = values(&answer, Name::RecordRoute);
    let is_caller = change.leg.direction == crate::session::Direction::FocusToClient;
    if is_caller {
        expected.reverse();
    }
    let found = values(&change.message, Name::Route);
    // Behind a proxy the first entries are gone.
    let gone = expected.len().saturating_sub(found.len());
    Some((expected.split_off(gone), found))
}
