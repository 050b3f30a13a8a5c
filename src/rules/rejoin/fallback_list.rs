use super::fallback::fallbacks;
use super::last::LastList;
use crate::rules::invite::invitation::same_user;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A client that makes the group anew, because its re-join was refused, invites all who were in it at last.
    ///
    /// ## Why it matters
    /// Who is left out does not know that the conversation goes on without him.
    ///
    /// ## Example
    /// The last document lists Alice, Bob and Carol; Bob's new INVITE lists Alice only: a warning. Without a list: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.4; RFC 5366
    pub CPM_REJOIN_FALLBACK_RESOURCE_LIST: Error = "cpm-rejoin-fallback-resource-list", ["5.2.1.4-err-i"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.1.4-err-i";
    for (refused, new) in fallbacks(case) {
        let recipients = new.recipients();
        let place = new.place(Name::ContentType);
        if recipients.is_empty() {
            judge
                .fail(statement, place, "the new group that follows the refused re-join has no list of recipients")
                .also(refused.id);
            continue;
        }
        let Some(last) = LastList::before(case, refused) else {
            judge.undecided(statement, "needs the participants of the session before the re-join");
            continue;
        };
        let mut present = last.present().filter(|uri| !same_user(uri, new.user()));
        let missing = present.find(|uri| !recipients.iter().any(|one| same_user(one, uri)));
        let added = recipients.iter().find(|uri| last.find(uri).is_none());
        if (missing.is_some() || added.is_some()) && case.lossy {
            judge.undecided(statement, "needs what may be missing between the last list and the re-join");
            continue;
        }
        let what = match (missing, added) {
            (Some(uri), _) => format!("{uri} was in the session, and is not on the list of the new group"),
            (None, Some(uri)) => format!("{uri} was not in the session, and is on the list of the new group"),
            (None, None) => {
                judge.pass(statement);
                continue;
            }
        };
        judge.remark(statement, Severity::Warning, place, what).also(refused.id).also(last.message);
    }
}
