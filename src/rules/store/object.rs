//! Group State Objects that a participating function gives to its client, beside the conference state that it was told (OMA CPM
//! 5.2.3.2.1).

use std::ops::Range;

use crate::rules::deferred::kept::{Return, returns};
use crate::rules::look::is_of_type;
use crate::rules::pf::relayed::sent;
use crate::rules::rejoin::last::method;
use crate::rules::{Case, Document, Judge, Place};
use crate::session::{Leg, Transfer};
use crate::wire::MessageId;
use crate::wire::conference_info::{ConferenceInfo, DisconnectionMethod, User};
use crate::wire::group_state::{self, GroupState};
use crate::wire::xml::Text;

/// An object as it was delivered.
pub struct Object<'c, 'a> {
    pub state: GroupState,
    /// The first chunk of the SEND.
    pub id: MessageId,
    pub leg: &'a Leg,
    /// The user whose client gets it.
    pub user: &'a str,
    /// The NOTIFY from which it was made: the last one before it that does not end the subscription.
    pub source: Option<&'c Document>,
    /// Where the body begins in the message, and how long it is there.
    body: Range<usize>,
}

/// All objects of a session that can be read, in order.
pub fn objects<'c, 'a>(case: &'c Case<'a>) -> Vec<Object<'c, 'a>> {
    let of_return = |back: Return<'c, 'a>| {
        let user = back.leg.participant().and_then(|who| case.timeline.participant(&who.key));
        let states = sent(case, back.leg, true).filter_map(|transfer| Some((transfer, read(case, transfer)?)));
        let objects = states.map(|(transfer, state)| Object {
            state,
            id: transfer.first,
            leg: back.leg,
            user: back.lost.user(),
            source: source(case, user, transfer.first),
            body: body(case, transfer.first),
        });
        objects.collect::<Vec<_>>()
    };
    returns(case).into_iter().flat_map(of_return).collect()
}

/// The objects that tell the last state, one per return: earlier ones tell of what was before.
pub fn latest<'c, 'a>(case: &'c Case<'a>) -> Vec<Object<'c, 'a>> {
    let mut found: Vec<Object<'c, 'a>> = Vec::new();
    for object in objects(case) {
        match found.iter_mut().find(|other| std::ptr::eq(other.leg, object.leg)) {
            Some(other) if instant(&other.state.timestamp) > instant(&object.state.timestamp) => {}
            Some(other) => *other = object,
            None => found.push(object),
        }
    }
    found
}

/// Is the content of a message a Group State Object of this network?
pub fn is_object(case: &Case<'_>, transfer: &Transfer) -> bool {
    is_of_type(case, transfer, &case.profile.content_types.group_state)
}

fn read(case: &Case<'_>, transfer: &Transfer) -> Option<GroupState> {
    if !is_object(case, transfer) || !transfer.is_complete(case.messages()) {
        return None;
    }
    group_state::parse(&transfer.body(case.messages())).ok()
}

fn body(case: &Case<'_>, id: MessageId) -> Range<usize> {
    case.messages()[id].msrp().map_or(0..0, |summary| summary.body.range())
}

fn source<'c, 'a>(case: &'c Case<'a>, user: Option<usize>, before: MessageId) -> Option<&'c Document> {
    let is_told = |document: &&Document| {
        document.is_notify() && !document.is_last() && document.message < before && document.to() == user
    };
    case.documents().iter().rev().filter(|_| user.is_some()).find(is_told)
}

impl Object<'_, '_> {
    /// The conference state that it is to tell: all NOTIFYs merged (RFC 4575 §4.6).
    pub fn known(&self) -> Option<&ConferenceInfo> {
        self.source?.judged()
    }

    /// Where a range of the object stands.
    pub fn at(&self, range: &Range<usize>) -> Place {
        let end = (self.body.start + range.end).min(self.body.end);
        Place { message: self.id, range: Some((self.body.start + range.start).min(end)..end) }
    }

    /// Does it list just those whom the last NOTIFY named, which was a partial one?
    pub fn is_of_last_alone(&self) -> bool {
        let Some(last) = self.source.filter(|source| !source.is_full()).and_then(|source| source.info.as_ref().ok())
        else {
            return false;
        };
        let named: Vec<&str> = users(last).filter_map(|user| entity(user)).collect();
        let listed: Vec<&str> = self.state.participants.iter().filter_map(|one| text(&one.comm_addr)).collect();
        let known = self.known().map_or(0, |known| users(known).filter(|user| !has_left(user)).count());
        !named.is_empty() && listed.len() < known && listed.iter().all(|uri| named.contains(uri))
    }
}

/// How an object differs from what is known.
pub struct Difference {
    pub range: Range<usize>,
    pub message: String,
    pub expected: String,
}

/// Judges the latest object of each return by `compare`, which answers `None` where there is nothing to compare.
pub fn judge_latest(
    case: &Case<'_>,
    judge: &mut Judge,
    statement: &'static str,
    compare: impl Fn(&GroupState, &ConferenceInfo) -> Option<Result<(), Difference>>,
) {
    for object in latest(case) {
        let Some(known) = object.known().filter(|_| !case.lossy) else {
            judge
                .undecided(statement, format!("needs the NOTIFYs that tell the function of {} who is in", object.user));
            continue;
        };
        match compare(&object.state, known) {
            None => {}
            Some(Ok(())) => judge.pass(statement),
            Some(Err(difference)) => {
                let message = format!("the group state object for {}: {}", object.user, difference.message);
                let finding =
                    judge.fail(statement, object.at(&difference.range), message).expected(difference.expected);
                object.source.into_iter().for_each(|source| _ = finding.also(source.message));
            }
        }
    }
}

/// Compares a text of the object, which stands at `range` or should, with what is known.
pub fn same_text(
    what: &str,
    found: &Option<Text>,
    expected: &str,
    range: &Range<usize>,
    is_same: impl Fn(&str, &str) -> bool,
) -> Result<(), Difference> {
    match text(found) {
        Some(found) if is_same(found, expected) => Ok(()),
        other => Err(Difference {
            range: found.as_ref().map_or(range, |found| &found.range).clone(),
            message: other.map_or(format!("no {what}"), |other| format!("{what} is {other}")),
            expected: expected.to_owned(),
        }),
    }
}

/// A text without the white space around it; `None` where it is missing or empty.
pub fn text(value: &Option<Text>) -> Option<&str> {
    value.as_ref().map(|value| value.as_str().trim()).filter(|value| !value.is_empty())
}

/// A moment; `None` where it is no xs:dateTime with a zone.
pub fn instant(value: &Option<Text>) -> Option<jiff::Timestamp> {
    text(value)?.parse().ok()
}

/// Do two texts tell the same moment?
pub fn same_instant(one: &str, other: &str) -> bool {
    let read = |text: &str| text.parse::<jiff::Timestamp>().ok();
    read(one).is_some() && read(one) == read(other)
}

pub fn users(info: &ConferenceInfo) -> impl Iterator<Item = &User> {
    info.users.iter().flat_map(|users| &users.users)
}

pub fn entity(user: &User) -> Option<&str> {
    text(&user.entity)
}

/// Is a user out, by itself, or because its connection was lost?
pub fn has_left(user: &User) -> bool {
    matches!(method(user), Some(DisconnectionMethod::Failed | DisconnectionMethod::Departed))
}
