//! MSRP sessions whose signalling was not captured: what their messages tell of the two ends, and of the group they belong to.

use super::group::Known;
use super::identity::Identity;
use super::msrp::MsrpSessions;
use super::transfer::Transfer;
use crate::wire::conference_info;
use crate::wire::cpim;
use crate::wire::{MessageId, Messages};

/// An MSRP session without a leg.
#[derive(Clone, Debug)]
pub struct BareMsrp {
    /// Index in [`MsrpSessions::sessions`].
    pub msrp: u32,
    /// Who is at each end, in step with [`super::MsrpSession::ends`]: who alone writes from there (From of the CPIM envelopes).
    /// A focus sends what others wrote.
    pub ends: [Option<Identity>; 2],
}

/// The messages that are looked at: enough to meet everybody who writes, and what is written to.
const MAX_TRANSFERS: usize = 256;

/// What the messages of one session tell.
pub struct Told {
    pub bare: BareMsrp,
    /// The URI of the focus or group, and the message that names it: the entity of a conference-info document, or an envelope's To
    /// that is `known`.
    pub group: Option<(String, MessageId)>,
}

/// Reads the beginning of the MSRP session with this index. `known` are the focuses and groups that signalling shows.
pub fn read(index: u32, msrp: &MsrpSessions, messages: &Messages, known: &Known) -> Told {
    let transfers = msrp.sessions[index as usize].transfers.iter().take(MAX_TRANSFERS);
    let mut writers: [Vec<Identity>; 2] = Default::default();
    let mut focus_end = None;
    let mut group = None;
    for transfer in transfers.map(|&transfer| &msrp.transfers[transfer as usize]) {
        let end = usize::from(!transfer.from_first_end);
        if let Some(entity) = entity_over_msrp(transfer, messages) {
            focus_end = Some(end);
            group = group.or(Some(entity));
            continue;
        }
        let body = messages.body(&messages[transfer.first]);
        let Some(envelope) = cpim::peek(&body) else { continue };
        if let Some(from) = envelope.from.and_then(Identity::parse).filter(|from| !from.is_anonymous())
            && !writers[end].iter().any(|known| known.key == from.key)
            && writers[end].len() < 2
        {
            writers[end].push(from);
        }
        let to = envelope.to.and_then(Identity::parse);
        group = group.or_else(|| to.filter(|to| known.is_group_side(&to.key)).map(|to| (to.uri, transfer.first)));
    }
    // Whoever sends what several wrote is the focus.
    let focus_end = focus_end.or_else(|| writers.iter().position(|writers| writers.len() > 1));
    let is_group = group.is_some();
    let ends = [0, 1].map(|end| {
        let [only] = &writers[end][..] else { return None };
        // In a group one of the ends is the focus; which one has to be known.
        (!is_group || focus_end.is_some_and(|focus| focus != end)).then(|| only.clone())
    });
    Told { bare: BareMsrp { msrp: index, ends }, group }
}

/// The entity of a conference-info document, and the message that carries it.
pub fn entity_over_msrp(transfer: &Transfer, messages: &Messages) -> Option<(String, MessageId)> {
    let content_type = transfer.content_type(messages);
    let known = conference_info::MEDIA_TYPE;
    if !content_type.get(..known.len())?.eq_ignore_ascii_case(known) {
        return None;
    }
    Some((conference_info::entity(&transfer.body(messages))?, transfer.first))
}
