//! How a session is changed while it runs: re-INVITEs that the focus passes to everybody (7.2.2).

use super::super::bodies::{Media, sdp};
use super::super::cast::host;
use super::super::dialog::{Dialog, Leg, Request, Side, respond};
use super::super::setup::session_expires;
use super::super::stage::Stage;
use super::super::text::{Entity, Headers, Sip};
use super::Director;

/// The port that everybody offers and answers for audio.
const AUDIO_PORT: u16 = 49_170;

/// A stream that is not used any more keeps its m-line (RFC 3264 §8.2).
const UNUSED: Option<u16> = Some(0);

impl Director<'_> {
    /// Adds an audio stream: the focus asks all others, takes it back from those who have accepted where somebody refuses, and
    /// answers whoever asked for it.
    pub(super) fn modify(&mut self, by: &str, refused_by: &[String]) {
        self.stage.begin("modify");
        let person = self.person(by);
        self.operation("modify", Some(person), None, None);
        let own = self.leg_of(person);
        let asked = self.stage.reinvite(&mut self.legs[own], true, Some(AUDIO_PORT));
        let others: Vec<usize> = self.connected().into_iter().filter(|&other| other != person).collect();
        let mut accepted = Vec::new();
        for other in others {
            let leg = self.leg_of(other);
            let invites = self.stage.reinvite(&mut self.legs[leg], false, Some(AUDIO_PORT));
            if refused_by.contains(&self.name(other)) {
                self.stage.refuse_change(&self.legs[leg], false, &invites);
            } else {
                self.stage.accept_change(&mut self.legs[leg], false, &invites, Some(AUDIO_PORT));
                accepted.push(leg);
            }
        }
        if refused_by.is_empty() {
            self.stage.accept_change(&mut self.legs[own], true, &asked, Some(AUDIO_PORT));
            return;
        }
        self.stage.refuse_change(&self.legs[own], true, &asked);
        self.stage.begin("take back");
        for leg in accepted {
            let invites = self.stage.reinvite(&mut self.legs[leg], false, UNUSED);
            self.stage.accept_change(&mut self.legs[leg], false, &invites, UNUSED);
        }
    }
}

impl Stage {
    /// Sends a re-INVITE along the leg; each hop answers 100. Returns the copies in the order of the hops that they pass.
    fn reinvite(&mut self, leg: &mut Leg, from_near: bool, audio: Option<u16>) -> Vec<Sip> {
        let mut sent = Vec::new();
        for hop in leg.hops(from_near) {
            let body = self.changed(leg, hop, from_near, "actpass", audio);
            let dialog = &mut leg.dialogs[hop];
            let headers = |_: &Dialog, me: &Side| {
                let mut headers = Headers::default();
                headers.add("Contact", me.contact.as_str());
                headers.add("Session-Expires", session_expires(from_near));
                headers.add("Supported", "timer");
                headers.add("User-Agent", me.agent.as_str());
                headers
            };
            let request = Request { method: "INVITE", uri: None, headers: &headers, body: Some(body) };
            let sip = self.request(dialog, from_near, &request);
            let (from, to) = (dialog.sides(from_near).0.node, dialog.sides(from_near).1.node);
            self.sip(from, to, sip.clone());
            self.sip(to, from, respond(&sip, "100 Trying", None, Headers::default(), None));
            sent.push(sip);
        }
        sent
    }

    fn accept_change(&mut self, leg: &mut Leg, from_near: bool, invites: &[Sip], audio: Option<u16>) {
        let hops = leg.hops(from_near);
        for (&hop, invite) in hops.iter().zip(invites).rev() {
            let body = self.changed(leg, hop, !from_near, "active", audio);
            let dialog = &leg.dialogs[hop];
            let (from, to) = dialog.sides(from_near);
            let mut headers = Headers::default();
            headers.add("Contact", to.contact.as_str());
            headers.add("Session-Expires", session_expires(from_near));
            headers.add("Require", "timer");
            headers.add("User-Agent", to.agent.as_str());
            self.sip(to.node, from.node, respond(invite, "200 OK", None, headers, Some(body)));
        }
        for (&hop, invite) in hops.iter().zip(invites) {
            let dialog = &mut leg.dialogs[hop];
            let headers = |_: &Dialog, _: &Side| Headers::default();
            let request = Request { method: "ACK", uri: None, headers: &headers, body: None };
            let mut ack = self.request(dialog, from_near, &request);
            // Requests the other way count on their own.
            ack.headers.set("CSeq", format!("{} ACK", number(invite)));
            let (from, to) = dialog.sides(from_near);
            self.sip(from.node, to.node, ack);
        }
    }

    fn refuse_change(&mut self, leg: &Leg, from_near: bool, invites: &[Sip]) {
        let hops = leg.hops(from_near);
        for (&hop, invite) in hops.iter().zip(invites).rev() {
            let (from, to) = leg.dialogs[hop].sides(from_near);
            let refusal = respond(invite, "488 Not Acceptable Here", None, Headers::default(), None);
            self.sip(to.node, from.node, refusal);
            let mut headers = Headers::default();
            for name in ["Via", "Max-Forwards", "From", "To", "Call-ID"] {
                headers.add(name, invite.headers.get(name).unwrap_or_default());
            }
            headers.add("CSeq", format!("{} ACK", number(invite)));
            let uri = invite.start.split(' ').nth(1).unwrap_or_default();
            self.sip(from.node, to.node, Sip { start: format!("ACK {uri} SIP/2.0"), headers, body: None });
        }
    }

    /// The next description of one side: its MSRP stream as it was, and an audio stream or none.
    fn changed(&mut self, leg: &mut Leg, hop: usize, near: bool, setup: &'static str, audio: Option<u16>) -> Entity {
        leg.dialogs[hop].sides_mut(near).0.description.1 += 1;
        let side = leg.dialogs[hop].sides(near).0;
        let node = &self.nodes[side.node];
        let (session, version) = side.description;
        sdp(&Media {
            host: &host(node.ip),
            ipv6: node.ip.is_ipv6(),
            session,
            version,
            port: side.msrp_port,
            path: &side.msrp_path,
            setup,
            accept_types: if near { &leg.near_types } else { &leg.far_types },
            closed: false,
            max_size: !node.client,
            audio,
        })
    }
}

/// The number in the CSeq of a request.
fn number(request: &Sip) -> &str {
    request.headers.get("CSeq").and_then(|cseq| cseq.split(' ').next()).unwrap_or_default()
}
