use std::rc::Rc;

use hashbrown::HashSet;

use crate::rules::rule::rule;
use crate::rules::{Case, Document, Judge};
use crate::timeline::conference::{Presence, Stage, user_key};
use crate::timeline::{Source, State};
use crate::wire::conference_info::User;
use crate::wire::defect::Oddity;

rule! {
    /// ## What it checks
    /// Who was connected in one conference-info document over MSRP is listed in the next one, be it as disconnected.
    ///
    /// ## Why it matters
    /// Over MSRP each document is the whole state: a client takes who is missing for gone, and cannot say how it left.
    ///
    /// ## Example
    /// ```xml
    /// <users><user entity="tel:+4911">…</user><user entity="tel:+4922">…</user></users>     then
    /// <users><user entity="tel:+4911">…</user></users>           <!-- broken: tel:+4922 vanished -->
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §4.4, §4.6. Who was shown as pending may vanish.
    pub CPM_CINFO_MSRP_FULL_STATE: Error = "cpm-cinfo-msrp-full-state", ["9.2.14.3-m-0.s6"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let id = "9.2.14.3-m-0.s6";
    let attendance = case.attendance();
    let documents = case.documents().iter().enumerate().filter(|(_, document)| !document.is_notify());
    for (index, document) in documents {
        let Some(previous_index) = document.previous else { continue };
        let previous = &case.documents()[previous_index];
        if !is_whole(case, document) || !is_whole(case, previous) || case.lossy {
            judge.undecided(id, "needs every document whole");
            continue;
        }
        let (Ok(before), Ok(after)) = (&previous.info, &document.info) else { continue };
        // Without any list another rule speaks.
        let (Some(before), Some(after)) = (&before.users, &after.users) else { continue };
        // Whoever stands there without entity may be the one who seems to be missing.
        if before.users.iter().chain(&after.users).any(|user| user.entity.is_none()) {
            continue;
        }
        let listed: HashSet<Rc<str>> = after.users.iter().filter_map(user_key).map(|key| case.key(key)).collect();
        let connected = before.users.iter().filter(|user| Presence::of(user).stage == Stage::Connected);
        // Who stands there under another name has not vanished, and whom the previous document was wrong about is found there.
        let renamed = attendance.listing(index).map_or(&[][..], |listing| &listing.renamed);
        let is_listed = |key: &str| {
            listed.contains(key) || renamed.iter().any(|(who, _)| attendance.attendants[*who].is_named(key))
        };
        let wrong = wrong_keys(case, previous_index, &before.users);
        let keys = connected.filter_map(user_key).map(|key| (key, case.key(key)));
        let mut gone = keys.filter(|(_, key)| !is_listed(key) && !wrong.contains(key)).peekable();
        if gone.peek().is_none() {
            judge.pass(id);
        }
        for (uri, _) in gone {
            judge
                .fail(
                    id,
                    document.at(&after.start_tag),
                    format!("document is not the full state: {uri} vanished since the previous one"),
                )
                .also(previous.message);
        }
    }
}

/// The users whom this document lists under a name that is not theirs, or as connected although they had left, or came only later.
fn wrong_keys(case: &Case<'_>, document: usize, users: &[User]) -> HashSet<Rc<str>> {
    let attendance = case.attendance();
    let Some(listing) = attendance.listing(document) else { return HashSet::new() };
    let at = case.documents()[document].message;
    let is_renamed = |user: usize| listing.renamed.iter().any(|(_, renamed)| *renamed == user);
    let has_left = |who: usize| attendance.settled_state(case, who, at) == Some(State::Disconnected);
    let comes_later = |who: usize| {
        let mut signalled =
            case.timeline.participants[who].timeline.iter().filter(|one| one.source == Source::Signalling);
        signalled.next().is_some_and(|change| change.at > at)
    };
    let is_out = |who: usize| has_left(who) || comes_later(who);
    let wrong = (0..users.len()).filter(|&user| is_renamed(user) || listing.who[user].is_some_and(is_out));
    wrong.filter_map(|user| user_key(&users[user]).map(|key| case.key(key))).collect()
}

/// Was all of it captured, and could it be read to its end?
fn is_whole(case: &Case<'_>, document: &Document) -> bool {
    let broken = [Oddity::NotWellFormed, Oddity::UnclosedElement];
    let is_read = document.info.as_ref().is_ok_and(|info| broken.into_iter().all(|what| !info.defects.has(what)));
    is_read && !case.messages()[document.message].incomplete
}
