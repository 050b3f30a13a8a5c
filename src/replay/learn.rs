//! What the far end chose: an expected message beside the one that came tells what the originals are called now.

use super::body::{imdn_message_id, path_session_id};
use super::compose::base_uri;
use super::identifiers::{Identifiers, Scope};
use crate::session::msrp_media;
use crate::wire::msrp;
use crate::wire::sip::{Message, Name};
use crate::wire::uri::{NameAddr, Uri, split_values};

/// Learns from a SIP message. `template` is the captured one that it stands for.
pub fn sip(ids: &mut Identifiers, leg: usize, template: &Message<'_>, came: &Message<'_>) {
    for name in [Name::ContributionId, Name::ConversationId] {
        if let (Some(original), Some(present)) = (template.header(name), came.header(name)) {
            learn(ids, leg, original.trim(), present.trim());
        }
    }
    if let (Some((original, _)), Some((present, is_focus))) = (contact(template), contact(came)) {
        learn(ids, leg, &original, &present);
        let user = |uri: &str| Uri::parse(uri).and_then(|uri| uri.user().map(str::to_owned));
        if let (true, Some(original), Some(present)) = (is_focus, user(&original), user(&present)) {
            learn(ids, leg, &original, &present);
        }
    }
    if let (Some(original), Some(present)) = (msrp_media(template), msrp_media(came))
        && let (Some(original), Some(present)) = (path_session_id(&original.path), path_session_id(&present.path))
    {
        ids.learn(Scope::Leg(leg), original, present);
    }
}

/// Learns from an MSRP message.
pub fn msrp(ids: &mut Identifiers, leg: usize, template: &msrp::Message<'_>, came: &msrp::Message<'_>) {
    if let (Some(original), Some(present)) = (template.header("Message-ID"), came.header("Message-ID")) {
        ids.learn(Scope::Leg(leg), &original, &present);
    }
    if let (Some(original), Some(present)) = (imdn_message_id(template), imdn_message_id(came)) {
        learn(ids, leg, &original, &present);
    }
}

/// Valid everywhere when it is the first name; another one on a leg is valid there.
fn learn(ids: &mut Identifiers, leg: usize, original: &str, present: &str) {
    match ids.get(leg, original) {
        None => ids.learn(Scope::Everywhere, original, present),
        Some(known) if known != present => ids.learn(Scope::Leg(leg), original, present),
        Some(_) => {}
    }
}

/// The URI of the first Contact without its parameters, and whether it is a focus.
fn contact(message: &Message<'_>) -> Option<(String, bool)> {
    let value = message.header(Name::Contact)?;
    let address = split_values(&value).find_map(NameAddr::parse)?;
    Some((base_uri(address.uri()).to_owned(), address.has_param("isfocus")))
}
