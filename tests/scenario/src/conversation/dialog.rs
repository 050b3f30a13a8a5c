//! SIP dialogs, and legs: the chain of dialogs from a client to the far end (one, or two with a B2BUA between them).

use std::net::SocketAddr;

use super::MessageId;
use super::cast::{NodeId, SIP_PORT, host};
use super::stage::Stage;
use super::text::{Entity, Headers, Sip};
use crate::truth;

/// One end of a dialog, as the other end sees it.
#[derive(Clone)]
pub(super) struct Side {
    pub node: NodeId,
    /// From or To, without the tag.
    pub address: String,
    pub tag: String,
    /// The URI in the Contact.
    pub target: String,
    /// The Contact's value.
    pub contact: String,
    /// The value of P-Preferred-Identity (clients) or P-Asserted-Identity (servers).
    pub identity: String,
    /// User-Agent.
    pub agent: String,
    pub client: bool,
    pub cseq: u32,
    pub msrp_path: String,
    pub msrp_port: u16,
    /// Session and version of its last session description.
    pub description: (u64, u64),
}

impl Side {
    pub fn identity_header(&self) -> &'static str {
        if self.client { "P-Preferred-Identity" } else { "P-Asserted-Identity" }
    }

    pub fn service_header(&self) -> &'static str {
        if self.client { "P-Preferred-Service" } else { "P-Asserted-Service" }
    }
}

/// `near` is the side towards the client the leg belongs to, `far` the side towards the focus (or the other client).
#[derive(Clone)]
pub(super) struct Dialog {
    pub call_id: String,
    pub near: Side,
    pub far: Side,
    /// The request that creates the dialog; kept for its responses, CANCEL and ACK.
    pub created_by: Option<Sip>,
    /// The peer's tag is known.
    pub early: bool,
    /// The ends of the MSRP connection, near and far.
    pub msrp: Option<(SocketAddr, SocketAddr)>,
    pub record: Option<truth::Leg>,
}

impl Dialog {
    pub fn sides(&self, from_near: bool) -> (&Side, &Side) {
        if from_near { (&self.near, &self.far) } else { (&self.far, &self.near) }
    }

    pub fn sides_mut(&mut self, from_near: bool) -> (&mut Side, &mut Side) {
        if from_near { (&mut self.near, &mut self.far) } else { (&mut self.far, &mut self.near) }
    }
}

#[derive(Default)]
pub(super) struct Leg {
    /// Whose leg it is.
    pub person: usize,
    pub dialogs: Vec<Dialog>,
    /// The near end sent the request that created it.
    pub from_near: bool,
    pub phase: &'static str,
    pub up: bool,
    /// `a=accept-types` of the two ends.
    pub near_types: String,
    pub far_types: String,
    /// Which of its dialogs are in use.
    pub part: Part,
    /// What the participating function has taken for a client that is away: the message, and its imdn.Message-ID.
    pub kept: Vec<(Entity, String)>,
    /// The last document that it was told meanwhile.
    pub kept_info: Option<Entity>,
}

/// The dialogs of a leg that are in use.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Part {
    #[default]
    All,
    /// Between the client and its participating function.
    Client,
    /// Between the participating function and the focus: the client is away.
    Network,
}

impl Leg {
    /// The dialogs in the order a request passes them.
    pub fn hops(&self, from_near: bool) -> Vec<usize> {
        let mut hops = match self.part {
            Part::All => (0..self.dialogs.len()).collect::<Vec<_>>(),
            Part::Client => vec![0],
            Part::Network => vec![self.dialogs.len() - 1],
        };
        if !from_near {
            hops.reverse();
        }
        hops
    }
}

/// What a request or response of a transaction says beyond the dialog's own headers.
pub(super) struct Request<'a> {
    pub method: &'static str,
    /// The Request-URI when it is not the peer's contact.
    pub uri: Option<&'a str>,
    pub headers: &'a dyn Fn(&Dialog, &Side) -> Headers,
    pub body: Option<Entity>,
}

pub(super) const NO_HEADERS: &dyn Fn(&Dialog, &Side) -> Headers = &|_, _| Headers::default();

impl Stage {
    /// A request of an existing or new dialog.
    pub fn request(&mut self, dialog: &mut Dialog, from_near: bool, request: &Request<'_>) -> Sip {
        let branch = self.random.hex(16);
        let (me, peer) = if from_near { (&mut dialog.near, &dialog.far) } else { (&mut dialog.far, &dialog.near) };
        if request.method != "ACK" {
            me.cseq += 1;
        }
        let first = dialog.created_by.is_none();
        let node = &self.nodes[me.node];
        let rport = if node.client { ";rport" } else { "" };
        let peer_tag = if dialog.early { format!(";tag={}", peer.tag) } else { String::new() };
        let mut headers = Headers::default();
        let via =
            format!("SIP/2.0/{} {}:{SIP_PORT};branch=z9hG4bK{branch}{rport}", self.via_transport(), host(node.ip));
        headers.add("Via", via);
        headers.add("Max-Forwards", "70");
        if first && node.client {
            headers.add("Route", format!("<sip:{}:{SIP_PORT};lr>", host(self.nodes[peer.node].ip)));
        }
        headers.add("From", format!("{};tag={}", me.address, me.tag));
        headers.add("To", format!("{}{peer_tag}", peer.address));
        headers.add("Call-ID", dialog.call_id.as_str());
        headers.add("CSeq", format!("{} {}", me.cseq, request.method));
        let uri = request.uri.unwrap_or(&peer.target).to_owned();
        let me = if from_near { &dialog.near } else { &dialog.far };
        headers.0.extend((request.headers)(dialog, me).0);
        Sip { start: format!("{} {uri} SIP/2.0", request.method), headers, body: request.body.clone() }
    }

    /// A request from one end of a leg to the other, and its response back. Returns the request's copies in order.
    pub fn exchange(
        &mut self,
        leg: &mut Leg,
        from_near: bool,
        request: &Request<'_>,
        status: &str,
        reply: &dyn Fn(&Dialog, &Side) -> Headers,
    ) -> Vec<MessageId> {
        let hops = leg.hops(from_near);
        let mut sent = Vec::with_capacity(hops.len());
        for &hop in &hops {
            let dialog = &mut leg.dialogs[hop];
            let sip = self.request(dialog, from_near, request);
            let (from, to) = (dialog.sides(from_near).0.node, dialog.sides(from_near).1.node);
            if dialog.created_by.is_none() {
                dialog.created_by = Some(sip.clone());
            }
            sent.push((self.sip(from, to, sip.clone()), sip));
        }
        for (&hop, (_, sip)) in hops.iter().zip(&sent).rev() {
            let dialog = &mut leg.dialogs[hop];
            dialog.early = true;
            let (from, to) = dialog.sides(from_near);
            let response = respond(sip, status, Some(&to.tag), reply(dialog, to), None);
            let (from, to) = (from.node, to.node);
            self.sip(to, from, response);
        }
        sent.into_iter().map(|(id, _)| id).collect()
    }
}

/// The response to a request; `tag` is added to a To that has none.
pub(super) fn respond(request: &Sip, status: &str, tag: Option<&str>, more: Headers, body: Option<Entity>) -> Sip {
    let mut headers = Headers::default();
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        let value = request.headers.get(name).unwrap_or_default();
        match tag {
            Some(tag) if name == "To" && !value.contains(";tag=") => headers.add(name, format!("{value};tag={tag}")),
            _ => headers.add(name, value),
        }
    }
    headers.0.extend(more.0);
    Sip { start: format!("SIP/2.0 {status}"), headers, body }
}
