//! SIP messages without Call-ID, which is against RFC 3261 §8.1.1.4: they belong to the call that their tags belong to.

use std::net::IpAddr;

use hashbrown::HashMap;

use crate::wire::{MessageId, Messages};

/// A tag, and the two nodes between which it is used: what passes a B2BUA may keep its tags.
type Key<'a> = (&'a [u8], [IpAddr; 2]);

/// Adds the `nameless` messages to the calls with their tags; those with tags of no call make calls without Call-ID. What was not
/// captured whole may have had a Call-ID, and what has no tag either belongs to nothing.
pub fn adopt<'a>(calls: &mut Vec<(&'a [u8], Vec<MessageId>)>, nameless: &[MessageId], messages: &'a Messages) {
    if nameless.is_empty() {
        return;
    }
    let mut known: HashMap<Key<'_>, usize> = HashMap::new();
    for (place, (_, ids)) in calls.iter().enumerate() {
        for key in ids.iter().flat_map(|&id| keys(id, messages)) {
            known.entry(key).or_insert(place);
        }
    }
    for &id in nameless.iter().filter(|&&id| !messages[id].incomplete) {
        let place = match keys(id, messages).find_map(|key| known.get(&key).copied()) {
            Some(place) => place,
            None if keys(id, messages).next().is_none() => continue,
            None => {
                calls.push((b"", Vec::new()));
                calls.len() - 1
            }
        };
        known.extend(keys(id, messages).map(|key| (key, place)));
        calls[place].1.push(id);
    }
    calls.iter_mut().for_each(|(_, ids)| ids.sort_unstable());
}

/// The To tag tells more than the From tag, which requests outside of a dialog may share.
fn keys(id: MessageId, messages: &Messages) -> impl Iterator<Item = Key<'_>> {
    let message = &messages[id];
    let (flow, head) = (messages.flow(message), messages.head(message));
    let mut nodes = [flow.client.ip(), flow.server.ip()];
    nodes.sort_unstable();
    let tags = message.sip().map(|summary| [summary.to_tag, summary.from_tag].map(|tag| tag.of(head)));
    tags.into_iter().flatten().filter(|tag| !tag.is_empty()).map(move |tag| (tag, nodes))
}
