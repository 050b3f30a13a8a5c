//! SIP requests of ours: composed, sent, sent again, given up, taken back.

use std::time::Duration;

use super::sip::branch_of;
use super::*;
use crate::replay::compose::{Composed, Request};
use crate::replay::sip_template::SipTemplate;
use crate::replay::transaction::Due;
use crate::replay::{digits, plain};
use crate::wire::sip::{Message, Name};
use crate::wire::uri::NameAddr;

impl Player {
    pub(super) fn send_request(&mut self, step: usize, now: Duration) {
        let score = Arc::clone(&self.score);
        let planned = &score.plan.steps[step];
        let leg = planned.leg;
        let Some(template) = &score.sip[step] else { return };
        let method = template.message.method().unwrap_or_default();
        if method == "CANCEL" {
            return self.send_cancel(step, leg, now);
        }
        if template.is_inside && self.legs[leg].dialog.peer_tag.is_empty() {
            let why = "there is no dialog to send it in".to_owned();
            return self.settle(step, Outcome::NotRun { why }, false, now);
        }
        if method == "PRACK" && self.legs[leg].dialog.rseq.is_none() {
            let why = "no provisional response asks for it".to_owned();
            return self.settle(step, Outcome::NotRun { why }, false, now);
        }
        if self.legs[leg].killed {
            return self.settle(step, Outcome::NotRun { why: "the session was over".into() }, false, now);
        }
        if self.waits_for_relay(step, template) {
            return;
        }
        self.own_media(leg, template);
        let to = self.destination(leg, template);
        let Some(to) = to else {
            let why = "it is not known where to send it: no --target, no --map, and nobody called".to_owned();
            return self.settle(step, Outcome::NotRun { why }, false, now);
        };
        if !self.legs[leg].begun {
            self.legs[leg].begun = true;
            let call_id = self.legs[leg].dialog.call_id.clone();
            self.actions.push_back(Action::Call { call_id });
        }
        self.transmit(step, leg, template, method, None, 0, to, now);
        self.steps[step].sent_at = Some(now);
        self.settle(step, Outcome::Expected, true, now);
        if method == "BYE" {
            self.legs[leg].dialog.ended = true;
        }
    }

    /// Composes a request of a step and begins its transaction.
    #[allow(clippy::too_many_arguments, reason = "what makes a request is that much")]
    pub(super) fn transmit(
        &mut self,
        step: usize,
        leg: usize,
        template: &SipTemplate,
        method: &str,
        credentials: Option<(String, String)>,
        attempts: usize,
        to: Hop,
        now: Duration,
    ) {
        let branch = self.branch();
        let cseq = self.legs[leg].dialog.next_cseq();
        let routes = std::mem::take(&mut self.service_route);
        let (mut context, dialog) = self.context(leg);
        let request = Request { dialog, cseq, branch: &branch, routes: &routes, credentials: credentials.as_ref() };
        let composed = context.request(template, method, &request);
        self.service_route = routes;
        self.remember_own(leg, template, &composed, true);
        let mut bytes = composed.bytes;
        if method == "PRACK" {
            bytes = self.with_right_rack(leg, bytes);
        }
        if let Some(id) = template.message.header(Name::ContributionId).filter(|_| method == "INVITE") {
            let contribution_id = self.ids.get(leg, id.trim()).unwrap_or(id.trim()).to_owned();
            self.actions.push_back(Action::Group { contribution_id });
        }
        let reliable = self.settings.transport.is_reliable();
        let is_invite = method == "INVITE";
        let place = self.clients.len();
        if is_invite {
            self.legs[leg].invite_client = Some(place);
        }
        let transaction = Client::new(now, is_invite, reliable);
        self.clients.push(ClientEntry {
            transaction,
            leg,
            step: Some(step),
            method: method.to_owned(),
            cseq,
            bytes: bytes.clone(),
            to,
            attempts,
        });
        self.by_branch.insert(branch, place);
        self.schedule_client(place);
        self.emit(Some(step), Action::Sip { to, bytes });
        if is_invite && !template.is_inside {
            self.fork(leg);
        }
    }

    /// RAck names the provisional response and the CSeq of its INVITE (RFC 3262 §7.2), both of which are other ones now.
    fn with_right_rack(&self, leg: usize, bytes: Vec<u8>) -> Vec<u8> {
        let state = &self.legs[leg];
        let cseq = state.invite_client.map(|place| self.clients[place].cseq);
        let (Some(cseq), Some(rseq), Some(message)) = (cseq, &state.dialog.rseq, Message::parse(&bytes[..])) else {
            return bytes;
        };
        let rack = message.headers().find(|header| header.written_name().eq_ignore_ascii_case("RAck"));
        let Some(value) = rack.map(|header| header.span.value.range()) else { return bytes };
        [&bytes[..value.start], format!("{rseq} {cseq} INVITE").as_bytes(), &bytes[value.end..]].concat()
    }

    /// Keeps of a message of ours what later ones need.
    pub(super) fn remember_own(&mut self, leg: usize, template: &SipTemplate, own: &Composed, is_request: bool) {
        let state = &mut self.legs[leg];
        // Of a response the request has told it.
        if state.own_address.is_empty() && is_request {
            let text = |range: &std::ops::Range<usize>| String::from_utf8_lossy(&own.bytes[range.clone()]).into_owned();
            (state.own_address, state.peer_address) = (text(&own.from), text(&own.to));
        }
        if let Some(media) = &template.media {
            state.own_setup = media.setup;
            state.own_offers = is_request;
            let content_type = template.message.header(Name::ContentType).unwrap_or_default().into_owned();
            state.sdp = Some((content_type, own.bytes[own.body..].to_vec()));
        }
    }

    /// Gives the leg a path of ours before its first SDP is written.
    pub(super) fn own_media(&mut self, leg: usize, template: &SipTemplate) {
        let Some(original) = template.session_id() else { return };
        let own = self.ids.name(leg, Scope::Leg(leg), original);
        if self.legs[leg].own_session_id != own {
            let own = own.to_owned();
            self.choose_protection(leg);
            let scheme = if self.legs[leg].own_tls { "msrps://" } else { "msrp://" };
            let address = digits::address_text(self.msrp_address(leg));
            self.legs[leg].own_path = [scheme, &address, "/", &own, ";tcp"].concat();
            self.legs[leg].own_session_id = own.clone();
            self.actions.push_back(Action::Session { session_id: own, leg });
        }
    }

    /// Where a request goes: inside a dialog along its routes, else where the user said; never where the capture says.
    fn destination(&self, leg: usize, template: &SipTemplate) -> Option<Hop> {
        let state = &self.legs[leg];
        let uri_of = |value: &str| NameAddr::parse(value).map(|address| address.uri().to_owned());
        if template.is_inside {
            // Over a connection the far end is at its other end.
            if let Some(peer) = state.peer.filter(|peer| peer.flow != 0) {
                return Some(peer);
            }
            let next =
                state.dialog.routes.first().and_then(|route| uri_of(route)).or_else(|| state.dialog.target.clone());
            let resolved = next.and_then(|uri| self.route.resolve(&uri)).map(|address| Hop { address, flow: 0 });
            return resolved.or(state.peer).or_else(|| self.otherwise());
        }
        let uri = template.message.request_uri().unwrap_or_default();
        let to = template.message.header(Name::To).unwrap_or_default();
        let mapped = self.route.mapped(&uri).or_else(|| self.route.mapped(&uri_of(&to)?));
        mapped.map(|address| Hop { address, flow: 0 }).or_else(|| self.otherwise())
    }

    pub(super) fn otherwise(&self) -> Option<Hop> {
        self.route.target.map(|address| Hop { address, flow: 0 }).or(self.caller)
    }

    /// The CANCEL of an INVITE that rings (RFC 3261 §9.1).
    fn send_cancel(&mut self, step: usize, leg: usize, now: Duration) {
        let Some(place) = self.legs[leg].invite_client else { return };
        if self.clients[place].transaction.is_done() {
            let why = "the INVITE was answered before".to_owned();
            return self.settle(step, Outcome::NotRun { why }, true, now);
        }
        if !self.clients[place].transaction.is_proceeding() {
            // Not before it was heard of.
            let at = now + Duration::from_millis(20);
            self.steps[step].due = Some(at);
            return self.push(at, Task::Run(step));
        }
        self.cancel(place, Some(step), now);
        self.settle(step, Outcome::Expected, true, now);
    }

    pub(super) fn cancel(&mut self, place: usize, step: Option<usize>, now: Duration) {
        let (leg, to, cseq) = (self.clients[place].leg, self.clients[place].to, self.clients[place].cseq);
        let reason = step.and_then(|step| {
            let template = self.score.sip[step].as_ref()?;
            template.message.header(Name::Reason).map(|reason| format!("Reason: {reason}\r\n"))
        });
        let extra = reason.unwrap_or_default();
        let Some(bytes) = plain::of_same_transaction(&self.clients[place].bytes, "CANCEL", None, &extra) else {
            return;
        };
        let branch = Message::parse(&bytes[..]).and_then(|message| branch_of(&message)).unwrap_or_default();
        let reliable = self.settings.transport.is_reliable();
        self.clients[place].transaction.expect_end(now);
        self.schedule_client(place);
        let own = self.clients.len();
        self.clients.push(ClientEntry {
            transaction: Client::new(now, false, reliable),
            leg,
            step,
            method: "CANCEL".into(),
            cseq,
            bytes: bytes.clone(),
            to,
            attempts: MAX_ATTEMPTS,
        });
        self.by_branch.insert(format!("{branch} CANCEL"), own);
        self.schedule_client(own);
        self.emit(step, Action::Sip { to, bytes });
    }

    pub(super) fn send_planned_ack(&mut self, step: usize, now: Duration) {
        // The ACK went with the 2xx; where none came, none is due.
        let leg = self.score.plan.steps[step].leg;
        let outcome = match self.legs[leg].ack {
            Some(_) => Outcome::Expected,
            None => Outcome::NotRun { why: "no 2xx came".into() },
        };
        let holds = outcome.is_good();
        self.settle(step, outcome, holds, now);
    }

    pub(super) fn schedule_client(&mut self, place: usize) {
        if let Some(at) = self.clients[place].transaction.poll_timeout() {
            self.push(at, Task::Client(place));
        }
    }

    pub(super) fn schedule_server(&mut self, place: usize) {
        if let Some(at) = self.servers[place].transaction.poll_timeout() {
            self.push(at, Task::Server(place));
        }
    }

    pub(super) fn client_timeout(&mut self, place: usize, now: Duration) {
        match self.clients[place].transaction.handle_timeout(now) {
            Some(Due::Resend) => {
                let (to, bytes) = (self.clients[place].to, self.clients[place].bytes.clone());
                self.emit(self.clients[place].step, Action::Sip { to, bytes });
            }
            Some(Due::GiveUp) => self.no_answer(place, "no answer in 32 s", now),
            None => return self.schedule_client(place),
        }
        self.schedule_client(place);
    }

    fn no_answer(&mut self, place: usize, why: &str, now: Duration) {
        let (leg, step) = (self.clients[place].leg, self.clients[place].step);
        let method = self.clients[place].method.clone();
        let Some(step) = step else { return };
        let score = Arc::clone(&self.score);
        let mut planned = false;
        for &answer in &score.about[step] {
            planned = true;
            let outcome = match score.plan.steps[answer].optional {
                true => Outcome::Skipped,
                false => Outcome::Missing { why: why.to_owned() },
            };
            self.settle(answer, outcome, false, now);
        }
        if !planned {
            self.note(format!("step {}: {why}", step + 1));
        }
        if Some(step) == score.first[leg] {
            self.end_forks(leg, &format!("its {method} was not answered"), now);
        }
    }

    /// The network says that nobody is there.
    pub fn handle_unreachable(&mut self, now: Duration, to: Hop, why: &str) {
        self.note(format!("{}: {why}", to.address));
        if !self.settings.transport.is_reliable() {
            return;
        }
        for place in 0..self.clients.len() {
            let entry = &mut self.clients[place];
            if entry.to.address == to.address && !entry.transaction.is_done() {
                entry.transaction.handle_response(now, 503);
                self.no_answer(place, &format!("{}: {why}", to.address), now);
            }
        }
        self.settle_passed(now);
        self.look_whether_done(now);
    }
}
