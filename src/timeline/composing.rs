//! Who was seen writing: isComposing (RFC 3994), once per status that a participant sent, however many copies the focus made.

use std::borrow::Cow;

use hashbrown::{HashMap, HashSet};

use super::envelope::Content;
use super::opened::Opened;
use super::participant::Cast;
use crate::wire::{MessageId, Messages, is_composing};

/// A participant began to write, went on, or stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composing {
    /// Its first chunk as the sender sent it; where that was not captured, the first copy.
    pub message: MessageId,
    /// Who writes: an index of a participant.
    pub participant: Option<usize>,
    /// `idle`, or anything that is not `active`, when false (RFC 3994 §3.5).
    pub active: bool,
    /// The media type that is being written.
    pub content_type: Option<String>,
    /// After how long without another status it counts as idle; the sender sends again before (RFC 3994 §3.4).
    pub refresh_secs: Option<u32>,
    /// When the participant was last active, as written.
    pub last_active: Option<String>,
}

/// What makes sightings one status.
type Key<'a> = (Option<usize>, Result<&'a str, Cow<'a, [u8]>>);

/// Finds the statuses among the MSRP messages of a session, in order.
pub fn build(opened: &Opened<'_>, messages: &Messages, cast: &Cast) -> Vec<Composing> {
    let mut found: Vec<Composing> = Vec::new();
    // The latest status of each key, with the hops between its sender and where it was seen.
    let mut latest: HashMap<Key<'_>, (usize, Option<usize>)> = HashMap::new();
    // Statuses and the MSRP sessions in which they were seen.
    let mut seen: HashSet<(usize, u32)> = HashSet::new();
    for one in opened.transfers.iter().filter(|one| one.content == Content::IsComposing) {
        let body = one.transfer.body(messages);
        // On its first leg the participant sends it; on the others the envelope tells whose it is.
        let participant = one.sender.or_else(|| cast.find(&opened.addresses[one.from?].key));
        let hops = one.sender.map(|_| one.sender_hops);
        let key = match &one.envelope.message_id {
            Some(id) => (participant, Ok(id.as_ref())),
            None => (participant, Err(body.clone())),
        };
        let known = latest.get_mut(&key).filter(|(index, _)| !seen.contains(&(*index, one.transfer.session)));
        let index = match known {
            Some((index, nearest)) => {
                if hops.is_some_and(|hops| nearest.is_none_or(|nearest| hops < nearest)) {
                    *nearest = hops;
                    found[*index].message = one.transfer.first;
                }
                *index
            }
            // In the same session again: another one, if only to say that nothing has changed.
            None => {
                let Ok(status) = is_composing::parse(body.get(one.envelope.body_start..).unwrap_or_default()) else {
                    continue;
                };
                latest.insert(key, (found.len(), hops));
                found.push(Composing {
                    message: one.transfer.first,
                    participant,
                    active: status.is_active(),
                    refresh_secs: status.refresh_secs(),
                    content_type: status.content_type.map(|text| text.value),
                    last_active: status.last_active.map(|text| text.value),
                });
                found.len() - 1
            }
        };
        seen.insert((index, one.transfer.session));
    }
    found.sort_by_key(|status| status.message);
    found
}
