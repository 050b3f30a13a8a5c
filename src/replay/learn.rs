//! What the far end chose: an expected message beside the one that came tells what the originals are called now.

use super::body::{imdn_message_id, path_session_id};
use super::came::Came;
use super::identifiers::{Identifiers, Scope};
use super::msrp_template::MsrpTemplate;
use super::plain::base_uri;
use super::sip_template::SipTemplate;
use crate::wire::msrp;
use crate::wire::sip::Name;
use crate::wire::uri::{NameAddr, Uri, split_values};

/// Learns from a SIP message. `template` is the captured one that it stands for.
pub fn sip(ids: &mut Identifiers, leg: usize, template: &SipTemplate, came: &Came<'_>) {
    for name in [Name::ContributionId, Name::ConversationId] {
        if let (Some(original), Some(present)) = (template.message.header(name), came.message.header(name)) {
            learn(ids, leg, original.trim(), present.trim());
        }
    }
    if let (Some(original), Some(value)) = (template.contacts.first(), came.message.header(Name::Contact))
        && let Some(address) = split_values(&value).find_map(NameAddr::parse)
    {
        let present = base_uri(address.uri());
        learn(ids, leg, &original.base, present);
        if let Some((_, Some(user))) = original.parts.as_ref().filter(|_| address.has_param("isfocus"))
            && let Some(present) = Uri::parse(present).and_then(|uri| uri.user())
        {
            learn(ids, leg, user, present);
        }
    }
    if let (Some(original), Some(media)) = (template.session_id(), came.media())
        && let Some(present) = path_session_id(&media.path)
    {
        ids.learn(Scope::Leg(leg), original, present);
    }
}

/// Learns from an MSRP message.
pub fn msrp(ids: &mut Identifiers, leg: usize, template: &MsrpTemplate, came: &msrp::Message<'_>) {
    if let (Some(original), Some(present)) = (&template.message_id, came.header("Message-ID")) {
        ids.learn(Scope::Leg(leg), original, &present);
    }
    if let (Some(original), Some(present)) = (&template.imdn_message_id, imdn_message_id(came)) {
        learn(ids, leg, original, &present);
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
