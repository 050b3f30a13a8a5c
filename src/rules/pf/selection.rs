//! Which client of a user a participating function goes on with (OMA CPM 5.2.4).

use super::devices::all;
use super::hop::{bye_of, cause};
use crate::rules::Case;
use crate::session::{Leg, Transfer};
use crate::timeline::{Content, Envelope};
use crate::wire::{MessageId, cpim};

/// A BYE of the function to one client of a user, while others stay in and the session goes on.
pub struct Selection<'a> {
    pub user: &'a str,
    pub bye: MessageId,
    /// The clients that stay in.
    pub others: Vec<&'a Leg>,
}

/// A session that ends, ends for all clients at once.
const AT_ONCE_SECONDS: f64 = 2.0;

/// All of a session.
pub fn selections<'a>(case: &Case<'a>) -> Vec<Selection<'a>> {
    let mut found = Vec::new();
    for user in all(case) {
        for &leg in &user.clients {
            let Some(bye) = bye_of(leg, false).filter(|&bye| cause(case, bye).is_some()) else { continue };
            let goes_on =
                |end: Option<MessageId>| end.is_none_or(|end| case.seconds_between(bye, end) > AT_ONCE_SECONDS);
            let is_left = user.clients.iter().any(|one| bye_of(one, true).is_some_and(|own| own < bye));
            let stay = |leg: &&Leg| goes_on(leg.ended.map(|(end, _)| end));
            let others: Vec<&Leg> = user.others(leg, bye).filter(stay).collect();
            let is_up = user.hop.network.ended.is_none_or(|(end, _)| end > bye);
            if is_up && !is_left && !others.is_empty() {
                found.push(Selection { user: user.hop.user(), bye, others });
            }
        }
    }
    found
}

/// Does the user show with this message that it uses the client?
pub fn chooses(case: &Case<'_>, transfer: &Transfer) -> bool {
    let body = transfer.body(case.messages());
    let envelope = Envelope::open(transfer.content_type(case.messages()), &body);
    match envelope.content(body.len()) {
        Content::User | Content::IsComposing => true,
        Content::Imdn => {
            let inside = cpim::parse(&body).map_or(&body[..], |message| message.body());
            memchr::memmem::find(inside, b"display-notification").is_some()
        }
        _ => false,
    }
}
