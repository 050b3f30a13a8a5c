use super::invitation::{Purpose, added_by, originating, same_user, session_replaces};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// Where an entry of the list has a Session-Replaces, the invitation to that user has it as a header, with the same value; the invitations to others
    /// have none.
    ///
    /// ## Why it matters
    /// The client of the 1-1 session does not know that the group takes its place, and the user has both.
    ///
    /// ## Example
    /// The list has `sip:bob@ims.example?Session-Replaces=X`, and the INVITE to Bob has no Session-Replaces: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5; RFC 3261 §19.1.1
    pub CPM_INVITE_SESSION_REPLACES: Error = "cpm-invite-session-replaces", ["5.2.5-9.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-9.s2";
    let all = case.invitations();
    for one in all.iter().filter(|one| one.is_from_focus() && added_by(case, one).is_none()) {
        let Some(origin) = originating(all, one.id).filter(|origin| origin.purpose == Purpose::Extension) else {
            continue;
        };
        let recipients = origin.recipients();
        let entry = recipients.iter().find(|uri| same_user(uri, one.user()));
        let expected = entry.and_then(|uri| session_replaces(uri));
        let found = one.value(Name::SessionReplaces);
        let message = || match &expected {
            Some(expected) => {
                format!("INVITE to {} lacks Session-Replaces: {expected} given in the URI list", one.user())
            }
            None => format!("INVITE to {} has a Session-Replaces that the URI list does not give", one.user()),
        };
        let finding = judge.expect(statement, expected == found, one.place(Name::SessionReplaces), message);
        finding.into_iter().for_each(|finding| _ = finding.also(origin.id));
    }
}
