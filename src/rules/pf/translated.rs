//! conference-info that comes over MSRP for a client that is subscribed: its participating function is to turn it into NOTIFYs
//! (OMA CPM 5.2.4).

use super::hop::{Hop, ends_of};
use super::relayed::sent;
use crate::rules::Case;
use crate::rules::look::is_of_type;
use crate::session::Subscription;
use crate::wire::MessageId;
use crate::wire::conference_info::{self, ConferenceInfo};

/// A document of the focus, and the subscription of the client that it is for.
pub struct Translation<'c, 'a> {
    pub hop: &'c Hop<'a>,
    pub subscription: &'a Subscription,
    /// The SEND, and what it says.
    pub document: MessageId,
    pub info: ConferenceInfo,
    /// The next document.
    pub until: Option<MessageId>,
    /// Does it say the same as the one before?
    pub is_repeated: bool,
}

/// All documents that come over MSRP while the client has a subscription of its own.
pub fn translations<'c, 'a>(case: &'c Case<'a>) -> Vec<Translation<'c, 'a>> {
    let mut found = Vec::new();
    for hop in case.hops() {
        let Some(subscription) = own_subscription(case, hop) else { continue };
        let documents = sent(case, hop.network, true)
            .filter(|one| is_of_type(case, one, conference_info::MEDIA_TYPE) && one.is_complete(case.messages()));
        let documents = documents.map(|one| (one.first, one.body(case.messages())));
        let documents: Vec<_> = documents.filter(|(first, _)| is_active(subscription, *first)).collect();
        for (index, (document, body)) in documents.iter().enumerate() {
            let Ok(info) = conference_info::parse(body) else { continue };
            let is_repeated = index > 0 && documents[index - 1].1 == *body;
            let until = documents.get(index + 1).map(|(next, _)| *next);
            found.push(Translation { hop, subscription, document: *document, info, until, is_repeated });
        }
    }
    found
}

/// The subscription of the client, on its own side of the function.
fn own_subscription<'a>(case: &Case<'a>, hop: &Hop<'_>) -> Option<&'a Subscription> {
    let (node, key) = (hop.node(case)?, hop.client.participant().map(|who| &who.key));
    let mut own = case.subscriptions().map(|(_, one)| one).filter(|one| one.tells_who_is_in());
    own.find(|one| {
        let is_of_user = one.subscriber.as_ref().map(|who| &who.key) == key;
        is_of_user && one.messages.first().is_some_and(|&first| ends_of(case, first).1 == node)
    })
}

/// Is a subscription there at this moment?
fn is_active(subscription: &Subscription, at: MessageId) -> bool {
    let first = subscription.messages.first().is_some_and(|first| *first < at);
    first && subscription.messages.last().is_some_and(|last| *last > at)
}
