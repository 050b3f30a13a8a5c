//! The SIP of a player: requests and responses of its legs, their transactions and dialogs.

use std::time::Duration;

use super::*;
use crate::replay::body::{self, OwnMedia};
use crate::replay::compose::{self, Context, Request};
use crate::replay::digest::{Challenge, Credentials};
use crate::replay::transaction::{Due, Heard};
use crate::replay::{dialog, learn};
use crate::session::msrp_media;
use crate::wire::sip::{Message, Name};
use crate::wire::uri::{NameAddr, split_values};

impl Player {
    /// How well a request outside a dialog fits what this player waits for.
    pub fn interest(&self, message: &Message<'_>) -> Option<(u32, usize)> {
        if self.finished_at.is_some() {
            return None;
        }
        let plan = &self.score.plan;
        let waiting = plan.legs.iter().enumerate().filter(|(index, leg)| !leg.caller && !self.legs[*index].begun);
        let fits = waiting.filter_map(|(index, _)| {
            let step = &plan.steps[self.score.first[index]?];
            let template = Message::parse(&step.message[..])?;
            Some((judge::fit(&self.ids, index, &template, message)?, index))
        });
        // The first of those that fit best.
        fits.reduce(|best, next| if next.0 > best.0 { next } else { best })
    }

    /// Begins the leg that a request outside a dialog is for.
    pub fn adopt(&mut self, leg: usize, message: &Message<'_>) {
        let call_id = message.header(Name::CallId).unwrap_or_default().into_owned();
        let state = &mut self.legs[leg];
        state.begun = true;
        state.dialog.call_id = call_id.clone();
        self.ids.learn(Scope::Everywhere, &self.score.plan.legs[leg].call_id, &call_id);
        self.actions.push_back(Action::Call { call_id });
        if let Some(id) = message.header(Name::ContributionId) {
            self.actions.push_back(Action::Group { contribution_id: id.trim().to_owned() });
        }
    }

    fn leg_of(&self, message: &Message<'_>) -> Option<usize> {
        let call_id = message.header(Name::CallId)?;
        self.legs.iter().position(|leg| leg.dialog.call_id == *call_id)
    }

    pub(super) fn context(&mut self, leg: usize) -> Context<'_> {
        let media = (!self.legs[leg].own_path.is_empty())
            .then(|| OwnMedia { address: self.media_address(leg), path: self.legs[leg].own_path.clone() });
        Context {
            leg,
            local: self.local,
            media,
            names_focus: self.score.plan.side == Side::Focus,
            keep_ids: self.settings.keep_ids,
            ids: &mut self.ids,
        }
    }

    fn branch(&mut self) -> String {
        format!("z9hG4bK{}", self.ids.fresh.hex(20))
    }

    // ---- requests of ours ----

    pub(super) fn send_request(&mut self, step: usize, now: Duration) {
        let score = Arc::clone(&self.score);
        let planned = &score.plan.steps[step];
        let leg = planned.leg;
        let Some(template) = Message::parse(&planned.message[..]) else { return };
        let method = template.method().unwrap_or_default().to_owned();
        if method == "CANCEL" {
            return self.send_cancel(step, leg, now);
        }
        let wants_dialog = template.header(Name::To).is_some_and(|to| to.contains(";tag="));
        if wants_dialog && self.legs[leg].dialog.peer_tag.is_empty() {
            let why = "there is no dialog to send it in".to_owned();
            return self.settle(step, Outcome::NotRun { why }, false, now);
        }
        if self.legs[leg].killed {
            return self.settle(step, Outcome::NotRun { why: "the session was over".into() }, false, now);
        }
        if self.waits_for_relay(step, &template) {
            return;
        }
        self.own_media(leg, &template);
        let to = self.destination(leg, &template, wants_dialog);
        let Some(to) = to else {
            let why = "it is not known where to send it: no --target, no --map, and nobody called".to_owned();
            return self.settle(step, Outcome::NotRun { why }, false, now);
        };
        if !self.legs[leg].begun {
            self.legs[leg].begun = true;
            let call_id = self.legs[leg].dialog.call_id.clone();
            self.actions.push_back(Action::Call { call_id });
        }
        self.transmit(step, leg, &template, &method, None, 0, to, now);
        self.sent_at.insert(step, now);
        self.settle(step, Outcome::Expected, true, now);
        if method == "BYE" {
            self.legs[leg].dialog.ended = true;
        }
    }

    /// Composes a request of a step and begins its transaction.
    #[allow(clippy::too_many_arguments, reason = "what makes a request is that much")]
    fn transmit(
        &mut self,
        step: usize,
        leg: usize,
        template: &Message<'_>,
        method: &str,
        credentials: Option<(String, String)>,
        attempts: usize,
        to: Hop,
        now: Duration,
    ) {
        let branch = self.branch();
        let cseq = self.legs[leg].dialog.next_cseq();
        let dialog = self.legs[leg].dialog.clone();
        let routes = self.service_route.clone();
        let request =
            Request { dialog: &dialog, cseq, branch: &branch, routes: &routes, credentials: credentials.as_ref() };
        let mut bytes = self.context(leg).request(template, method, &request);
        if method == "PRACK" {
            bytes = self.with_right_rack(leg, bytes);
        }
        self.remember_own(leg, &bytes, true);
        if let Some(id) = template.header(Name::ContributionId).filter(|_| method == "INVITE") {
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
    }

    /// RAck names the provisional response and the CSeq of its INVITE (RFC 3262 §7.2), both of which are other ones now.
    fn with_right_rack(&self, leg: usize, bytes: Vec<u8>) -> Vec<u8> {
        let state = &self.legs[leg];
        let cseq = state.invite_client.map(|place| self.clients[place].cseq);
        let (Some(cseq), Some(rseq), Some(message)) = (cseq, &state.rseq, Message::parse(&bytes[..])) else { return bytes };
        let rack = message.headers().find(|header| header.written_name().eq_ignore_ascii_case("RAck"));
        let Some(value) = rack.map(|header| header.span.value.range()) else { return bytes };
        [&bytes[..value.start], format!("{rseq} {cseq} INVITE").as_bytes(), &bytes[value.end..]].concat()
    }

    /// Keeps of a message of ours what later ones need.
    fn remember_own(&mut self, leg: usize, bytes: &[u8], is_request: bool) {
        let Some(message) = Message::parse(bytes) else { return };
        let state = &mut self.legs[leg];
        let names = if is_request { [Name::From, Name::To] } else { [Name::To, Name::From] };
        let [own, peer] = names.map(|name| message.header(name).unwrap_or_default().into_owned());
        if state.own_address.is_empty() {
            (state.own_address, state.peer_address) = (own, peer);
        }
        if let Some(media) = msrp_media(&message) {
            state.own_setup = media.setup;
            state.own_offers = is_request;
            let content_type = message.header(Name::ContentType).unwrap_or_default().into_owned();
            state.sdp = Some((content_type, message.body().to_vec()));
        }
    }

    /// Gives the leg a path of ours before its first SDP is written.
    pub(super) fn own_media(&mut self, leg: usize, template: &Message<'_>) {
        let Some(media) = msrp_media(template) else { return };
        let Some(original) = body::path_session_id(&media.path).map(str::to_owned) else { return };
        let own = self.ids.name(leg, Scope::Leg(leg), &original);
        if self.legs[leg].own_session_id != own {
            self.legs[leg].own_path = format!("msrp://{}/{own};tcp", self.local.msrp);
            self.legs[leg].own_session_id = own.clone();
            self.actions.push_back(Action::Session { session_id: own, leg });
        }
    }

    /// Where a request goes: inside a dialog along its routes, else where the user said; never where the capture says.
    fn destination(&self, leg: usize, template: &Message<'_>, inside: bool) -> Option<Hop> {
        let state = &self.legs[leg];
        let uri_of = |value: &str| NameAddr::parse(value).map(|address| address.uri().to_owned());
        if inside {
            // Over a connection the far end is at its other end.
            if let Some(peer) = state.peer.filter(|peer| peer.flow != 0) {
                return Some(peer);
            }
            let next =
                state.dialog.routes.first().and_then(|route| uri_of(route)).or_else(|| state.dialog.target.clone());
            let resolved = next.and_then(|uri| self.route.resolve(&uri)).map(|address| Hop { address, flow: 0 });
            return resolved.or(state.peer).or_else(|| self.otherwise());
        }
        let uri = template.request_uri().unwrap_or_default();
        let to = template.header(Name::To).unwrap_or_default();
        let mapped = self.route.mapped(&uri).or_else(|| self.route.mapped(&uri_of(&to)?));
        mapped.map(|address| Hop { address, flow: 0 }).or_else(|| self.otherwise())
    }

    fn otherwise(&self) -> Option<Hop> {
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
            let template = Message::parse(&self.score.plan.steps[step].message[..])?;
            template.header(Name::Reason).map(|reason| format!("Reason: {reason}\r\n"))
        });
        let extra = reason.unwrap_or_default();
        let Some(bytes) = compose::of_same_transaction(&self.clients[place].bytes, "CANCEL", None, &extra) else {
            return;
        };
        let branch = branch_of(&bytes).unwrap_or_default();
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

    fn schedule_server(&mut self, place: usize) {
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
            self.end_leg(leg, &format!("its {method} was not answered"), now);
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

    // ---- responses of theirs ----

    pub fn handle_response(&mut self, now: Duration, from: Hop, message: &Message<'_>) {
        let Some(branch) = branch_of(message.raw()) else { return };
        let method = message.cseq().map(|(_, method)| method).unwrap_or_default();
        let key = if method == "CANCEL" { format!("{branch} CANCEL") } else { branch };
        let Some(&place) = self.by_branch.get(&key) else { return };
        let status = message.status().unwrap_or(0);
        let (leg, step) = (self.clients[place].leg, self.clients[place].step);
        let heard = self.clients[place].transaction.handle_response(now, status);
        let is_invite = self.clients[place].method == "INVITE";
        self.legs[leg].peer = Some(from);
        match heard {
            Heard::Repeated => {
                if is_invite && status >= 200 {
                    self.acknowledge_again(place, message);
                }
                return;
            }
            Heard::Provisional => {
                self.schedule_client(place);
                if status > 100 {
                    let rseq = message.headers().find(|header| header.written_name().eq_ignore_ascii_case("RSeq"));
                    if let Some(rseq) = rseq {
                        self.legs[leg].rseq = Some(rseq.value().trim().to_owned());
                    }
                    self.legs[leg].dialog.handle_response(message);
                    self.meet_provisional(step, message, now);
                }
            }
            Heard::Final => self.final_response(place, leg, step, message, now),
        }
        self.settle_passed(now);
        self.look_whether_done(now);
    }

    fn meet_provisional(&mut self, step: Option<usize>, message: &Message<'_>, now: Duration) {
        let Some(step) = step else { return };
        let score = Arc::clone(&self.score);
        let is_it = |&&answer: &&usize| {
            let planned = &score.plan.steps[answer];
            planned.optional && status_of(&planned.message) == message.status() && self.is_waited_for(answer)
        };
        let answer = score.about[step].iter().find(is_it).copied();
        if let Some(answer) = answer {
            self.meet(answer, vec![], true, now);
        }
    }

    pub(super) fn is_waited_for(&self, step: usize) -> bool {
        self.steps[step].progress != Progress::Settled
    }

    fn final_response(&mut self, place: usize, leg: usize, step: Option<usize>, message: &Message<'_>, now: Duration) {
        let status = message.status().unwrap_or(0);
        let is_invite = self.clients[place].method == "INVITE";
        if is_invite && status >= 300 {
            self.acknowledge_refusal(place, message);
        }
        if matches!(status, 401 | 407) && self.authorize(place, leg, message, now) {
            return;
        }
        if is_invite || matches!(self.clients[place].method.as_str(), "SUBSCRIBE" | "REFER") {
            self.legs[leg].dialog.handle_response(message);
        }
        if self.clients[place].method == "REGISTER" && (200..300).contains(&status) {
            let fields = message.headers().filter(|field| field.written_name().eq_ignore_ascii_case("Service-Route"));
            let fields: Vec<String> = fields.map(|field| field.value().into_owned()).collect();
            self.service_route = fields.iter().flat_map(|value| split_values(value)).map(str::to_owned).collect();
        }
        if let Some(sent) = step.and_then(|step| self.sent_at.remove(&step)) {
            self.latencies.push(now.saturating_sub(sent));
        }
        let accepted = (200..300).contains(&status);
        if is_invite && accepted {
            self.read_media(leg, message);
        }
        let score = Arc::clone(&self.score);
        let Some(step) = step else { return self.hung_up(leg, now) };
        let answer = score.about[step].iter().copied().find(|&answer| {
            score.plan.steps[answer].kind == Kind::Response
                && !score.plan.steps[answer].optional
                && self.is_waited_for(answer)
        });
        for &other in &score.about[step] {
            if score.plan.steps[other].optional {
                self.settle(other, Outcome::Skipped, true, now);
            }
        }
        let mut wanted_refusal = false;
        if let Some(answer) = answer
            && let Some(template) = Message::parse(&score.plan.steps[answer].message[..])
        {
            let expected = template.status().unwrap_or(0);
            wanted_refusal = expected >= 300;
            if accepted == (200..300).contains(&expected) {
                learn::sip(&mut self.ids, leg, &template, message);
            }
            let differences = self.judge_unique(leg, &template, message);
            let holds = accepted != wanted_refusal;
            if is_invite && accepted {
                self.acknowledge(place, leg, answer, now);
            }
            self.meet(answer, differences, holds, now);
        } else if is_invite && accepted {
            self.acknowledge(place, leg, step, now);
        } else if !accepted && self.clients[place].method != "CANCEL" {
            self.extra(leg, format!("{status} {} to step {}", message.reason_phrase(), step + 1));
        }
        if is_invite && accepted && wanted_refusal {
            self.say_bye(leg, now);
        }
        if !accepted && Some(step) == score.first[leg] && !wanted_refusal {
            self.end_leg(leg, &format!("it was refused with {status}"), now);
        }
        if self.clients[place].method == "BYE" {
            self.hung_up(leg, now);
        }
    }

    /// Sends a request again with credentials (RFC 3261 §22); false: it cannot be, or was in vain.
    fn authorize(&mut self, place: usize, leg: usize, message: &Message<'_>, now: Duration) -> bool {
        let Some(password) = self.settings.password.clone() else { return false };
        let proxy = message.status() == Some(407);
        let wanted = if proxy { "Proxy-Authenticate" } else { "WWW-Authenticate" };
        let fields: Vec<String> = message
            .headers()
            .filter(|field| field.written_name().eq_ignore_ascii_case(wanted))
            .map(|field| field.value().into_owned())
            .collect();
        let Some(challenge) = Challenge::strongest(fields.iter().map(String::as_str)) else { return false };
        // A second refusal is one, unless only the nonce was too old.
        let attempts = self.clients[place].attempts;
        if attempts >= MAX_ATTEMPTS || attempts > 0 && !challenge.stale {
            return false;
        }
        let Some(step) = self.clients[place].step else { return false };
        let score = Arc::clone(&self.score);
        let Some(template) = Message::parse(&score.plan.steps[step].message[..]) else { return false };
        let (uri, from) = {
            let Some(sent) = Message::parse(&self.clients[place].bytes[..]) else { return false };
            let from = sent.header(Name::From).unwrap_or_default().into_owned();
            (sent.request_uri().unwrap_or_default().into_owned(), from)
        };
        let sender = NameAddr::parse(&from).map(|address| address.uri().to_owned()).unwrap_or_default();
        let who = Credentials::of(self.settings.user.as_deref(), &password, &sender);
        let cnonce = self.ids.fresh.hex(16);
        let method = self.clients[place].method.clone();
        let value = challenge.answer(&who, &method, &uri, &cnonce, 1);
        let name = if proxy { "Proxy-Authorization" } else { "Authorization" };
        let to = self.clients[place].to;
        self.transmit(step, leg, &template, &method, Some((name.into(), value)), attempts + 1, to, now);
        true
    }

    /// The ACK of a 2xx: a transaction of its own, along the dialog (RFC 3261 §13.2.2.4).
    fn acknowledge(&mut self, place: usize, leg: usize, answer: usize, now: Duration) {
        let score = Arc::clone(&self.score);
        let ack = score.about[answer].iter().copied().find(|&step| score.plan.steps[step].kind == Kind::Ack);
        let template = ack.and_then(|step| Message::parse(&score.plan.steps[step].message[..]));
        let branch = self.branch();
        let dialog = self.legs[leg].dialog.clone();
        let cseq = self.clients[place].cseq;
        let bytes = match &template {
            Some(template) => {
                let request = Request { dialog: &dialog, cseq, branch: &branch, routes: &[], credentials: None };
                self.context(leg).request(template, "ACK", &request)
            }
            None => {
                let state = &self.legs[leg];
                let ends = (state.own_address.as_str(), state.peer_address.as_str());
                compose::inside_dialog("ACK", &dialog, &self.local, ends, (cseq, &branch), "")
            }
        };
        let to = self.inside_destination(leg);
        self.legs[leg].ack = Some((cseq, bytes.clone(), to));
        self.emit(ack, Action::Sip { to, bytes });
        if let Some(ack) = ack {
            self.settle(ack, Outcome::Expected, true, now);
        }
        self.open_if_active(leg, now);
    }

    pub(super) fn inside_destination(&self, leg: usize) -> Hop {
        let state = &self.legs[leg];
        if let Some(peer) = state.peer.filter(|peer| peer.flow != 0) {
            return peer;
        }
        let route =
            state.dialog.routes.first().and_then(|route| NameAddr::parse(route)).map(|one| one.uri().to_owned());
        let next = route.or_else(|| state.dialog.target.clone());
        let resolved = next.and_then(|uri| self.route.resolve(&uri)).map(|address| Hop { address, flow: 0 });
        // Who answered can be reached where the answer came from.
        resolved.or(state.peer).or_else(|| self.otherwise()).unwrap_or(Hop { address: self.local.sip, flow: 0 })
    }

    fn acknowledge_refusal(&mut self, place: usize, message: &Message<'_>) {
        let to = message.header(Name::To).unwrap_or_default().into_owned();
        let entry = &self.clients[place];
        if let Some(bytes) = compose::of_same_transaction(&entry.bytes, "ACK", Some(&to), "") {
            self.actions.push_back(Action::Sip { to: entry.to, bytes });
        }
    }

    fn acknowledge_again(&mut self, place: usize, message: &Message<'_>) {
        if message.status() >= Some(300) {
            return self.acknowledge_refusal(place, message);
        }
        let cseq = self.clients[place].cseq;
        if let Some((number, bytes, to)) = &self.legs[self.clients[place].leg].ack
            && *number == cseq
        {
            self.actions.push_back(Action::Sip { to: *to, bytes: bytes.clone() });
        }
    }

    /// Takes in the far end's path.
    pub(super) fn read_media(&mut self, leg: usize, message: &Message<'_>) {
        if let Some(media) = msrp_media(message) {
            self.legs[leg].peer_path = media.path;
            self.legs[leg].peer_setup = media.setup;
        }
    }

    // ---- requests of theirs ----

    pub fn handle_request(&mut self, now: Duration, from: Hop, message: &Message<'_>) {
        self.wake(now);
        self.route.allow(from.address.ip());
        self.caller.get_or_insert(from);
        let method = message.method().unwrap_or_default().to_owned();
        let branch = branch_of(message.raw()).unwrap_or_default();
        if method == "ACK" {
            self.handle_ack(&branch, message, now);
            self.settle_passed(now);
            return self.look_whether_done(now);
        }
        let key = format!("{branch} {method}");
        if let Some(&place) = self.by_key.get(&key) {
            let entry = &self.servers[place];
            if !entry.transaction.response.is_empty() {
                let (to, bytes) = (entry.from, entry.transaction.response.clone());
                self.actions.push_back(Action::Sip { to, bytes });
            }
            return;
        }
        let Some(leg) = self.leg_of(message) else { return };
        if self.servers.len() >= MAX_SERVERS {
            return self.note("a flood of requests: the rest is not answered".into());
        }
        let place = self.servers.len();
        let own_tag = match dialog::tag(message, Name::To) {
            tag if tag.is_empty() => self.legs[leg].dialog.own_tag.clone(),
            tag => tag,
        };
        let reliable = self.settings.transport.is_reliable();
        self.servers.push(ServerEntry {
            transaction: Server::new(method == "INVITE", reliable),
            leg,
            method: method.clone(),
            bytes: message.raw().to_vec(),
            from,
            own_tag,
        });
        self.by_key.insert(key, place);
        self.legs[leg].peer = Some(from);
        self.legs[leg].dialog.handle_request(message);
        self.remember_peer(leg, message);
        if method == "CANCEL" {
            self.handle_cancel(place, leg, &branch, message, now);
        } else {
            self.handle_new_request(place, leg, &method, message, now);
        }
        self.settle_passed(now);
        self.look_whether_done(now);
    }

    fn remember_peer(&mut self, leg: usize, message: &Message<'_>) {
        let state = &mut self.legs[leg];
        if state.own_address.is_empty() {
            let [own, peer] = [Name::To, Name::From].map(|name| message.header(name).unwrap_or_default().into_owned());
            (state.own_address, state.peer_address) = (own, peer);
        }
    }

    fn handle_new_request(&mut self, place: usize, leg: usize, method: &str, message: &Message<'_>, now: Duration) {
        if method == "INVITE" {
            self.read_media(leg, message);
            self.legs[leg].invite_server = Some(place);
            self.answer_plainly(place, 100, "Trying", "", now);
        }
        let Some(step) = self.expected_request(leg, message) else {
            return self.answer_by_itself(place, leg, method, message, now);
        };
        let score = Arc::clone(&self.score);
        self.steps[step].server = Some(place);
        if let Some(template) = Message::parse(&score.plan.steps[step].message[..]) {
            learn::sip(&mut self.ids, leg, &template, message);
            let differences = self.judge_unique(leg, &template, message);
            self.meet(step, differences, true, now);
        }
        // What is no INVITE is answered at once: its sender would only repeat it.
        if method != "INVITE" {
            let answers: Vec<usize> =
                score.about[step].iter().copied().filter(|&answer| self.is_waited_for(answer)).collect();
            let has_final = answers.iter().any(|&answer| !score.plan.steps[answer].optional);
            answers.into_iter().for_each(|answer| self.send_response(answer, now));
            if !has_final {
                self.answer_plainly(place, 200, "OK", "", now);
            }
        }
        if method == "BYE" {
            self.legs[leg].dialog.ended = true;
            self.hung_up(leg, now);
        }
    }

    /// Compares a request, and holds a Contribution-ID that differs on a leg against what is known overall.
    fn judge_unique(&self, leg: usize, template: &Message<'_>, message: &Message<'_>) -> Vec<Difference> {
        let mut differences = judge::sip(&self.ids, leg, template, message);
        for name in [Name::ContributionId, Name::ConversationId] {
            let (Some(original), Some(got)) = (template.header(name), message.header(name)) else { continue };
            let known = self.ids.everywhere(original.trim());
            if let Some(known) = known.filter(|known| *known != got.trim()) {
                let what = if name == Name::ContributionId { "Contribution-ID" } else { "Conversation-ID" };
                let (expected, got) = (known.to_owned(), got.trim().to_owned());
                if !differences.iter().any(|one| one.what == what) {
                    differences.push(Difference { what: what.into(), expected, got });
                }
            }
        }
        differences
    }

    /// The expected request that this one is: one that fits in all that matters, else the first of its method.
    fn expected_request(&mut self, leg: usize, message: &Message<'_>) -> Option<usize> {
        const WINDOW: usize = 12;
        let method = message.method();
        let score = Arc::clone(&self.score);
        let mut first = None;
        let open = score.requests[leg].iter().copied().filter(|&step| self.is_waited_for(step));
        for step in open.take(WINDOW) {
            let Some(template) = Message::parse(&score.plan.steps[step].message[..]) else { continue };
            if template.method() != method {
                continue;
            }
            first = first.or(Some(step));
            if judge::sip(&self.ids, leg, &template, message).is_empty() {
                return Some(step);
            }
        }
        first
    }

    fn handle_ack(&mut self, branch: &str, message: &Message<'_>, now: Duration) {
        if let Some(&place) = self.by_key.get(&format!("{branch} INVITE")) {
            return self.servers[place].transaction.handle_ack();
        }
        let Some(leg) = self.leg_of(message) else { return };
        let number = message.cseq().map(|(number, _)| number);
        for entry in self.servers.iter_mut().filter(|entry| entry.leg == leg && entry.method == "INVITE") {
            let of_invite = Message::parse(&entry.bytes[..]).and_then(|invite| invite.cseq());
            if of_invite.map(|(number, _)| number) == number {
                entry.transaction.handle_ack();
            }
        }
        self.legs[leg].dialog.confirmed = true;
        let score = Arc::clone(&self.score);
        let is_it = |&step: &usize| {
            let planned = &score.plan.steps[step];
            planned.leg == leg && planned.kind == Kind::Ack && planned.act == Act::Expect && self.is_waited_for(step)
        };
        let ack = (0..self.steps.len()).find(is_it);
        if let Some(ack) = ack {
            self.meet(ack, vec![], true, now);
        }
        self.open_if_active(leg, now);
    }

    fn handle_cancel(&mut self, place: usize, leg: usize, branch: &str, message: &Message<'_>, now: Duration) {
        self.answer_plainly(place, 200, "OK", "", now);
        let score = Arc::clone(&self.score);
        if let Some(step) = self.expected_request(leg, message)
            && let Some(template) = Message::parse(&score.plan.steps[step].message[..])
        {
            let differences = judge::sip(&self.ids, leg, &template, message);
            self.meet(step, differences, true, now);
            for &answer in &score.about[step] {
                self.settle(answer, Outcome::Expected, true, now);
            }
        } else {
            self.extra(leg, "CANCEL");
        }
        let Some(&invite) = self.by_key.get(&format!("{branch} INVITE")) else { return };
        if self.servers[invite].transaction.is_answered() {
            return;
        }
        // The answer that was planned for the INVITE: 487 is sent as planned, any other is too late.
        let request = (0..self.steps.len()).find(|&step| self.steps[step].server == Some(invite));
        let answers = request.map(|request| score.about[request].clone()).unwrap_or_default();
        for answer in answers.into_iter().filter(|&answer| self.is_waited_for(answer)).collect::<Vec<_>>() {
            match status_of(&score.plan.steps[answer].message) {
                Some(487) => self.send_response(answer, now),
                _ if score.plan.steps[answer].optional => self.settle(answer, Outcome::Skipped, true, now),
                _ => {
                    let why = "the far end took the INVITE back".to_owned();
                    self.settle(answer, Outcome::NotRun { why }, false, now);
                }
            }
        }
        if !self.servers[invite].transaction.is_answered() {
            self.answer_plainly(invite, 487, "Request Terminated", "", now);
        }
    }

    // ---- responses of ours ----

    pub(super) fn send_response(&mut self, step: usize, now: Duration) {
        let score = Arc::clone(&self.score);
        let planned = &score.plan.steps[step];
        let leg = planned.leg;
        let place = planned.about.and_then(|request| self.steps[request].server);
        let Some(place) = place else {
            let why = "the request that it answers did not come".to_owned();
            return self.settle(step, Outcome::NotRun { why }, false, now);
        };
        let Some(template) = Message::parse(&planned.message[..]) else { return };
        let status = template.status().unwrap_or(500);
        if self.servers[place].transaction.is_answered() {
            let outcome = if planned.optional {
                Outcome::Skipped
            } else {
                Outcome::NotRun { why: "it was answered otherwise before".into() }
            };
            return self.settle(step, outcome, false, now);
        }
        if self.waits_for_relay(step, &template) {
            return;
        }
        self.own_media(leg, &template);
        let request_bytes = self.servers[place].bytes.clone();
        let Some(request) = Message::parse(&request_bytes[..]) else { return };
        let own_tag = self.servers[place].own_tag.clone();
        let bytes = self.context(leg).response(&template, &request, &own_tag);
        self.remember_own(leg, &bytes, false);
        self.respond(place, Some(step), status, bytes, now);
        self.settle(step, Outcome::Expected, true, now);
    }

    /// Answers without a template.
    pub(super) fn answer_plainly(&mut self, place: usize, status: u16, reason: &str, extra: &str, now: Duration) {
        let own_tag = self.servers[place].own_tag.clone();
        let request_bytes = self.servers[place].bytes.clone();
        let Some(request) = Message::parse(&request_bytes[..]) else { return };
        let bytes = compose::plain_response(&request, status, reason, &own_tag, extra);
        self.respond(place, None, status, bytes, now);
    }

    pub(super) fn respond(&mut self, place: usize, step: Option<usize>, status: u16, bytes: Vec<u8>, now: Duration) {
        let entry = &mut self.servers[place];
        let to = entry.from;
        entry.transaction.handle_sent(now, status, bytes.clone());
        if (200..300).contains(&status) && entry.method == "INVITE" {
            let leg = entry.leg;
            self.legs[leg].dialog.confirmed = true;
        }
        self.emit(step, Action::Sip { to, bytes });
        self.schedule_server(place);
    }

    pub(super) fn server_timeout(&mut self, place: usize, now: Duration) {
        match self.servers[place].transaction.handle_timeout(now) {
            Some(Due::Resend) => {
                let (to, bytes) = (self.servers[place].from, self.servers[place].transaction.response.clone());
                self.actions.push_back(Action::Sip { to, bytes });
            }
            Some(Due::GiveUp) => self.note("a final response to an INVITE was not acknowledged in 32 s".into()),
            None => {}
        }
        self.schedule_server(place);
    }
}

/// The branch of the topmost Via.
pub fn branch_of(raw: &[u8]) -> Option<String> {
    let message = Message::parse(raw)?;
    let value = message.header(Name::Via)?;
    let first = split_values(&value).next()?.to_owned();
    let mut params = first.split(';').skip(1).map(|param| param.split_once('=').unwrap_or((param, "")));
    let (_, branch) = params.find(|(name, _)| name.trim().eq_ignore_ascii_case("branch"))?;
    Some(branch.trim().to_owned()).filter(|branch| !branch.is_empty())
}

fn status_of(template: &[u8]) -> Option<u16> {
    Message::parse(template)?.status()
}
