//! What a participating function took in for a client that was away, and what it gave to it after that.

use hashbrown::HashSet;

use crate::rules::Case;
use crate::rules::pf::hop::{Hop, lost_before};
use crate::rules::pf::relayed::{self, key};
use crate::session::{Leg, Transfer};
use crate::wire::MessageId;

/// A client that came back, and what was kept for it.
pub struct Return<'c, 'a> {
    /// The leg between the client and its function.
    pub leg: &'a Leg,
    pub lost: &'c Hop<'a>,
    /// imdn.Message-IDs in the order in which the network's side brought them, each with its message.
    pub kept: Vec<(String, MessageId)>,
    /// The same of what the client got on the leg, others among them.
    pub given: Vec<(String, MessageId)>,
}

/// All returns over which messages may have been delivered.
pub fn returns<'c, 'a>(case: &'c Case<'a>) -> Vec<Return<'c, 'a>> {
    let legs = case.legs().map(|(_, leg)| leg).filter(|leg| leg.msrp.is_some() && leg.invited.is_some());
    let back = legs.filter_map(|leg| Some((leg, lost_before(case, leg)?)));
    let with_messages = back.filter_map(|(leg, lost)| {
        Some(Return { leg, lost, kept: kept(case, lost, leg.invited?), given: sent(case, leg) })
    });
    with_messages.collect()
}

/// What a function had taken for its client before `until`, since it was lost, and not given to it yet.
pub fn kept(case: &Case<'_>, lost: &Hop<'_>, until: MessageId) -> Vec<(String, MessageId)> {
    let Some((bye, _)) = lost.client.ended else { return Vec::new() };
    let given: HashSet<String> =
        given(case, lost, bye).into_iter().filter(|(_, at)| *at < until).map(|(id, _)| id).collect();
    let mut kept = sent(case, lost.network);
    kept.retain(|(id, at)| (bye..until).contains(at) && !given.contains(id));
    kept
}

/// What the client of a function got, over whatever leg, at or after `from`.
pub fn given(case: &Case<'_>, lost: &Hop<'_>, from: MessageId) -> Vec<(String, MessageId)> {
    let own = |leg: &&Leg| lost_before(case, leg).is_some_and(|one| std::ptr::eq(one.client, lost.client));
    let legs: Vec<&Leg> = case.legs().map(|(_, leg)| leg).filter(own).collect();
    let mut given: Vec<_> = legs.into_iter().flat_map(|leg| sent_at_all(case, leg)).collect();
    given.retain(|(_, at)| *at >= from);
    given
}

impl Return<'_, '_> {
    /// Where a message is among those that the client got.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.given.iter().position(|(given, _)| given == id)
    }

    /// Was something given to the client after all that was kept: a message that came in later, or the end of the leg?
    pub fn is_over(&self, case: &Case<'_>) -> bool {
        let is_later = |id: &str| !self.kept.iter().any(|(kept, _)| kept == id);
        !case.lossy && (self.leg.ended.is_some() || self.given.iter().any(|(given, _)| is_later(given)))
    }
}

/// The messages from the side of the focus that were taken, with their imdn.Message-ID.
fn sent(case: &Case<'_>, leg: &Leg) -> Vec<(String, MessageId)> {
    list(case, leg, |transfer| transfer.response.is_some_and(|(_, status)| status < 300))
}

/// All messages from the side of the focus, with their imdn.Message-ID.
fn sent_at_all(case: &Case<'_>, leg: &Leg) -> Vec<(String, MessageId)> {
    list(case, leg, |_| true)
}

fn list(case: &Case<'_>, leg: &Leg, is_meant: impl Fn(&Transfer) -> bool) -> Vec<(String, MessageId)> {
    let meant = relayed::sent(case, leg, true).filter(|transfer| is_meant(transfer));
    let mut sent: Vec<_> =
        meant.filter_map(|transfer| Some((key(case, transfer)?.into_owned(), transfer.first))).collect();
    sent.sort_unstable_by_key(|(_, first)| *first);
    sent
}
