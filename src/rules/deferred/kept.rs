//! What a participating function took in for a client that was away, and what it gave to it after that.

use crate::rules::Case;
use crate::rules::pf::hop::{Hop, lost_before};
use crate::rules::pf::relayed::{key, streams};
use crate::session::Leg;
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
        let ((bye, _), invited) = (lost.client.ended?, leg.invited?);
        let mut kept = sent(case, lost.network);
        kept.retain(|(_, at)| (bye..invited).contains(at));
        Some(Return { leg, lost, kept, given: sent(case, leg) })
    });
    with_messages.collect()
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
    let all = streams(case, leg).flat_map(|stream| case.transfers(stream).map(move |transfer| (stream, transfer)));
    let from_focus = all.filter(|(stream, transfer)| stream.is_from_focus(transfer) == Some(true));
    let taken = from_focus.filter(|(_, transfer)| transfer.response.is_some_and(|(_, status)| status < 300));
    let mut sent: Vec<_> = taken.filter_map(|(_, transfer)| Some((key(case, transfer)?, transfer.first))).collect();
    sent.sort_unstable_by_key(|(_, first)| *first);
    sent
}
