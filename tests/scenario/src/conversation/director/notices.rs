//! Participant information: conference-info over MSRP or by NOTIFY (9.2.14.3).

use super::super::cast::GROUP_STATE_TYPE;
use super::super::dialog::{Dialog, NO_HEADERS, Part, Request, Side};
use super::super::focus::Form;
use super::super::media::Manner;
use super::super::setup::ALLOW;
use super::super::text::{Entity, Headers};
use super::{Director, ICSI, Leg, Subscription};
use crate::script::Info;
use crate::truth::{self, Mark};

pub(super) const CONFERENCE_INFO: &str = "application/conference-info+xml";

/// How a subscription goes on after a NOTIFY.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Going {
    On,
    /// Ends, with the reason of Subscription-State.
    Over(&'static str),
}

impl Director<'_> {
    /// Tells everybody who is connected what has changed; newcomers first, who get all.
    pub(super) fn inform(&mut self, changed: &[usize], newcomers: &[usize]) {
        let step = self.stage.step().to_owned();
        self.stage.begin("info");
        let mut recipients = self.connected();
        recipients.sort_by_key(|person| !newcomers.contains(person));
        for person in recipients {
            if self.subscribed(person) {
                if newcomers.contains(&person) {
                    self.subscribe(person);
                }
                self.notify(person, changed, newcomers.contains(&person), Going::On);
            } else {
                self.send_info(person);
            }
        }
        self.conference().forget_disconnected();
        self.stage.resume(&step);
    }

    /// A client subscribes unless conference-info over MSRP is applicable, which takes both sides.
    pub(super) fn subscribed(&self, person: usize) -> bool {
        self.cast.people[person].subscribes || self.story.info == Info::Notify
    }

    fn send_info(&mut self, person: usize) {
        let index = self.leg_of(person);
        let t_us = self.stage.now_us;
        let document = Entity::new(CONFERENCE_INFO, self.conference().document(person, Form::Msrp));
        if self.is_away(person) {
            self.legs[index].kept_info = Some(document.clone());
        }
        let sent = self.stage.send(&self.legs[index], false, &document, Manner::default());
        self.copy_to_device(person, &document, Manner::default());
        self.note(person, t_us, "msrp", Form::Msrp, sent.last().map(|&id| Mark::of(id)).unwrap_or_default());
    }

    /// Subscribes anew after a time without connection.
    pub(super) fn tell_again(&mut self, person: usize) {
        self.subscribe(person);
        self.notify(person, &[], true, Going::On);
    }

    fn note(&mut self, person: usize, t_us: u64, via: &'static str, form: Form<'_>, at: Mark) {
        let (state, version) = match form {
            Form::Msrp => (None, None),
            Form::Full { version } => (Some("full"), Some(version)),
            Form::Partial { version, .. } => (Some("partial"), Some(version)),
        };
        let conference = self.conference();
        let users = conference.shown(form).map(|user| (user.name.clone(), user.status.as_str())).collect();
        let user_count = conference.connected();
        let to = self.name(person);
        self.group().notifications.push(truth::Notification { t_us, to, via, version, state, user_count, users, at });
    }

    fn subscribe(&mut self, person: usize) {
        let uri = format!("<{}>", self.conference().uri);
        let mut leg = self.new_leg(person, "subscribe", true, &uri);
        leg.dialogs.iter_mut().for_each(|dialog| dialog.record = None);
        if self.is_away(person) {
            // Its participating function wants to know (5.2.3.4).
            leg.part = Part::Network;
        }
        self.subscription_request(&mut leg, 3600);
        self.subscriptions.retain(|old| old.leg.person != person);
        self.subscriptions.push(Subscription { leg, version: 0 });
    }

    fn subscription_request(&mut self, leg: &mut Leg, expires: u32) {
        let conference = self.conference();
        let (conversation, contribution) = (conference.conversation_id.clone(), conference.contribution_id.clone());
        let headers = |_: &Dialog, me: &Side| {
            let mut headers = Headers::default();
            headers.add("Contact", me.contact.as_str());
            headers.add("Event", "conference");
            headers.add("Accept", CONFERENCE_INFO);
            headers.add("Expires", expires.to_string());
            headers.add(me.identity_header(), me.identity.as_str());
            headers.add("Conversation-ID", conversation.as_str());
            headers.add("Contribution-ID", contribution.as_str());
            headers.add("Accept-Contact", format!("*;{ICSI}"));
            headers.add("User-Agent", me.agent.as_str());
            headers.add("Allow", ALLOW);
            headers
        };
        let reply = |_: &Dialog, me: &Side| {
            let mut headers = Headers::default();
            headers.add("Contact", me.contact.as_str());
            headers.add("Expires", expires.to_string());
            headers
        };
        let uri = self.conference().uri.clone();
        let request = Request { method: "SUBSCRIBE", uri: Some(&uri), headers: &headers, body: None };
        self.stage.exchange(leg, true, &request, "200 OK", &reply);
    }

    fn notify(&mut self, person: usize, changed: &[usize], full: bool, going: Going) {
        let Some(index) = self.subscriptions.iter().position(|subscription| subscription.leg.person == person) else {
            return;
        };
        let mut subscription = self.subscriptions.swap_remove(index);
        subscription.version += 1;
        let version = subscription.version;
        let form = if full { Form::Full { version } } else { Form::Partial { version, people: changed } };
        let document = self.conference().document(person, form);
        let state = match going {
            Going::On => "active;expires=3600".to_owned(),
            Going::Over(reason) => format!("terminated;reason={reason}"),
        };
        let headers = |_: &Dialog, me: &Side| {
            let mut headers = Headers::default();
            headers.add("Contact", me.contact.as_str());
            headers.add("Event", "conference");
            headers.add("Subscription-State", state.as_str());
            headers.add("User-Agent", me.agent.as_str());
            headers
        };
        let body = Some(Entity::new(CONFERENCE_INFO, document));
        let request = Request { method: "NOTIFY", uri: None, headers: &headers, body };
        let t_us = self.stage.now_us;
        let sent = self.stage.exchange(&mut subscription.leg, false, &request, "200 OK", NO_HEADERS);
        self.note(person, t_us, "notify", form, sent.last().map(|&id| Mark::of(id)).unwrap_or_default());
        if subscription.leg.part == Part::Network && going == Going::On {
            let state = Entity::new(GROUP_STATE_TYPE, self.conference().group_state(person, t_us));
            let index = self.kept_leg(person);
            self.legs[index].kept_info = Some(state);
        }
        if going == Going::On {
            self.subscriptions.push(subscription);
        }
    }

    /// A client that leaves ends its subscription itself.
    pub(super) fn unsubscribe(&mut self, person: usize) {
        let Some(index) = self.subscriptions.iter().position(|subscription| subscription.leg.person == person) else {
            return;
        };
        let mut subscription = self.subscriptions.swap_remove(index);
        self.subscription_request(&mut subscription.leg, 0);
        self.subscriptions.push(subscription);
        self.notify(person, &[], true, Going::Over("timeout"));
    }

    /// The focus ends the subscription of somebody who is out.
    pub(super) fn end_subscription(&mut self, person: usize, reason: &'static str) {
        self.notify(person, &[], true, Going::Over(reason));
    }

    /// A client that is gone without a word leaves its subscription behind.
    pub(super) fn drop_subscription(&mut self, person: usize) {
        self.subscriptions.retain(|subscription| subscription.leg.person != person);
    }
}
