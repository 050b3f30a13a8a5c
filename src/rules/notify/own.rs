//! The subscriptions that a client holds while it is in a group session.

use crate::rules::Case;
use crate::rules::invite::invitation::Invitation;
use crate::session::{Subscription, Transaction};
use crate::wire::MessageId;
use crate::wire::sip::{Method, Name};

/// The conference subscriptions of the user of this leg, refused ones too.
pub fn of_user<'c, 'a>(
    case: &'c Case<'a>,
    one: &'c Invitation<'a>,
) -> impl Iterator<Item = &'a Subscription> + use<'c, 'a> {
    let key = one.leg.participant().map(|who| who.key.clone());
    case.subscriptions().map(|(_, subscription)| subscription).filter(move |subscription| {
        let subscriber = subscription.subscriber.as_ref().map(|who| who.key.clone());
        subscription.event == "conference" && subscriber.is_some() && subscriber == key
    })
}

/// The SUBSCRIBEs of a subscription.
pub fn subscribes<'a>(case: &Case<'a>, subscription: &Subscription) -> impl Iterator<Item = &'a Transaction> + use<'a> {
    let call = &case.sessions().calls[subscription.call];
    let from_tag = subscription.from_tag.clone();
    call.transactions.iter().filter(move |one| one.method == Method::Subscribe && one.from_tag == from_tag)
}

/// The number of seconds in the Expires of a message.
pub fn expires(case: &Case<'_>, id: MessageId) -> Option<u32> {
    case.sip(id)?.header(Name::Expires)?.trim().parse().ok()
}
