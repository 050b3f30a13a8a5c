//! SIP responses of ours, with and without a template.

use std::time::Duration;

use super::*;
use crate::replay::plain;
use crate::replay::transaction::Due;
use crate::wire::sip::Message;

impl Player {
    pub(super) fn send_response(&mut self, step: usize, now: Duration) {
        let score = Arc::clone(&self.score);
        let planned = &score.plan.steps[step];
        let leg = planned.leg;
        let place = planned.about.and_then(|request| self.steps[request].server);
        let Some(place) = place else {
            let why = "the request that it answers did not come".to_owned();
            return self.settle(step, Outcome::NotRun { why }, false, now);
        };
        let place = self.server_of(place, leg);
        let Some(template) = &score.sip[step] else { return };
        let status = template.message.status().unwrap_or(500);
        if self.servers[place].transaction.is_answered() {
            let outcome = if planned.optional {
                Outcome::Skipped
            } else {
                Outcome::NotRun { why: "it was answered otherwise before".into() }
            };
            return self.settle(step, outcome, false, now);
        }
        if self.waits_for_relay(step, template) {
            return;
        }
        self.own_media(leg, template);
        let request_bytes = std::mem::take(&mut self.servers[place].bytes);
        let Some(request) = Message::parse(&request_bytes[..]) else { return };
        let own_tag = self.servers[place].own_tag.clone();
        let composed = self.context(leg).0.response(template, &request, &own_tag);
        self.servers[place].bytes = request_bytes;
        self.remember_own(leg, template, &composed, false);
        self.respond(place, Some(step), status, composed.bytes, now);
        self.settle(step, Outcome::Expected, true, now);
    }

    /// Answers without a template.
    pub(super) fn answer_plainly(&mut self, place: usize, status: u16, reason: &str, extra: &str, now: Duration) {
        let server = &self.servers[place];
        let Some(request) = Message::parse(&server.bytes[..]) else { return };
        let bytes = plain::plain_response(&request, status, reason, &server.own_tag, extra);
        self.respond(place, None, status, bytes, now);
    }

    pub(super) fn respond(&mut self, place: usize, step: Option<usize>, status: u16, bytes: Vec<u8>, now: Duration) {
        let entry = &mut self.servers[place];
        let to = entry.from;
        entry.transaction.handle_sent(now, status, bytes.clone());
        if (200..300).contains(&status) && entry.method == "INVITE" {
            let leg = entry.leg;
            self.legs[leg].dialog.confirmed = true;
            if let Some(answer) = Message::parse(&bytes[..]) {
                self.agree_on_refresh(leg, &answer, false, now);
            }
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
