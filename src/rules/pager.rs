//! SIP MESSAGE requests of a session or its conversation: what is sent outside of it (pager mode).

use std::borrow::Cow;
use std::net::IpAddr;
use std::rc::Rc;

use super::Case;
use super::pf::hop::{ends, nodes};
use crate::session::{Direction, Leg};
use crate::timeline::Envelope;
use crate::wire::sip::{Message, Method};
use crate::wire::{MessageId, cpim, imdn};

/// SIP MESSAGEs of a conversation that are looked at.
const MAX_PAGERS: usize = 1_000;

/// One SIP MESSAGE on one hop.
pub struct Pager<'a> {
    pub id: MessageId,
    pub message: Rc<Message<'a>>,
    /// Content type of what is inside, without parameters, in lower case.
    pub content_type: String,
    /// imdn.Message-ID of the envelope.
    pub message_id: Option<String>,
    /// Who sends it on this hop, and to whom.
    pub ends: (IpAddr, IpAddr),
}

/// Those with a Contribution-ID or the Conversation-ID of the session, in order.
pub fn pagers<'a>(case: &Case<'a>) -> Vec<Pager<'a>> {
    let outside = &case.sessions().outside;
    let keys = case.session.contribution_ids.iter().chain(&case.session.conversation_id);
    let mut ids: Vec<MessageId> = keys.filter_map(|key| outside.get(key)).flatten().copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let is_pager = |id: &MessageId| case.messages()[*id].sip().is_some_and(|summary| summary.method == Method::Message);
    ids.retain(is_pager);
    ids.truncate(MAX_PAGERS);
    ids.into_iter().filter_map(|id| Pager::read(case, id)).collect()
}

impl<'a> Pager<'a> {
    fn read(case: &Case<'a>, id: MessageId) -> Option<Pager<'a>> {
        let whole = &case.messages()[id];
        let message = case.sip(id).filter(|_| !whole.incomplete)?;
        let flow = case.messages().flow(whole);
        let (client, server) = (flow.client.ip(), flow.server.ip());
        let content_type = message.header(crate::wire::sip::Name::ContentType).unwrap_or(Cow::Borrowed(""));
        let envelope = Envelope::open(&content_type, message.body());
        let (inside, message_id) = (envelope.content_type.into_owned(), envelope.message_id.map(Cow::into_owned));
        Some(Pager {
            id,
            content_type: inside,
            message_id,
            ends: if whole.from_client { (client, server) } else { (server, client) },
            message,
        })
    }

    /// The leg over which its sender, a client, is in the session at that moment.
    pub fn session_of_sender(&self, case: &Case<'a>) -> Option<&'a Leg> {
        let mut legs = case.legs().map(|(_, leg)| leg).filter(|leg| {
            let is_up = leg.established.is_some_and(|ack| ack < self.id) && leg.msrp.is_some();
            is_up && leg.ended.is_none_or(|(bye, _)| bye > self.id)
        });
        legs.find(|leg| client_of(case, leg) == Some(self.ends.0))
    }

    /// The URI of the sender, for a sentence.
    pub fn sender(&self, leg: &'a Leg) -> &'a str {
        leg.participant().map_or("a participant", |who| who.uri.as_str())
    }

    /// The message that it notifies of, if it is a notification (RFC 5438).
    pub fn notified(&self) -> Option<String> {
        if self.content_type != "message/imdn+xml" {
            return None;
        }
        let inside = cpim::parse(self.message.body()).ok()?;
        Some(imdn::parse(inside.body()).ok()?.message_id?.as_str().trim().to_owned())
    }
}

/// The address of the client's end of a leg; `None` between two functions.
fn client_of(case: &Case<'_>, leg: &Leg) -> Option<IpAddr> {
    let (caller, callee) = ends(case, leg)?;
    let client = if leg.direction == Direction::FocusToClient { callee } else { caller };
    (!nodes(case).contains(&client)).then_some(client)
}
