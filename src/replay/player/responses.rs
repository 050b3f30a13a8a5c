//! SIP responses of theirs: matched with their requests, judged, acknowledged; credentials where they are asked for.

use std::time::Duration;

use super::sip::branch_of;
use super::*;
use crate::replay::compose::Request;
use crate::replay::digest::{Challenge, Credentials};
use crate::replay::transaction::Heard;
use crate::replay::{learn, plain};
use crate::wire::sip::{Message, Name};
use crate::wire::uri::{NameAddr, split_values};

impl Player {
    pub fn handle_response(&mut self, now: Duration, from: Hop, message: &Message<'_>) {
        let Some(branch) = branch_of(message) else { return };
        let is_cancel =
            message.header(Name::CSeq).is_some_and(|cseq| cseq.split_ascii_whitespace().nth(1) == Some("CANCEL"));
        let key = if is_cancel { format!("{branch} CANCEL") } else { branch };
        let Some(&place) = self.by_branch.get(&key) else { return };
        let status = message.status().unwrap_or(0);
        let step = self.clients[place].step;
        let heard = self.clients[place].transaction.handle_response(now, status);
        let leg = match self.clients[place].method == "INVITE" {
            true if heard != Heard::Repeated => self.leg_of_answer(place, message),
            _ => Some(self.clients[place].leg),
        };
        let Some(leg) = leg else { return };
        self.legs[leg].peer = Some(from);
        match heard {
            Heard::Repeated if self.clients[place].method == "INVITE" => self.further_answer(place, from, message, now),
            Heard::Repeated => return,
            Heard::Provisional => {
                self.schedule_client(place);
                if status > 100 {
                    let rseq = message.headers().find(|header| header.written_name().eq_ignore_ascii_case("RSeq"));
                    if let Some(rseq) = rseq {
                        self.legs[leg].dialog.rseq = Some(rseq.value().trim().to_owned());
                    }
                    self.legs[leg].dialog.handle_response(message);
                    self.meet_provisional(leg, step, message, now);
                }
            }
            Heard::Final => self.final_response(place, leg, step, &Came::new(message), now),
        }
        self.settle_passed(now);
        self.look_whether_done(now);
    }

    fn meet_provisional(&mut self, leg: usize, step: Option<usize>, message: &Message<'_>, now: Duration) {
        let Some(step) = step else { return };
        let score = Arc::clone(&self.score);
        let is_it = |&&answer: &&usize| {
            let planned = &score.plan.steps[answer];
            planned.leg == leg
                && planned.optional
                && score.status(answer) == message.status()
                && self.is_waited_for(answer)
        };
        let answer = score.about[step].iter().find(is_it).copied();
        if let Some(answer) = answer {
            self.meet(answer, vec![], true, now);
        }
    }

    pub(super) fn is_waited_for(&self, step: usize) -> bool {
        self.steps[step].progress != Progress::Settled
    }

    pub(super) fn final_response(
        &mut self,
        place: usize,
        leg: usize,
        step: Option<usize>,
        came: &Came<'_>,
        now: Duration,
    ) {
        let message = came.message;
        let status = message.status().unwrap_or(0);
        let is_invite = self.clients[place].method == "INVITE";
        if is_invite && status >= 300 {
            self.acknowledge_refusal(place, message);
        }
        if matches!(status, 401 | 407) && self.authorize(place, message, now) {
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
        if let Some(sent) = step.and_then(|step| self.steps[step].sent_at.take()) {
            self.latencies.push(now.saturating_sub(sent));
        }
        let accepted = (200..300).contains(&status);
        if is_invite && accepted {
            self.agree_on_refresh(leg, message, true, now);
            self.read_media(leg, came);
        }
        let score = Arc::clone(&self.score);
        let Some(step) = step else {
            // Not where it ended a dialog that no leg is for.
            if self.clients[place].method == "BYE" && self.legs[leg].dialog.ended {
                self.hung_up(leg, now);
            }
            return;
        };
        let answer = score.about[step].iter().copied().find(|&answer| {
            let planned = &score.plan.steps[answer];
            planned.leg == leg && planned.kind == Kind::Response && !planned.optional && self.is_waited_for(answer)
        });
        for &other in &score.about[step] {
            if score.plan.steps[other].optional {
                self.settle(other, Outcome::Skipped, true, now);
            }
        }
        let mut wanted_refusal = false;
        if let Some(answer) = answer
            && let Some(template) = &score.sip[answer]
        {
            let expected = template.status;
            wanted_refusal = expected >= 300;
            if accepted == (200..300).contains(&expected) {
                learn::sip(&mut self.ids, leg, template, came);
            }
            let differences = self.judge_unique(leg, template, came);
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
        let first = self.clients[place].leg;
        if !accepted && Some(step) == score.first[first] && !wanted_refusal {
            self.end_forks(first, &format!("it was refused with {status}"), now);
        }
        if self.clients[place].method == "BYE" {
            self.hung_up(leg, now);
        }
    }

    /// Sends a request again with credentials (RFC 3261 §22); false: it cannot be, or was in vain.
    fn authorize(&mut self, place: usize, message: &Message<'_>, now: Duration) -> bool {
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
        let Some(template) = &score.sip[step] else { return false };
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
        let (to, leg) = (self.clients[place].to, self.clients[place].leg);
        self.transmit(step, leg, template, &method, Some((name.into(), value)), attempts + 1, to, now);
        true
    }

    /// The ACK of a 2xx: a transaction of its own, along the dialog (RFC 3261 §13.2.2.4).
    fn acknowledge(&mut self, place: usize, leg: usize, answer: usize, now: Duration) {
        let score = Arc::clone(&self.score);
        let ack = score.about[answer].iter().copied().find(|&step| score.plan.steps[step].kind == Kind::Ack);
        let template = ack.and_then(|step| score.sip[step].as_ref());
        let branch = self.branch();
        let cseq = self.clients[place].cseq;
        let bytes = match &template {
            Some(template) => {
                let (mut context, dialog) = self.context(leg);
                let request = Request { dialog, cseq, branch: &branch, routes: &[], credentials: None };
                context.request(template, "ACK", &request).bytes
            }
            None => {
                let state = &self.legs[leg];
                let ends = (state.own_address.as_str(), state.peer_address.as_str());
                plain::inside_dialog("ACK", &state.dialog, &self.local, ends, (cseq, &branch), "")
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
        self.way_along(&self.legs[leg].dialog, self.legs[leg].peer)
    }

    /// Where a request inside a dialog goes. `peer`: who sent us its last message.
    pub(super) fn way_along(&self, dialog: &Dialog, peer: Option<Hop>) -> Hop {
        if let Some(peer) = peer.filter(|peer| peer.flow != 0) {
            return peer;
        }
        let route = dialog.routes.first().and_then(|route| NameAddr::parse(route)).map(|one| one.uri().to_owned());
        let next = route.or_else(|| dialog.target.clone());
        let resolved = next.and_then(|uri| self.route.resolve(&uri)).map(|address| Hop { address, flow: 0 });
        // Who answered can be reached where the answer came from.
        resolved.or(peer).or_else(|| self.otherwise()).unwrap_or(Hop { address: self.local.sip, flow: 0 })
    }

    pub(super) fn acknowledge_refusal(&mut self, place: usize, message: &Message<'_>) {
        let to = message.header(Name::To).unwrap_or_default().into_owned();
        let entry = &self.clients[place];
        if let Some(bytes) = plain::of_same_transaction(&entry.bytes, "ACK", Some(&to), "") {
            self.actions.push_back(Action::Sip { to: entry.to, bytes });
        }
    }

    /// Takes in the far end's path.
    pub(super) fn read_media(&mut self, leg: usize, came: &Came<'_>) {
        if let Some(media) = came.media() {
            self.legs[leg].peer_path.clone_from(&media.path);
            self.legs[leg].peer_setup = media.setup;
            self.legs[leg].peer_tls = media.is_tls;
            self.legs[leg].peer_fingerprints.clone_from(&media.fingerprints);
        }
    }
}
