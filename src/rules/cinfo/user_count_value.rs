use hashbrown::HashSet;

use crate::rules::rule::rule;
use crate::rules::{Case, Document, Judge, Listing};
use crate::timeline::State;
use crate::timeline::conference::{Presence, Stage};
use crate::wire::conference_info::{User, Users};

rule! {
    /// ## What it checks
    /// The `user-count` is the number of participants: at least those who are connected, at most these and those who are being invited.
    ///
    /// ## Why it matters
    /// Clients show it as the size of the group, and decide by it whether another one may be added.
    ///
    /// ## Example
    /// Two users connected, one disconnected, and `<user-count>3</user-count>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.5
    /// Whether users who are still being invited count is not said: both are accepted. After a partial document the merged state is judged.
    pub CPM_CINFO_USER_COUNT_VALUE: Error = "cpm-cinfo-user-count-value", ["9.2.14.3-n-8.a.s2", "9.2.14.3-m-a.v.b1.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let documents = case.documents().iter().enumerate().filter(|(_, document)| !document.is_last());
    for (index, document) in documents {
        let statement = document.pick("9.2.14.3-n-8.a.s2", "9.2.14.3-m-a.v.b1.s2");
        let Some(info) = document.judged() else {
            if document.info.is_ok() {
                judge.undecided(statement, "needs the full document that a partial one is about");
            }
            continue;
        };
        let count = info.conference_state.as_ref().and_then(|state| state.user_count.as_ref());
        let (Some(count), Some(users)) = (count, &info.users) else { continue };
        let Some(number) = count.to_u32() else { continue };
        // Who is listed twice is one.
        let mut seen = HashSet::with_capacity(users.users.len());
        let mut is_first =
            |user: &User| user.entity.as_ref().is_none_or(|entity| seen.insert(case.key(entity.as_str())));
        let (mut connected, mut perhaps) = (0, 0);
        let listing = case.attendance().listing(index);
        for (at, user) in users.users.iter().enumerate().filter(|(_, user)| is_first(user)) {
            match listing.map_or_else(|| Presence::of(user).stage, |listing| listing.stages[at]) {
                Stage::Connected => connected += 1,
                Stage::Pending | Stage::Unknown => perhaps += 1,
                Stage::Disconnected => {}
            }
        }
        let (least, most) = (connected, connected + perhaps);
        if (least..=most).contains(&u64::from(number)) {
            judge.pass(statement);
            continue;
        }
        // Where the list itself is wrong, other rules speak: the count may well be right.
        if listing.is_some_and(|listing| is_right_by_signalling(case, document, users, listing, number)) {
            judge.pass(statement);
            continue;
        }
        let expected = if least == most { format!("{least}") } else { format!("{least} to {most}") };
        // More than all who are listed: somebody is missing in the list.
        let place = if u64::from(number) > users.users.len() as u64 { &users.start_tag } else { &count.range };
        judge
            .fail(
                statement,
                document.at_judged(place),
                format!("user-count is {number}, but {connected} users are connected"),
            )
            .expected(expected);
    }
}

/// Does the count fit once those are counted who are missing in the list, and those left out who are listed as connected and have
/// left?
fn is_right_by_signalling(case: &Case<'_>, document: &Document, users: &Users, listing: &Listing, number: u32) -> bool {
    let attendance = case.attendance();
    let (mut least, mut most) = (listing.missing.len(), listing.missing.len());
    for (user, who) in users.users.iter().zip(&listing.who) {
        let shown = Presence::of(user).stage;
        let state = who.and_then(|who| attendance.settled_state(case, who, document.message));
        least += usize::from(shown == Stage::Connected && state.is_none_or(|state| state == State::Connected));
        most += usize::from(shown != Stage::Disconnected || state == Some(State::Connected));
    }
    (least..=most).contains(&(number as usize))
}
