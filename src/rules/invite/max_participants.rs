use hashbrown::HashSet;

use super::invitation::{Purpose, without_headers};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::uri_key;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A client invites no more users than a group may have.
    ///
    /// ## Why it matters
    /// The focus refuses the INVITE, after the user has picked all of them.
    ///
    /// ## Example
    /// The limit is 10, and the list has 11 entries: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.3
    ///
    /// The limit is `maximum-participants` of the profile, else what a conference-info of the session says; a refusal with `102 Too many participants` shows it,
    /// too, and is a note: the client may not have known. Taken literally, the initiator does not count.
    pub CPM_INVITE_MAX_PARTICIPANTS: Error = "cpm-invite-max-participants", ["5.2.1.1-0.a", "5.2.1.1-0.c", "5.2.3-0.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations().iter().filter(|one| matches!(one.purpose, Purpose::AdHoc | Purpose::Extension)) {
        let is_extension = one.purpose == Purpose::Extension;
        let statement = if is_extension { "5.2.3-0.a" } else { "5.2.1.1-0.a" };
        let users: HashSet<String> = one.recipients().iter().map(|uri| uri_key(without_headers(uri))).collect();
        let count = users.len() as u64;
        let Some(limit) = case.profile.maximum_participants.map(u64::from).or_else(|| told(case)) else {
            judge.undecided(statement, "needs maximum-participants in the profile");
            continue;
        };
        let message = || format!("INVITE lists {count} invitees, more than the {limit} allowed");
        judge.expect(statement, count <= limit, one.place(Name::ContentType), message);
        if !is_extension {
            judge.same("5.2.1.1-0.c", count <= limit);
        }
    }
}

/// What a document of this session says of its size.
fn told(case: &Case<'_>) -> Option<u64> {
    case.documents().iter().find_map(|document| {
        let count = document.judged()?.description.as_ref()?.maximum_user_count.as_ref()?;
        count.to_u32().filter(|count| *count > 0).map(u64::from)
    })
}
