//! How people get in by REFER and out again: add, remove, leave, lose the connection; and how the session ends.

use super::super::dialog::{Dialog, NO_HEADERS, Request, Side};
use super::super::focus::Status;
use super::super::setup::session_expires;
use super::super::text::{Entity, Headers};
use super::{Director, ICSI, Referral};
use crate::script::{Answer, Ending, Refer};
use crate::truth::Mark;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Departure {
    Left,
    /// A node of the core notices and sends the BYE in the client's place.
    Lost,
}

pub(super) const LEFT: &str = "SIP;cause=200;text=\"Call completed\"";
pub(super) const LOST: &str = "SIP;cause=503;text=\"Service Unavailable\"";
const GONE: &str = "SIP;cause=410;text=\"Gone\"";
const INACTIVE: &str = "SIP;cause=480;text=\"Bearer unavailable\"";

impl Director<'_> {
    pub(super) fn add(&mut self, by: &str, who: &str, answer: Answer) {
        self.stage.begin(&format!("add {who}"));
        let (by, person) = (self.person(by), self.person(who));
        self.operation("add", Some(by), Some(person), None);
        let mut referral = self.refer(by, person, "INVITE");
        self.refer_notify(&mut referral, "SIP/2.0 100 Trying\r\n", "active;expires=60");
        let mut invitation = self.focus_invitation(person, by);
        let people = self.connected().into_iter().map(|other| self.cast.people[other].shown()).collect();
        invitation.list = Some(("recipient-list-history", people));
        self.send_invitation(person, &invitation, answer, "add", Some(referral));
    }

    pub(super) fn remove(&mut self, by: &str, who: &str, crossing: bool) {
        self.stage.begin(&format!("remove {who}"));
        let (by, person) = (self.person(by), self.person(who));
        self.operation("remove", Some(by), Some(person), None);
        let mut referral = self.refer(by, person, "BYE");
        let remover = self.cast.people[by].shown();
        let mut headers = reason(GONE);
        headers.add("Referred-By", format!("<{remover}>"));
        let index = self.leg_of(person);
        if crossing {
            // The client's SEND leaves before the BYE arrives: its place is between BYE and 200.
            let bye_us = self.stage.now_us;
            self.stage.now_us += 50;
            self.late_chat(person);
            self.stage.now_us = bye_us;
        }
        let sent = self.hang_up(index, false, &headers);
        if crossing {
            self.stage.now_us += 5_000;
        }
        self.stage.disconnect(&mut self.legs[index], false);
        self.out(person, "booted", "booted", GONE, Some(remover), sent);
        self.end_subscription(person, "rejected");
        self.refer_result(&mut referral, "200 OK");
        self.inform(&[person], &[]);
    }

    /// REFER to the focus, answered 202.
    fn refer(&mut self, by: usize, person: usize, method: &str) -> Referral {
        let referred = self.cast.people[person].uri.clone();
        let author = self.cast.people[by].shown();
        let conference = self.conference();
        let (focus, conversation, contribution) =
            (conference.uri.clone(), conference.conversation_id.clone(), conference.contribution_id.clone());
        let headers = |_: &Dialog, me: &Side| {
            let mut headers = Headers::default();
            headers.add("Contact", me.contact.as_str());
            headers.add("Refer-To", format!("<{referred};method={method}>"));
            headers.add("Referred-By", format!("<{author}>"));
            headers.add(me.identity_header(), me.identity.as_str());
            headers.add("Accept-Contact", format!("*;{ICSI}"));
            headers.add("User-Agent", me.agent.as_str());
            headers.add("Conversation-ID", conversation.as_str());
            headers.add("Contribution-ID", contribution.as_str());
            headers
        };
        let request = Request { method: "REFER", uri: Some(&focus), headers: &headers, body: None };
        let reply = |_: &Dialog, me: &Side| contact(me);
        let mut own = match self.story.refer {
            Refer::InDialog => None,
            Refer::OwnDialog => {
                let mut leg = self.new_leg(by, "refer", true, &format!("<{focus}>"));
                leg.dialogs.iter_mut().for_each(|dialog| dialog.record = None);
                Some(leg)
            }
        };
        let index = self.leg_of(by);
        let leg = own.as_mut().unwrap_or(&mut self.legs[index]);
        self.stage.exchange(leg, true, &request, "202 Accepted", &reply);
        let ids = leg.dialogs.iter().map(|dialog| dialog.near.cseq).collect();
        Referral { by, own, ids }
    }

    /// The last NOTIFY of a REFER.
    pub(super) fn refer_result(&mut self, referral: &mut Referral, status: &str) {
        self.refer_notify(referral, &format!("SIP/2.0 {status}\r\n"), "terminated;reason=noresource");
    }

    fn refer_notify(&mut self, referral: &mut Referral, fragment: &str, state: &str) {
        // Who has left in the meantime has taken the subscription along.
        if !self.connected().contains(&referral.by) {
            return;
        }
        let index = self.leg_of(referral.by);
        let leg = referral.own.as_mut().unwrap_or(&mut self.legs[index]);
        let call_ids = leg.dialogs.iter().map(|dialog| dialog.call_id.clone());
        let ids = call_ids.zip(referral.ids.iter().copied()).collect::<Vec<_>>();
        let headers = |dialog: &Dialog, me: &Side| {
            let id = ids.iter().find(|(call_id, _)| *call_id == dialog.call_id).map_or(0, |&(_, id)| id);
            let mut headers = contact(me);
            headers.add("Event", format!("refer;id={id}"));
            headers.add("Subscription-State", state);
            headers
        };
        let body = Some(Entity::new("message/sipfrag;version=2.0", fragment));
        let request = Request { method: "NOTIFY", uri: None, headers: &headers, body };
        self.stage.exchange(leg, false, &request, "200 OK", NO_HEADERS);
    }

    pub(super) fn leave(&mut self, who: &str, departure: Departure) {
        let lost = departure == Departure::Lost;
        self.stage.begin(&format!("{} {who}", if lost { "lose" } else { "leave" }));
        let person = self.person(who);
        self.operation(if lost { "lose" } else { "leave" }, None, Some(person), None);
        let index = self.leg_of(person);
        let (cause, method) = if lost { (LOST, "failed") } else { (LEFT, "departed") };
        let sent = self.hang_up(index, true, &reason(cause));
        self.stage.disconnect(&mut self.legs[index], false);
        self.out(person, method, method, cause, None, sent);
        if lost {
            self.drop_subscription(person);
        } else {
            self.unsubscribe(person);
        }
        self.inform(&[person], &[]);
    }

    /// BYE. Returns where the first copy is.
    fn hang_up(&mut self, leg: usize, from_near: bool, headers: &Headers) -> Mark {
        let sent = self.stage.bye(&mut self.legs[leg], from_near, headers);
        self.end_devices(self.legs[leg].person);
        Mark::of(sent[0])
    }

    /// Somebody is disconnected from now on.
    pub(super) fn out(
        &mut self,
        person: usize,
        cause: &str,
        method: &'static str,
        why: &'static str,
        by: Option<String>,
        at: Mark,
    ) {
        self.state(person, "disconnected", cause, by.clone(), at);
        let time_us = self.stage.now_us;
        let user = self.conference().user(person).expect("who leaves was connected");
        user.status = Status::Disconnected { method, reason: Some(why), by, time_us };
        user.added_by = None;
    }

    pub(super) fn end(&mut self, ending: Ending) {
        self.stage.begin("end");
        let (why, cause) = match ending {
            Ending::Inactivity => (INACTIVE, "inactivity"),
            Ending::Gone => (GONE, "session ended"),
            Ending::Completed => (LEFT, "last leaver"),
        };
        self.operation("end", None, None, Some(why));
        for mut pending in std::mem::take(&mut self.pending) {
            self.call_off(&pending);
            if let Some(referral) = &mut pending.refer {
                self.refer_result(referral, "487 Request Terminated");
            }
        }
        self.nobody_came();
        let last = self.connected();
        for &person in &last {
            let index = self.leg_of(person);
            let at = self.hang_up(index, false, &reason(why));
            self.state(person, "disconnected", cause, None, at);
            self.stage.disconnect(&mut self.legs[index], false);
        }
        let users = std::mem::take(&mut self.conference().users);
        for &person in &last {
            self.end_subscription(person, "noresource");
        }
        self.conference().users = users;
        self.conference().asleep = ending == Ending::Inactivity;
    }

    /// UPDATE, the session timer's refresh.
    pub(super) fn refresh(&mut self, who: &str) {
        self.stage.begin(&format!("refresh {who}"));
        let index = self.leg_of(self.person(who));
        let headers = |_: &Dialog, me: &Side| {
            let mut headers = contact(me);
            headers.add("Session-Expires", session_expires(true));
            headers.add("Supported", "timer");
            headers.add("User-Agent", me.agent.as_str());
            headers
        };
        let reply = |_: &Dialog, me: &Side| {
            let mut headers = contact(me);
            headers.add("Session-Expires", session_expires(true));
            headers.add("Require", "timer");
            headers
        };
        let request = Request { method: "UPDATE", uri: None, headers: &headers, body: None };
        self.stage.exchange(&mut self.legs[index], true, &request, "200 OK", &reply);
    }
}

fn contact(me: &Side) -> Headers {
    let mut headers = Headers::default();
    headers.add("Contact", me.contact.as_str());
    headers
}

pub(super) fn reason(value: &str) -> Headers {
    let mut headers = Headers::default();
    headers.add("Reason", value);
    headers
}
