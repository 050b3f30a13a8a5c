//! INVITE transactions along a leg: invite, ring, answer, acknowledge, cancel.

use super::MessageId;
use super::bodies::{Media, resource_list, sdp};
use super::cast::{ICSI, host};
use super::dialog::{Dialog, Leg, Request, Side, respond};
use super::stage::Stage;
use super::text::{Entity, Headers};
use crate::truth::Mark;

pub(super) const ALLOW: &str =
    "INVITE, ACK, OPTIONS, CANCEL, BYE, UPDATE, INFO, REFER, NOTIFY, SUBSCRIBE, MESSAGE, PRACK";

/// What an INVITE asks for.
#[derive(Clone)]
pub(super) struct Invitation {
    /// Request-URI.
    pub uri: String,
    pub group: bool,
    pub conversation_id: String,
    pub contribution_id: String,
    pub in_reply_to: Option<String>,
    pub replaces: Option<String>,
    pub subject: Option<String>,
    pub referred_by: Option<String>,
    /// The disposition of the URI list, and the URIs.
    pub list: Option<(&'static str, Vec<String>)>,
    pub privacy: bool,
    pub closed: bool,
}

/// What a 200 to an INVITE says about the session.
pub(super) struct Acceptance {
    pub conversation_id: String,
    pub contribution_id: String,
    /// In the answer to a re-join (5.2.6 step 8).
    pub in_reply_to: Option<String>,
    pub closed: bool,
}

impl Stage {
    /// Sends the INVITE along the leg; each hop answers 100. Returns the copies in order.
    pub fn invite(&mut self, leg: &mut Leg, invitation: &Invitation) -> Vec<MessageId> {
        let from_near = leg.from_near;
        let mut sent = Vec::new();
        for hop in leg.hops(from_near) {
            let cell = self.random.hex(5);
            let body = self.offer(leg, hop, invitation);
            let dialog = &mut leg.dialogs[hop];
            let headers = |_: &Dialog, me: &Side| invitation.headers(me, from_near, &cell);
            let request = Request { method: "INVITE", uri: Some(&invitation.uri), headers: &headers, body: Some(body) };
            let now_us = self.now_us;
            let sip = self.request(dialog, from_near, &request);
            let (from, to) = (dialog.sides(from_near).0.node, dialog.sides(from_near).1.node);
            let id = self.sip(from, to, sip.clone());
            self.sip(to, from, respond(&sip, "100 Trying", None, Headers::default(), None));
            dialog.created_by = Some(sip);
            if let Some(record) = &mut dialog.record {
                record.t_invite_us = now_us;
                record.at = Mark::of(id);
            }
            sent.push(id);
        }
        sent
    }

    pub fn ring(&mut self, leg: &mut Leg) {
        let from_near = leg.from_near;
        for hop in leg.hops(!from_near) {
            let dialog = &mut leg.dialogs[hop];
            dialog.early = true;
            let to = dialog.sides(from_near).1;
            let mut headers = Headers::default();
            headers.add("Contact", to.contact.as_str());
            headers.add("User-Agent", to.agent.as_str());
            self.invite_response(from_near, dialog, "180 Ringing", headers, None);
        }
    }

    /// The far end of the INVITE accepts.
    pub fn accept(&mut self, leg: &mut Leg, acceptance: &Acceptance) -> Vec<MessageId> {
        let from_near = leg.from_near;
        let mut sent = Vec::new();
        for hop in leg.hops(!from_near) {
            let body = self.answer(leg, hop, acceptance.closed);
            let dialog = &mut leg.dialogs[hop];
            dialog.early = true;
            let to = dialog.sides(from_near).1;
            let mut headers = Headers::default();
            headers.add("Contact", to.contact.as_str());
            headers.add(to.identity_header(), to.identity.as_str());
            headers.add("Conversation-ID", acceptance.conversation_id.as_str());
            headers.add("Contribution-ID", acceptance.contribution_id.as_str());
            // An invited client repeats what the INVITE has (5.2.2 step 8 c).
            let asked = dialog.created_by.as_ref().and_then(|invite| invite.headers.get("InReplyTo-Contribution-ID"));
            let repeated = asked.filter(|_| !from_near).map(str::to_owned);
            if let Some(in_reply_to) = acceptance.in_reply_to.clone().or(repeated) {
                headers.add("InReplyTo-Contribution-ID", in_reply_to);
            }
            headers.add("Session-Expires", session_expires(from_near));
            headers.add("Require", "timer");
            headers.add("Supported", "timer");
            headers.add("Allow", ALLOW);
            headers.add("User-Agent", to.agent.as_str());
            if !to.client {
                headers.add("Server", to.agent.as_str());
            }
            sent.push(self.invite_response(from_near, dialog, "200 OK", headers, Some(body)));
            if let Some(record) = &mut dialog.record {
                record.final_code = Some(200);
            }
        }
        sent
    }

    /// The ACK of a 2xx: a request of the dialog, end to end. Returns the copies in order.
    pub fn acknowledge(&mut self, leg: &mut Leg) -> Vec<MessageId> {
        let from_near = leg.from_near;
        leg.up = true;
        let mut sent = Vec::new();
        for hop in leg.hops(from_near) {
            let dialog = &mut leg.dialogs[hop];
            let (from, to) = (dialog.sides(from_near).0.node, dialog.sides(from_near).1.node);
            let headers = |_: &Dialog, me: &Side| agent(me);
            let ack =
                self.request(dialog, from_near, &Request { method: "ACK", uri: None, headers: &headers, body: None });
            let tag = dialog.sides(from_near).1.tag.clone();
            if let Some(record) = &mut dialog.record {
                record.t_established_us = Some(self.now_us);
                record.to_tag = Some(tag);
            }
            sent.push(self.sip(from, to, ack));
        }
        sent
    }

    /// The far end of the INVITE refuses; every hop acknowledges.
    pub fn refuse(&mut self, leg: &mut Leg, status: &str, more: &Headers) -> MessageId {
        let from_near = leg.from_near;
        let mut first = None;
        for hop in leg.hops(!from_near) {
            let dialog = &mut leg.dialogs[hop];
            dialog.early = true;
            let (from, to) = (dialog.sides(from_near).0.node, dialog.sides(from_near).1.node);
            let mut headers = more.clone();
            headers.add("User-Agent", dialog.sides(from_near).1.agent.as_str());
            let id = self.invite_response(from_near, dialog, status, headers, None);
            first.get_or_insert(id);
            let ack = hop_request(dialog, from_near, "ACK");
            self.sip(from, to, ack);
            let tag = dialog.sides(from_near).1.tag.clone();
            if let Some(record) = &mut dialog.record {
                record.final_code = status.get(..3).and_then(|code| code.parse().ok());
                record.to_tag = Some(tag);
            }
        }
        first.expect("a leg has a dialog")
    }

    /// CANCEL along the leg, then 487 back (RFC 3261 §9).
    pub fn cancel(&mut self, leg: &mut Leg) -> MessageId {
        let from_near = leg.from_near;
        for hop in leg.hops(from_near) {
            let dialog = &leg.dialogs[hop];
            let (from, to) = (dialog.sides(from_near).0.node, dialog.sides(from_near).1.node);
            let cancel = hop_request(dialog, from_near, "CANCEL");
            let ok = respond(&cancel, "200 OK", Some(&dialog.sides(from_near).1.tag), Headers::default(), None);
            self.sip(from, to, cancel);
            self.sip(to, from, ok);
        }
        self.refuse(leg, "487 Request Terminated", &Headers::default())
    }

    fn invite_response(
        &mut self,
        from_near: bool,
        dialog: &Dialog,
        status: &str,
        headers: Headers,
        body: Option<Entity>,
    ) -> MessageId {
        let invite = dialog.created_by.as_ref().expect("an INVITE is answered after it was sent");
        let (from, to) = dialog.sides(from_near);
        let response = respond(invite, status, Some(&to.tag), headers, body);
        self.sip(to.node, from.node, response)
    }

    fn offer(&mut self, leg: &mut Leg, hop: usize, invitation: &Invitation) -> Entity {
        let setup = if leg.from_near { "active" } else { "actpass" };
        let sdp = self.media(leg, hop, leg.from_near, setup, invitation.closed);
        match &invitation.list {
            None => sdp,
            Some((disposition, uris)) => {
                let boundary = format!("----=_Part_{}", self.random.hex(12));
                Entity::multipart(boundary, vec![sdp, resource_list(disposition, uris)])
            }
        }
    }

    fn answer(&mut self, leg: &mut Leg, hop: usize, closed: bool) -> Entity {
        let setup = if !leg.from_near && leg.dialogs[hop].near.client { "active" } else { "passive" };
        self.media(leg, hop, !leg.from_near, setup, closed)
    }

    fn media(&mut self, leg: &mut Leg, hop: usize, near: bool, setup: &'static str, closed: bool) -> Entity {
        let session = self.random.range(100_000, 9_999_999);
        leg.dialogs[hop].sides_mut(near).0.description = (session, session);
        let side = leg.dialogs[hop].sides(near).0;
        let node = &self.nodes[side.node];
        let (node_host, ipv6, client) = (host(node.ip), node.ip.is_ipv6(), node.client);
        sdp(&Media {
            host: &node_host,
            ipv6,
            session,
            version: session,
            port: side.msrp_port,
            path: &side.msrp_path,
            setup,
            accept_types: if near { &leg.near_types } else { &leg.far_types },
            closed,
            max_size: !client,
            audio: None,
        })
    }
}

impl Invitation {
    fn headers(&self, me: &Side, from_near: bool, cell: &str) -> Headers {
        let mut headers = Headers::default();
        headers.add("Contact", me.contact.as_str());
        headers.add("Accept-Contact", format!("*;{ICSI}"));
        headers.add(me.identity_header(), me.identity.as_str());
        let group = if self.group { ".group" } else { "" };
        headers.add(me.service_header(), format!("urn:urn-7:3gpp-service.ims.icsi.oma.cpm.session{group}"));
        if me.client {
            headers.add("P-Access-Network-Info", format!("3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=00101{cell}"));
        }
        if self.privacy {
            headers.add("Privacy", "id");
        }
        headers.add("Conversation-ID", self.conversation_id.as_str());
        headers.add("Contribution-ID", self.contribution_id.as_str());
        let optional = [
            ("InReplyTo-Contribution-ID", self.in_reply_to.clone()),
            ("Session-Replaces", self.replaces.clone()),
            ("Subject", self.subject.clone()),
            ("Referred-By", self.referred_by.as_ref().map(|uri| format!("<{uri}>"))),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                headers.add(name, value);
            }
        }
        headers.add("Session-Expires", session_expires(from_near));
        headers.add("Supported", if me.client { "timer, 100rel, gruu" } else { "timer" });
        if matches!(self.list, Some(("recipient-list", _))) {
            headers.add("Require", "recipient-list-invite");
        }
        headers.add("Allow", ALLOW);
        headers.add("User-Agent", me.agent.as_str());
        headers
    }
}

/// Just the User-Agent.
fn agent(me: &Side) -> Headers {
    let mut headers = Headers::default();
    headers.add("User-Agent", me.agent.as_str());
    headers
}

/// The client refreshes, whoever invited whom (5.2.5 step 9.iii.1.a, 7.2.3 step 5).
pub(super) fn session_expires(from_near: bool) -> &'static str {
    if from_near { "1800;refresher=uac" } else { "1800;refresher=uas" }
}

/// A CANCEL, or the ACK of a refusal: hop by hop, on the INVITE's branch (RFC 3261 §9.1, §17.1.1.3).
fn hop_request(dialog: &Dialog, from_near: bool, method: &str) -> super::text::Sip {
    let invite = dialog.created_by.as_ref().expect("the INVITE was sent before");
    let uri = invite.start.split(' ').nth(1).unwrap_or_default();
    let mut headers = Headers::default();
    for name in ["Via", "Max-Forwards", "Route", "From", "To", "Call-ID"] {
        if let Some(value) = invite.headers.get(name) {
            headers.add(name, value);
        }
    }
    if method == "ACK" {
        headers.set("To", format!("{};tag={}", dialog.sides(from_near).1.address, dialog.sides(from_near).1.tag));
    }
    let number = invite.headers.get("CSeq").and_then(|cseq| cseq.split(' ').next()).unwrap_or_default();
    headers.add("CSeq", format!("{number} {method}"));
    super::text::Sip { start: format!("{method} {uri} SIP/2.0"), headers, body: None }
}

impl Stage {
    /// BYE from one end, answered by the other, MSRP closed. Returns the copies in order.
    pub fn bye(&mut self, leg: &mut Leg, from_near: bool, headers: &Headers) -> Vec<MessageId> {
        leg.up = false;
        let time_us = self.now_us;
        let headers = |_: &Dialog, me: &Side| {
            let mut all = headers.clone();
            all.0.extend(agent(me).0);
            all
        };
        let request = Request { method: "BYE", uri: None, headers: &headers, body: None };
        let sent = self.exchange(leg, from_near, &request, "200 OK", &|_, me| agent(me));
        for hop in leg.hops(from_near) {
            if let Some(record) = &mut leg.dialogs[hop].record {
                record.t_bye_us = Some(time_us);
                record.bye_by = Some(if from_near { "client" } else { "focus" });
            }
        }
        sent
    }
}
