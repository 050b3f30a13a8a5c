//! SIP requests of theirs: matched with the steps that expect them, judged, and answered.

use std::time::Duration;

use super::sip::branch_of;
use super::*;
use crate::replay::sip_template::SipTemplate;
use crate::replay::{dialog, learn};
use crate::wire::sip::{Message, Name};

impl Player {
    pub fn handle_request(&mut self, now: Duration, from: Hop, message: &Message<'_>) {
        self.wake(now);
        self.route.allow(from.address.ip());
        self.caller.get_or_insert(from);
        let method = message.method().unwrap_or_default().to_owned();
        let branch = branch_of(message).unwrap_or_default();
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
        if self.answer_unplanned(from, message) {
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
        let came = Came::new(message);
        if method == "CANCEL" {
            self.handle_cancel(place, leg, &branch, &came, now);
        } else {
            self.handle_new_request(place, leg, &method, &came, now);
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

    fn handle_new_request(&mut self, place: usize, leg: usize, method: &str, came: &Came<'_>, now: Duration) {
        if method == "INVITE" {
            self.read_media(leg, came);
            self.legs[leg].invite_server = Some(place);
            self.answer_plainly(place, 100, "Trying", "", now);
        }
        let Some(step) = self.expected_request(leg, came) else {
            return self.answer_by_itself(place, leg, method, came.message, now);
        };
        let score = Arc::clone(&self.score);
        self.steps[step].server = Some(place);
        if let Some(template) = &score.sip[step] {
            learn::sip(&mut self.ids, leg, template, came);
            let differences = self.judge_unique(leg, template, came);
            self.meet(step, differences, true, now);
            if method == "INVITE" && !template.is_inside {
                self.fork(leg);
            }
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
    pub(super) fn judge_unique(&self, leg: usize, template: &SipTemplate, came: &Came<'_>) -> Vec<Difference> {
        let mut differences = judge::sip(&self.ids, leg, template, came);
        differences.extend(self.judge_protection(leg, came));
        for name in [Name::ContributionId, Name::ConversationId] {
            let (Some(original), Some(got)) = (template.message.header(name), came.message.header(name)) else {
                continue;
            };
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
    fn expected_request(&mut self, leg: usize, came: &Came<'_>) -> Option<usize> {
        const WINDOW: usize = 12;
        let method = came.message.method();
        let score = Arc::clone(&self.score);
        let mut first = None;
        let is_method =
            |step: &usize| score.sip[*step].as_ref().is_some_and(|template| template.message.method() == method);
        let open = score.requests[leg].iter().copied().filter(|&step| self.is_waited_for(step)).filter(is_method);
        let candidates: Vec<usize> = open.take(WINDOW).collect();
        if let [only] = candidates[..] {
            return Some(only);
        }
        for step in candidates {
            let Some(template) = &score.sip[step] else { continue };
            first = first.or(Some(step));
            if judge::sip(&self.ids, leg, template, came).is_empty() {
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

    fn handle_cancel(&mut self, place: usize, leg: usize, branch: &str, came: &Came<'_>, now: Duration) {
        self.answer_plainly(place, 200, "OK", "", now);
        let score = Arc::clone(&self.score);
        if let Some(step) = self.expected_request(leg, came)
            && let Some(template) = &score.sip[step]
        {
            let differences = judge::sip(&self.ids, leg, template, came);
            self.meet(step, differences, true, now);
            for &answer in &score.about[step] {
                self.settle(answer, Outcome::Expected, true, now);
            }
        } else {
            self.extra(leg, "CANCEL");
        }
        let Some(&invite) = self.by_key.get(&format!("{branch} INVITE")) else { return };
        if self.is_answered(invite) {
            return;
        }
        // The answer that was planned for the INVITE: 487 is sent as planned, any other is too late.
        let request = (0..self.steps.len()).find(|&step| self.steps[step].server == Some(invite));
        let answers = request.map(|request| score.about[request].clone()).unwrap_or_default();
        for answer in answers.into_iter().filter(|&answer| self.is_waited_for(answer)).collect::<Vec<_>>() {
            match score.status(answer) {
                Some(487) => self.send_response(answer, now),
                _ if score.plan.steps[answer].optional => self.settle(answer, Outcome::Skipped, true, now),
                _ => {
                    let why = "the far end took the INVITE back".to_owned();
                    self.settle(answer, Outcome::NotRun { why }, false, now);
                }
            }
        }
        if !self.is_answered(invite) {
            self.answer_plainly(invite, 487, "Request Terminated", "", now);
        }
    }
}
