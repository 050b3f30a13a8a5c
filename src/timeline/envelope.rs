//! What an MSRP message carries: the CPIM envelope around it, if there is one, and what kind of thing is inside.

use crate::session::{Identity, Leg, MsrpMedia, Session, Sessions, Transfer};
use crate::wire::media_type::MediaType;
use crate::wire::msrp::session_id;
use crate::wire::{Messages, cpim};

use super::participant::Cast;

/// What is inside an MSRP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// Something a user sent.
    User,
    /// A disposition notification (RFC 5438).
    Imdn,
    IsComposing,
    ConferenceInfo,
    /// A request or answer about subject, icon or roles.
    GroupData,
    /// A SEND without body, which only opens the session (RFC 4975 §5.4).
    Empty,
}

/// The addressing around a body.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    pub from: Option<cpim::Address>,
    pub to: Option<cpim::Address>,
    /// `imdn.Message-ID`, whatever the prefix.
    pub message_id: Option<String>,
    /// Content type of what is inside, without parameters.
    pub content_type: String,
    /// Where in the MSRP body the inner body begins.
    pub body_start: usize,
}

impl Envelope {
    /// Opens the body of an MSRP message of `content_type`.
    pub fn open(content_type: &str, body: &[u8]) -> Envelope {
        let outer = MediaType::parse(content_type);
        let bare = |content_type: &MediaType<'_>| Envelope {
            content_type: content_type.essence().to_ascii_lowercase(),
            ..Envelope::default()
        };
        if !outer.is("message/cpim") {
            return bare(&outer);
        }
        let Ok(message) = cpim::parse_first_chunk(body) else { return bare(&outer) };
        let content_type = message.content_headers.content_type();
        Envelope {
            from: message.from().next(),
            to: message.to().next(),
            message_id: message.message_id().map(|id| id.into_owned()),
            // RFC 2045 §5.2: a body without Content-Type is plain text.
            content_type: content_type.map_or("text/plain".into(), |kind| kind.essence().to_ascii_lowercase()),
            body_start: message.body.start,
        }
    }

    pub fn content(&self, body_len: usize) -> Content {
        match self.content_type.as_str() {
            "message/imdn+xml" => Content::Imdn,
            "application/im-iscomposing+xml" => Content::IsComposing,
            "application/conference-info+xml" => Content::ConferenceInfo,
            "application/vnd.oma.cpm-groupdata+xml" => Content::GroupData,
            _ if body_len == 0 => Content::Empty,
            _ => Content::User,
        }
    }
}

/// An MSRP message on one leg of a session, opened.
pub struct OpenTransfer<'a> {
    pub transfer: &'a Transfer,
    /// Its index in [`crate::session::MsrpSessions::transfers`].
    pub index: u32,
    /// Who is at the sending end: a participant, or the focus's side.
    pub sender: Option<usize>,
    /// Who is at the receiving end.
    pub receiver: Option<usize>,
    /// Legs of a B2BUA between this leg and the sender, and the receiver.
    pub sender_hops: usize,
    pub receiver_hops: usize,
    pub envelope: Envelope,
    pub content: Content,
}

/// All MSRP messages of a session in order of their first chunk.
pub fn transfers<'a>(
    session: &Session,
    sessions: &'a Sessions,
    messages: &Messages,
    cast: &Cast,
) -> Vec<OpenTransfer<'a>> {
    let mut opened = Vec::new();
    for &index in &session.legs {
        let leg = &sessions.legs[index];
        let (Some(msrp), Some(ends)) = (leg.msrp, cast.ends(index)) else { continue };
        let caller_is_first = caller_is_first_end(leg, &sessions.msrp.sessions[msrp as usize].ends[0]);
        for &transfer_index in &sessions.msrp.sessions[msrp as usize].transfers {
            let transfer = &sessions.msrp.transfers[transfer_index as usize];
            let from_caller = transfer.from_first_end == caller_is_first;
            let caller = (ends.caller, ends.hops_from_caller);
            let callee = (ends.callee, ends.hops_from_callee);
            let ((sender, sender_hops), (receiver, receiver_hops)) =
                if from_caller { (caller, callee) } else { (callee, caller) };
            let (envelope, content) = open(transfer, messages);
            opened.push(OpenTransfer {
                transfer,
                index: transfer_index,
                sender,
                receiver,
                sender_hops,
                receiver_hops,
                envelope,
                content,
            });
        }
    }
    for &msrp in &session.bare_msrp {
        for &index in &sessions.msrp.sessions[msrp as usize].transfers {
            let transfer = &sessions.msrp.transfers[index as usize];
            let (envelope, content) = open(transfer, messages);
            let ends = &sessions.msrp.sessions[msrp as usize].ends;
            let [first, second] = ends.each_ref().map(|uri| cast.find(&Identity::from_uri(uri).key));
            let (sender, receiver) = if transfer.from_first_end { (first, second) } else { (second, first) };
            opened.push(OpenTransfer {
                transfer,
                index,
                sender,
                receiver,
                sender_hops: 0,
                receiver_hops: 0,
                envelope,
                content,
            });
        }
    }
    opened.sort_by_key(|one| one.transfer.first);
    opened
}

fn open(transfer: &Transfer, messages: &Messages) -> (Envelope, Content) {
    // The envelope stands at the beginning: the first chunk is enough unless it ends inside the headers.
    let first = &messages[transfer.first];
    let first_body = messages.body(first);
    let content_type = transfer.content_type(messages);
    let envelope = Envelope::open(content_type, &first_body);
    let unfinished = envelope.body_start >= first_body.len() || envelope.content_type == "message/cpim";
    let envelope = if unfinished && !transfer.more().is_empty() {
        Envelope::open(content_type, &transfer.body(messages))
    } else {
        envelope
    };
    let content = envelope.content(first_body.len());
    (envelope, content)
}

/// Is the session's first end (who sent first) the caller of the leg? Told by the session-ids of the paths in the SDP.
fn caller_is_first_end(leg: &Leg, first_end: &str) -> bool {
    let caller = leg.media.caller.as_ref().and_then(MsrpMedia::session_id);
    let callee = leg.media.callee.as_ref().and_then(MsrpMedia::session_id);
    let first = session_id(first_end);
    match (caller, callee) {
        (Some(caller), _) if Some(caller) == first => true,
        (_, Some(callee)) => Some(callee) != first,
        (Some(_), None) => false,
        (None, None) => true,
    }
}
