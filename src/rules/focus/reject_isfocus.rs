use crate::rules::invite::invitation::has_isfocus;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place, Severity};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The focus refuses with 403 an INVITE whose Contact claims to be a focus itself (`isfocus`).
    ///
    /// ## Why it matters
    /// Two focuses that invite each other never end.
    ///
    /// ## Example
    /// `Contact: <sip:alice@192.0.2.3>;isfocus` in the INVITE of a client, answered with 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5; RFC 4579 §5
    ///
    /// The specification says that the parameter stands in the URI of the Contact; meant is the feature parameter behind it.
    /// Both count.
    pub CPM_FOCUS_REJECT_ISFOCUS: Error = "cpm-focus-reject-isfocus", ["5.2.5-2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-2";
    for (_, leg) in case.legs() {
        let (Some(id), Some((answer, status))) = (leg.invited, leg.answered) else { continue };
        let Some(invite) = case.sip(id).filter(|message| has_isfocus(message)) else { continue };
        // It goes to a focus where the answer comes from one, or the address is that of a factory.
        let is_answered_by_focus =
            case.sip(answer).is_some_and(|message| case.focus_contact(answer, &message).is_some());
        let is_factory = leg.request_uri.as_ref().is_some_and(|uri| case.profile.is_conference_factory(&uri.uri));
        if !is_answered_by_focus && !is_factory {
            continue;
        }
        let place = Place::header(id, &invite, Name::Contact);
        match status {
            403 => judge.pass(statement),
            200..=299 => {
                let what = "INVITE whose Contact has isfocus was accepted by the focus";
                judge.fail(statement, answer, what).expected("403").also(id);
            }
            _ => {
                let what = format!("INVITE whose Contact has isfocus was answered with {status}");
                judge.remark(statement, Severity::Note, place, what).also(answer);
            }
        }
    }
}
