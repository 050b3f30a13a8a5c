//! Session timers (RFC 4028): who agreed to refresh a session does so with UPDATE, halfway to its end.

use std::time::Duration;

use super::*;
use crate::replay::plain;
use crate::wire::sip::{Message, Name};

impl Player {
    /// Reads who refreshes, and how often, from the 2xx of an INVITE. `we_called`: we are its client.
    pub(super) fn agree_on_refresh(&mut self, leg: usize, answer: &Message<'_>, we_called: bool, now: Duration) {
        let Some(value) = answer.header(Name::SessionExpires) else { return };
        let mut parts = value.split(';').map(str::trim);
        let seconds = parts.next().and_then(|number| number.parse::<u32>().ok()).filter(|seconds| *seconds > 0);
        let refresher = parts.find_map(|param| param.strip_prefix("refresher="));
        let ours = if we_called { "uac" } else { "uas" };
        if let (Some(seconds), Some(true)) = (seconds, refresher.map(|who| who.eq_ignore_ascii_case(ours))) {
            let pause = Duration::from_secs(seconds.into()) / 2;
            self.legs[leg].refresh = Some((seconds, pause));
            self.push(now + pause, Task::Refresh(leg));
        }
    }

    /// Sends the UPDATE that is due, unless the session is over.
    pub(super) fn refresh(&mut self, leg: usize, now: Duration) {
        let state = &self.legs[leg];
        let Some((seconds, pause)) = state.refresh else { return };
        if state.dialog.ended || state.killed || self.finished_at.is_some() {
            return;
        }
        let contact = format!("Contact: <sip:{}>\r\n", self.local.sip);
        // Of this request we are the client, whoever called.
        let extra = format!("{contact}Session-Expires: {seconds};refresher=uac\r\nSupported: timer\r\n");
        self.send_inside(leg, "UPDATE", &extra, now);
        self.push(now + pause, Task::Refresh(leg));
    }

    /// What the answer to a refresh of the far end says (RFC 4028 §9).
    pub(super) fn answer_to_refresh(&self, request: &Message<'_>) -> String {
        let expires = request.header(Name::SessionExpires);
        let expires = expires.map(|value| format!("Require: timer\r\nSession-Expires: {value}\r\n"));
        format!("Contact: <sip:{}>\r\n{}", self.local.sip, expires.unwrap_or_default())
    }

    /// Sends a request inside a dialog that was not planned.
    pub(super) fn send_inside(&mut self, leg: usize, method: &str, extra: &str, now: Duration) {
        let branch = format!("z9hG4bK{}", self.ids.fresh.hex(20));
        let cseq = self.legs[leg].dialog.next_cseq();
        let state = &self.legs[leg];
        let ends = (state.own_address.as_str(), state.peer_address.as_str());
        let bytes = plain::inside_dialog(method, &state.dialog, &self.local, ends, (cseq, &branch), extra);
        let to = self.inside_destination(leg);
        self.send_by_itself(leg, method, (cseq, branch), bytes, to, now);
    }

    /// Begins the transaction of a request that was not planned.
    pub(super) fn send_by_itself(
        &mut self,
        leg: usize,
        method: &str,
        (cseq, branch): (u32, String),
        bytes: Vec<u8>,
        to: Hop,
        now: Duration,
    ) {
        let place = self.clients.len();
        let reliable = self.settings.transport.is_reliable();
        self.clients.push(ClientEntry {
            transaction: Client::new(now, false, reliable),
            leg,
            step: None,
            method: method.to_owned(),
            cseq,
            bytes: bytes.clone(),
            to,
            attempts: MAX_ATTEMPTS,
        });
        self.by_branch.insert(branch, place);
        self.schedule_client(place);
        self.actions.push_back(Action::Sip { to, bytes });
    }
}
