//! What a player does without a plan: it answers what nobody expected, and ends what it has begun.

use std::time::Duration;

use super::*;
use crate::replay::plain;
use crate::wire::sip::Message;

impl Player {
    /// Answers a request that no step expects.
    pub(super) fn answer_by_itself(
        &mut self,
        place: usize,
        leg: usize,
        method: &str,
        message: &Message<'_>,
        now: Duration,
    ) {
        match method {
            "INVITE" => self.answer_reinvite(place, leg, message, now),
            "BYE" => {
                self.extra(leg, "BYE");
                self.answer_plainly(place, 200, "OK", "", now);
                self.legs[leg].dialog.ended = true;
                self.push(now + LINGER, Task::EndLeg(leg));
                self.hung_up(leg, now);
            }
            "UPDATE" => {
                self.extra(leg, method);
                let extra = self.answer_to_refresh(message);
                self.answer_plainly(place, 200, "OK", &extra, now);
            }
            _ => {
                self.extra(leg, method);
                self.answer_plainly(place, 200, "OK", "", now);
            }
        }
    }

    /// A re-INVITE is answered with what was agreed (RFC 3261 §14.2).
    fn answer_reinvite(&mut self, place: usize, leg: usize, message: &Message<'_>, now: Duration) {
        self.extra(leg, "INVITE");
        let state = &self.legs[leg];
        let (Some((content_type, body)), true) = (state.sdp.clone(), state.dialog.confirmed) else {
            return self.answer_plainly(place, 488, "Not Acceptable Here", "", now);
        };
        let own_tag = self.servers[place].own_tag.clone();
        let extra = format!("Contact: <sip:{}>\r\n", self.local.sip);
        let head = plain::plain_response(message, 200, "OK", &own_tag, &extra);
        let head = String::from_utf8_lossy(&head);
        let head = head.trim_end().trim_end_matches("Content-Length: 0");
        let mut bytes =
            format!("{head}Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
        bytes.extend_from_slice(&body);
        self.respond(place, None, 200, bytes, now);
    }

    /// A BYE went or came: the MSRP session ends with it, once what is on the way has arrived.
    pub(super) fn hung_up(&mut self, leg: usize, now: Duration) {
        let score = Arc::clone(&self.score);
        let is_msrp = |kind| matches!(kind, Kind::Msrp | Kind::MsrpResponse);
        let mut steps = score.plan.steps.iter().enumerate();
        let waits =
            steps.any(|(step, planned)| planned.leg == leg && is_msrp(planned.kind) && self.is_waited_for(step));
        let at = if waits { now + LINGER } else { now };
        self.push(at, Task::CloseMsrp(leg));
    }

    /// Ends all that stands: BYE where there is a session, CANCEL where one is asked for.
    pub(super) fn hang_up(&mut self, now: Duration) {
        if self.hanging_up {
            return;
        }
        self.hanging_up = true;
        for leg in 0..self.legs.len() {
            let has_invite = self.legs[leg].invite_client.is_some() || self.legs[leg].invite_server.is_some();
            let rings = self.legs[leg].invite_client.filter(|&place| !self.clients[place].transaction.is_done());
            if let Some(place) = rings {
                // Its forks have the same INVITE.
                if self.clients[place].leg == leg && self.clients[place].transaction.is_proceeding() {
                    self.cancel(place, None, now);
                }
            } else if has_invite && self.legs[leg].dialog.confirmed && !self.legs[leg].dialog.ended {
                self.say_bye(leg, now);
            }
            let unanswered = self.legs[leg].invite_server.filter(|&place| !self.is_answered(place));
            if let Some(place) = unanswered {
                self.answer_plainly(place, 480, "Temporarily Unavailable", "", now);
            }
            self.push(now, Task::CloseMsrp(leg));
        }
    }

    /// Sends a BYE that was not planned.
    pub(super) fn say_bye(&mut self, leg: usize, now: Duration) {
        let reason = "Reason: SIP;cause=480;text=\"Replay ended\"\r\n";
        self.legs[leg].dialog.ended = true;
        self.send_inside(leg, "BYE", reason, now);
    }
}
