use std::rc::Rc;

use hashbrown::HashMap;

use crate::rules::rule::rule;
use crate::rules::{Case, Document, Judge, Severity};
use crate::timeline::State;
use crate::timeline::conference::{Presence, Stage, user_key};
use crate::wire::conference_info::{self, ConferenceInfo, User};

rule! {
    /// ## What it checks
    /// Who leaves is listed as `disconnected` before it is dropped from the list, and only in one document.
    ///
    /// ## Why it matters
    /// Whoever simply vanishes leaves no trace of how and why in the history of the others; whoever is told to have left again and again
    /// fills it.
    ///
    /// ## Example
    /// ```xml
    /// <user entity="tel:+4922" state="deleted"/>      <!-- broken: was connected until now -->
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.7.3
    ///
    /// Over MSRP a user who vanishes is found by `cpm-cinfo-msrp-full-state`; here it counts that a user is shown to have left again in
    /// the next document, with the same time: a warning. A full document that answers a SUBSCRIBE may repeat it.
    pub CPM_CINFO_STATUS_DISCONNECTED: Error = "cpm-cinfo-status-disconnected", ["9.2.14.3-m-a.vi.b2.d.b1.b", "9.2.14.3-n-9.b.iv.b2.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-9.b.iv.b2.b", "9.2.14.3-m-a.vi.b2.d.b1.b");
        let Some(previous) = document.previous.map(|index| &case.documents()[index]) else { continue };
        let (Some(before), Ok(told), Ok(told_before)) = (previous.judged(), &document.info, &previous.info) else {
            judge.undecided(statement, "needs the document before");
            continue;
        };
        if document.is_notify() && document.judged().is_some() {
            judge_vanished(statement, document, before, told, case, judge);
        }
        judge_repeated(statement, document, told_before, told, case, judge);
    }
}

/// Who was connected in the state before, and is taken out of it.
fn judge_vanished(
    statement: &'static str,
    document: &Document,
    before: &ConferenceInfo,
    told: &ConferenceInfo,
    case: &Case<'_>,
    judge: &mut Judge,
) {
    let Some(now) = document.judged().and_then(|info| info.users.as_ref()) else { return };
    let listed: HashMap<Rc<str>, &User> = keyed(case, &now.users).collect();
    let deleted = told.users.iter().flat_map(|users| &users.users);
    let deleted: HashMap<Rc<str>, &User> = keyed(case, deleted)
        .filter(|(_, user)| conference_info::State::of(user.state.as_ref()) == Some(conference_info::State::Deleted))
        .collect();
    let connected = before.users.iter().flat_map(|users| &users.users);
    for (key, user) in keyed(case, connected.filter(|user| Presence::of(user).stage == Stage::Connected)) {
        if let Some(now) = listed.get(&key) {
            if Presence::of(now).stage == Stage::Disconnected {
                judge.pass(statement);
            }
            continue;
        }
        // Who is in, and is not listed, is missing there: another rule.
        let state = case.timeline.participant(&key).and_then(|who| {
            let participant = &case.timeline.participants[who];
            participant.state_before(document.message).filter(|_| case.attendance().attendants[who].is_known())
        });
        if state.is_some_and(|state| state != State::Disconnected) {
            continue;
        }
        let uri = user_key(user).unwrap_or_default();
        let range = deleted.get(&key).map_or(&told.start_tag, |user| &user.start_tag);
        let message = format!("{uri} was dropped from the list without being shown as disconnected");
        judge.fail(statement, document.at(range), message).expected("<status>disconnected</status>");
    }
}

/// Who was told to have left, and is told to have left once more.
fn judge_repeated(
    statement: &'static str,
    document: &Document,
    told_before: &ConferenceInfo,
    told: &ConferenceInfo,
    case: &Case<'_>,
    judge: &mut Judge,
) {
    // A full document by NOTIFY has to repeat the state.
    if document.is_notify() && document.is_full() {
        return;
    }
    let mut left = keyed(case, gone(told)).peekable();
    if left.peek().is_none() {
        return;
    }
    let gone_before: HashMap<Rc<str>, &User> = keyed(case, gone(told_before)).collect();
    for (key, user) in left {
        let Some(before) = gone_before.get(&key) else {
            judge.pass(statement);
            continue;
        };
        let when = |user: &User| {
            Presence::of(user).disconnection_info.and_then(|info| Some(info.when.as_ref()?.value.clone()))
        };
        if when(user) == when(before) {
            let uri = user_key(user).unwrap_or_default();
            let message = format!("{uri} is shown as disconnected again, as in the document before");
            judge.remark(statement, Severity::Warning, document.at(&user.start_tag), message);
        }
    }
}

fn gone(info: &ConferenceInfo) -> impl Iterator<Item = &User> {
    let users = info.users.iter().flat_map(|users| &users.users);
    users.filter(|user| Presence::of(user).stage == Stage::Disconnected)
}

fn keyed<'u>(case: &Case<'_>, users: impl IntoIterator<Item = &'u User>) -> impl Iterator<Item = (Rc<str>, &'u User)> {
    users.into_iter().filter_map(|user| Some((case.key(user_key(user)?), user)))
}
