//! Who was in a session at last, before somebody comes back to it.

use crate::rules::Case;
use crate::rules::invite::invitation::{Invitation, same_user};
use crate::session::{Leg, Outcome};
use crate::wire::MessageId;
use crate::wire::conference_info::{DisconnectionMethod, EndpointStatus, User};

/// The participants that the last conference-info document before a re-join lists.
pub struct LastList {
    /// The document.
    pub message: MessageId,
    /// URI of each, and whether it had left.
    users: Vec<(String, bool)>,
}

impl LastList {
    /// As the last full state before this INVITE says; `None` where there is none.
    pub fn before(case: &Case<'_>, rejoin: &Invitation<'_>) -> Option<LastList> {
        // The documents that tell of the end list nobody any more.
        let until = ending(case, rejoin).unwrap_or(rejoin.id);
        let mut documents =
            case.documents().iter().rev().filter(|document| document.message < until && !document.is_last());
        let (message, users) =
            documents.find_map(|document| Some((document.message, document.judged()?.users.as_ref()?)))?;
        let mut known: Vec<(String, bool)> = Vec::new();
        for user in &users.users {
            let Some(entity) = &user.entity else { continue };
            if !is_booted(user) {
                known.push((entity.as_str().to_owned(), has_left(user)));
            }
        }
        Some(LastList { message, users: known })
    }

    /// Is the user on the list, and had it left by itself? `None` for one who is not.
    pub fn find(&self, uri: &str) -> Option<bool> {
        self.users.iter().find(|(known, _)| same_user(known, uri)).map(|(_, has_left)| *has_left)
    }

    /// Those who had not left.
    pub fn present(&self) -> impl Iterator<Item = &str> {
        self.users.iter().filter(|(_, has_left)| !has_left).map(|(uri, _)| uri.as_str())
    }
}

/// How a user left, if its endpoint is disconnected.
pub fn method(user: &User) -> Option<DisconnectionMethod> {
    let endpoint = user.endpoints.last()?;
    let is_out = endpoint.status.as_ref().and_then(EndpointStatus::parse) == Some(EndpointStatus::Disconnected);
    endpoint.disconnection_method.as_ref().filter(|_| is_out).and_then(DisconnectionMethod::parse)
}

fn is_booted(user: &User) -> bool {
    method(user) == Some(DisconnectionMethod::Booted)
}

fn has_left(user: &User) -> bool {
    method(user) == Some(DisconnectionMethod::Departed)
}

/// Had the focus ended all legs of the session before this INVITE?
pub fn is_asleep(case: &Case<'_>, rejoin: &Invitation<'_>) -> bool {
    ending(case, rejoin).is_some()
}

/// BYEs of the focus that follow each other so closely end one session.
const ENDING_SECONDS: f64 = 10.0;

/// The first BYE with which the focus ended the session for all before this INVITE; `None` where somebody was still in.
fn ending(case: &Case<'_>, rejoin: &Invitation<'_>) -> Option<MessageId> {
    let before = || {
        let legs = case.legs().map(|(_, leg)| leg).filter(|leg| leg.messages.first() < Some(&rejoin.id));
        legs.filter(|leg| leg.outcome == Outcome::Established)
    };
    let is_over = |leg: &Leg| leg.ended.is_some_and(|(bye, _)| bye < rejoin.id);
    if !before().all(is_over) {
        return None;
    }
    // Somebody who is in the documents and whose leg was not captured may still be in.
    let is_known = |uri: &str| before().any(|leg| leg.participant().is_some_and(|who| same_user(&who.uri, uri)));
    let mut documents = case.documents().iter().filter(|document| document.message < rejoin.id && !document.is_last());
    let listed = documents.rfind(|document| document.judged().is_some())?.judged()?.users.as_ref()?;
    let mut users = listed.users.iter().filter_map(|user| user.entity.as_ref());
    if !case.session.bare_msrp.is_empty() || !users.all(|entity| is_known(entity.as_str())) {
        return None;
    }
    let byes =
        || before().filter(|leg| leg.ended_by() == Some("focus")).filter_map(|leg| leg.ended).map(|(bye, _)| bye);
    let last = byes().max()?;
    byes().filter(|&bye| case.seconds_between(bye, last) <= ENDING_SECONDS).min()
}
