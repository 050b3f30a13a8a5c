//! The MSRP of a player (RFC 4975): connections of its legs, messages in chunks, responses and REPORTs.

use std::time::Duration;

use super::*;
use crate::replay::body::imdn_message_id;
use crate::replay::msrp_template::MsrpTemplate;
use crate::replay::{learn, plain};
use crate::wire::msrp::{EndFlag, Message};
use crate::wire::sdp::Setup;

impl Player {
    // ---- connections ----

    /// Opens the connection of a leg, or waits for the far end to do so, as offer and answer say (RFC 4975 §5.4, RFC 6135 §4.2).
    pub(super) fn open_msrp(&mut self, step: usize, now: Duration) {
        let leg = self.score.plan.steps[step].leg;
        if self.legs[leg].connection.is_some() {
            return self.settle(step, Outcome::Expected, true, now);
        }
        if self.legs[leg].connecting {
            return;
        }
        if let Some(connection) = self.relay_connection(leg) {
            return self.bind(leg, connection, now);
        }
        if self.is_active(leg) {
            return self.connect(leg, Some(step), now);
        }
        // The far end opens it, other than captured.
        self.be_patient(step, now);
    }

    /// Do we open the connection? What the answer says decides; without a word the one who offers does.
    fn is_active(&self, leg: usize) -> bool {
        let state = &self.legs[leg];
        let (offer, answer) =
            if state.own_offers { (state.own_setup, state.peer_setup) } else { (state.peer_setup, state.own_setup) };
        let answerer_opens = match (offer, answer) {
            (_, Some(Setup::Active)) => true,
            (_, Some(Setup::Passive)) => false,
            (Some(Setup::Passive), _) => true,
            _ => false,
        };
        answerer_opens != state.own_offers
    }

    fn connect(&mut self, leg: usize, step: Option<usize>, now: Duration) {
        let peer = self.legs[leg].peer;
        let otherwise = self.route.target.map(|target| target.ip()).or(peer.map(|peer| peer.address.ip()));
        let path = self.legs[leg].peer_path.clone();
        let address = otherwise.and_then(|ip| self.route.resolve_path(&path, ip));
        match address {
            Some(address) => {
                self.legs[leg].connecting = true;
                let tls = self.legs[leg].own_tls.then(|| self.legs[leg].peer_fingerprints.clone());
                self.actions.push_back(Action::Connect { leg, address, tls });
            }
            None => {
                let why = match path.is_empty() {
                    true => "the far end named no MSRP path".to_owned(),
                    false => format!("the far end's path {path} leads where nothing may be sent"),
                };
                if let Some(step) = step {
                    self.settle(step, Outcome::NotRun { why }, false, now);
                }
            }
        }
    }

    /// The connection that the leg asked for stands.
    pub fn handle_connected(&mut self, now: Duration, leg: usize, connection: ConnectionId) {
        if self.relay_connected(leg, connection) {
            return;
        }
        self.legs[leg].connecting = false;
        self.bind(leg, connection, now);
        self.introduce(leg, connection);
        self.settle_passed(now);
    }

    /// Who opened the connection sends at once, so that the far end learns which session it is for (RFC 4975 §5.4).
    fn introduce(&mut self, leg: usize, connection: ConnectionId) {
        let first = self.score.plan.steps.iter().find(|step| step.leg == leg && step.kind == Kind::Msrp);
        if first.is_some_and(|step| step.act == Act::Send) {
            return;
        }
        let (id, message_id) = (self.ids.fresh.hex(16), self.ids.fresh.hex(16));
        let (to_path, own) = (self.to_path(leg), self.own_uri(leg));
        let text = format!(
            "MSRP {id} SEND\r\nTo-Path: {to_path}\r\nFrom-Path: {own}\r\nMessage-ID: {message_id}\r\n-------{id}$\r\n"
        );
        self.legs[leg].msrp_sent.insert(id, (None, true));
        self.actions.push_back(Action::Msrp { connection, bytes: text.into_bytes() });
    }

    fn bind(&mut self, leg: usize, connection: ConnectionId, now: Duration) {
        if self.legs[leg].connection == Some(connection) {
            return;
        }
        self.legs[leg].connection = Some(connection);
        let score = Arc::clone(&self.score);
        let connects =
            score.plan.steps.iter().enumerate().filter(|(_, step)| step.leg == leg && step.kind == Kind::Connect);
        let open: Vec<usize> = connects.map(|(index, _)| index).filter(|&step| self.is_waited_for(step)).collect();
        open.into_iter().for_each(|step| self.settle(step, Outcome::Expected, true, now));
    }

    /// A connection was refused, or is closed by the far end.
    pub fn handle_closed(&mut self, now: Duration, leg: usize, why: &str) {
        self.relay_failed(leg, why, now);
        let state = &mut self.legs[leg];
        (state.connecting, state.connection) = (false, None);
        if !state.dialog.ended && !self.hanging_up {
            self.end_msrp(leg, why, now);
        }
        self.settle_passed(now);
        self.look_whether_done(now);
    }

    pub(super) fn close_msrp(&mut self, leg: usize, now: Duration) {
        if let Some(connection) = self.legs[leg].connection.take() {
            self.actions.push_back(Action::Close { connection, leg });
        }
        self.end_msrp(leg, "the session was ended before", now);
    }

    /// What is open of the MSRP of a leg will not be.
    fn end_msrp(&mut self, leg: usize, why: &str, now: Duration) {
        let score = Arc::clone(&self.score);
        for (step, planned) in score.plan.steps.iter().enumerate().filter(|(_, planned)| planned.leg == leg) {
            if matches!(planned.kind, Kind::Connect | Kind::Msrp | Kind::MsrpResponse) {
                self.settle(step, never(planned.act, why.to_owned()), false, now);
            }
        }
    }

    /// Is this the connection of the leg?
    pub fn speaks_over(&self, leg: usize, connection: ConnectionId) -> bool {
        let is_relay = self.legs.get(leg).is_some_and(|leg| leg.relay.connection() == Some(connection));
        is_relay || self.legs.get(leg).is_some_and(|leg| leg.connection == Some(connection))
    }

    // ---- messages of ours ----

    pub(super) fn send_msrp(&mut self, step: usize, now: Duration) {
        let score = Arc::clone(&self.score);
        let planned = &score.plan.steps[step];
        let leg = planned.leg;
        let Some(connection) = self.legs[leg].connection else {
            let why = "there is no MSRP connection".to_owned();
            return self.settle(step, Outcome::NotRun { why }, false, now);
        };
        let Some(template) = &score.msrp[step] else { return };
        let (to_path, own_path) = (self.to_path(leg), self.own_uri(leg));
        let chunks = template.chunks(&mut self.ids, leg, &planned.chunks, &to_path, &own_path);
        let count = chunks.len();
        let is_report = template.message.method() == Some("REPORT");
        for (index, (id, bytes)) in chunks.into_iter().enumerate() {
            if !is_report {
                self.legs[leg].msrp_sent.insert(id, (Some(step), index + 1 == count));
            }
            self.emit(Some(step), Action::Msrp { connection, bytes });
        }
        self.steps[step].sent_at = Some(now);
        self.settle(step, Outcome::Expected, true, now);
    }

    // ---- messages of theirs ----

    /// A message that came for a leg; its session-id told which.
    pub fn handle_msrp(&mut self, now: Duration, leg: usize, connection: ConnectionId, message: &Message<'_>) {
        self.wake(now);
        if message.method().is_none() {
            self.handle_msrp_response(leg, message, now);
        } else {
            self.bind(leg, connection, now);
            self.handle_msrp_request(leg, connection, message, now);
        }
        if self.legs[leg].dialog.ended {
            self.hung_up(leg, now);
        }
        self.settle_passed(now);
        self.look_whether_done(now);
    }

    fn handle_msrp_response(&mut self, leg: usize, message: &Message<'_>, now: Duration) {
        let status = message.status().unwrap_or(0);
        if self.relay_answered(leg, message, now) {
            return;
        }
        let Some((step, is_last)) = self.legs[leg].msrp_sent.remove(message.transaction_id()) else { return };
        let Some(step) = step else { return };
        let score = Arc::clone(&self.score);
        if !is_last && status < 300 {
            return;
        }
        if let Some(sent) = self.steps[step].sent_at.take() {
            self.latencies.push(now.saturating_sub(sent));
        }
        let is_answer =
            |&&answer: &&usize| score.plan.steps[answer].kind == Kind::MsrpResponse && self.is_waited_for(answer);
        let Some(answer) = score.about[step].iter().find(is_answer).copied() else {
            if status >= 300 {
                self.extra(leg, format!("MSRP {status} to step {}", step + 1));
            }
            return;
        };
        let expected = score.msrp[answer].as_ref().and_then(|one| one.message.status()).unwrap_or(200);
        let differences = match expected == status {
            true => vec![],
            false => {
                vec![Difference { what: "status".into(), expected: expected.to_string(), got: status.to_string() }]
            }
        };
        self.meet(answer, differences, true, now);
    }

    fn handle_msrp_request(&mut self, leg: usize, connection: ConnectionId, message: &Message<'_>, now: Duration) {
        let is_send = message.method() == Some("SEND");
        let is_last = message.end_flag() != EndFlag::Continued;
        let whole = if is_send { self.join_chunk(leg, message, is_last) } else { Some(message.raw().to_vec()) };
        let mut status = 200;
        if let Some(whole) = whole.as_deref().and_then(Message::parse) {
            status = self.meet_message(leg, &whole, now);
        }
        // RFC 4975 §7.2: Failure-Report tells which responses are wanted; a REPORT gets none.
        let failure_report = message.header("Failure-Report").unwrap_or_default().trim().to_ascii_lowercase();
        let wanted = match failure_report.as_str() {
            "no" => false,
            "partial" => status >= 300,
            _ => true,
        };
        if message.method() != Some("REPORT") && wanted {
            let own_path = self.legs[leg].own_path.clone();
            let bytes = plain::msrp_response(message, status, &own_path);
            self.actions.push_back(Action::Msrp { connection, bytes });
        }
    }

    /// Puts a chunk to those before it; the whole message with the last one.
    fn join_chunk(&mut self, leg: usize, message: &Message<'_>, is_last: bool) -> Option<Vec<u8>> {
        let id = message.header("Message-ID").unwrap_or_default().into_owned();
        let partial = &mut self.legs[leg].partial;
        let is_first = !partial.contains_key(&id);
        if is_last && is_first {
            return Some(message.raw().to_vec());
        }
        if partial.values().map(Vec::len).sum::<usize>() + message.body().len() > MAX_PARTIAL_BYTES {
            partial.remove(&id);
            return None;
        }
        let head = &message.raw()[..message.body_range().start];
        let whole = partial.entry(id.clone()).or_insert_with(|| head.to_vec());
        whole.extend_from_slice(message.body());
        if !is_last {
            return None;
        }
        let mut whole = partial.remove(&id)?;
        // The head is that of the first chunk, so the end-line bears its transaction id.
        let first = Message::parse(&whole[..]).map(|one| one.transaction_id().to_owned())?;
        whole.extend_from_slice(format!("\r\n-------{first}{}\r\n", message.end_flag().as_char()).as_bytes());
        Some(whole)
    }

    /// Finds the step that a whole message is for, and tells the status to answer with.
    fn meet_message(&mut self, leg: usize, message: &Message<'_>, now: Duration) -> u16 {
        const WINDOW: usize = 40;
        let score = Arc::clone(&self.score);
        let class = judge::class(message);
        let open = score.messages[leg].iter().copied().filter(|&step| self.is_waited_for(step));
        let mut first = None;
        let mut best = None;
        let is_like = |step: &usize| score.msrp[*step].as_ref().is_some_and(|template| template.class == class);
        for step in open.filter(is_like).take(WINDOW) {
            let Some(template) = &score.msrp[step] else { continue };
            first = first.or(Some(step));
            let unknown = |name: &str| name == "imdn.Message-ID" && self.knows_not(leg, template);
            let differences = judge::msrp(&self.ids, leg, &template.message, message);
            if differences.iter().all(|one| unknown(&one.what)) && self.is_same_report(leg, template, message) {
                best = Some(step);
                break;
            }
        }
        let Some(step) = best.or(first) else {
            // An empty SEND only opens the session.
            if !message.body().is_empty() || message.method() == Some("REPORT") {
                self.extra(leg, class);
            }
            return 200;
        };
        let Some(template) = &score.msrp[step] else { return 200 };
        let id = template.imdn_message_id.as_ref();
        let before = id.and_then(|id| self.ids.everywhere(id).map(str::to_owned));
        learn::msrp(&mut self.ids, leg, template, message);
        let mut differences = judge::msrp(&self.ids, leg, &template.message, message);
        // Another name than elsewhere: recipients could not tell that it is the same message.
        let got = imdn_message_id(message).unwrap_or_default();
        if let Some(known) = before.filter(|known| *known != got) {
            differences.push(Difference { what: "imdn.Message-ID".into(), expected: known, got });
        }
        self.meet(step, differences, true, now);
        score.plan.steps[step].answer
    }

    fn knows_not(&self, leg: usize, template: &MsrpTemplate) -> bool {
        template.imdn_message_id.as_ref().is_some_and(|id| self.ids.get(leg, id).is_none())
    }

    /// A REPORT names the message it is about.
    fn is_same_report(&self, leg: usize, template: &MsrpTemplate, message: &Message<'_>) -> bool {
        if template.message.method() != Some("REPORT") {
            return true;
        }
        let original = template.message_id.as_deref().unwrap_or_default();
        let expected = self.ids.get(leg, original).unwrap_or(original);
        message.header("Message-ID").is_some_and(|id| id == expected)
    }

    /// An expected connection may be ours to open: who is active is only known once both sides have spoken.
    pub(super) fn open_if_active(&mut self, leg: usize, now: Duration) {
        let state = &self.legs[leg];
        // Who has nothing to say over it needs no connection.
        if !self.score.speaks_msrp[leg] {
            return;
        }
        if state.connection.is_some() || state.connecting || state.peer_path.is_empty() || state.own_path.is_empty() {
            return;
        }
        if let Some(connection) = self.relay_connection(leg) {
            self.bind(leg, connection, now);
            if self.is_active(leg) {
                self.introduce(leg, connection);
            }
        } else if self.is_active(leg) {
            self.connect(leg, None, now);
        }
    }
}
