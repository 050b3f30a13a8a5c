//! Clients that are away while their participating function stays in the session for them, and how they come back (5.2.3.4).

use super::super::MessageId;
use super::super::bodies::{Envelope, cpim, date_time, imdn};
use super::super::cast::{FOCUS, GROUP_STATE_TYPE};
use super::super::dialog::{Dialog, Leg, NO_HEADERS, Part, Request, Side};
use super::super::focus::Form;
use super::super::media::Manner;
use super::super::setup::Invitation;
use super::super::text::{Entity, Headers};
use super::departures::{Departure, LEFT, LOST, reason};
use super::notices::CONFERENCE_INFO;
use super::{Director, Ends, client_contact, client_target};
use crate::script::{Answer, Refusal, Text, Topology};
use crate::truth::{self, Mark};

impl Director<'_> {
    /// The connection of a client is lost; its participating function stays.
    pub(super) fn lose_kept(&mut self, who: &str) {
        if self.story.topology == Topology::Direct {
            return self.leave(who, Departure::Lost);
        }
        self.stage.begin(&format!("away {who}"));
        let person = self.person(who);
        self.operation("lose", None, Some(person), None);
        let index = self.leg_of(person);
        let leg = &mut self.legs[index];
        leg.part = Part::Client;
        self.stage.bye(leg, true, &reason(LOST));
        self.stage.disconnect(leg, false);
        leg.up = true;
        leg.part = Part::Network;
        self.drop_subscription(person);
        if self.subscribed(person) {
            self.tell_again(person);
        } else {
            // The last document that came for the client.
            let document = Entity::new(CONFERENCE_INFO, self.conference().document(person, Form::Msrp));
            self.legs[index].kept_info = Some(document);
        }
    }

    pub(super) fn is_away(&self, person: usize) -> bool {
        self.legs[self.kept_leg(person)].part == Part::Network
    }

    /// The leg of a participant, though the session may have ended meanwhile.
    pub(super) fn kept_leg(&self, person: usize) -> usize {
        let of_group = self.legs.iter().enumerate().skip(self.first_leg_of_group);
        let found = of_group.rev().find(|(_, leg)| leg.person == person && (leg.up || leg.part == Part::Network));
        found.map(|(index, _)| index).unwrap_or_else(|| panic!("{} was never in", self.cast.people[person].name))
    }

    /// The client comes back: by an INVITE of its own, or because its function invites it. Then it gets what was kept.
    pub(super) fn come_back(&mut self, who: &str, by_itself: bool) {
        if self.story.topology == Topology::Direct {
            return if self.conference().asleep && !by_itself { self.stay_away(who) } else { self.rejoin(who) };
        }
        let asleep = self.conference().asleep;
        self.begin_return(who, by_itself);
        let person = self.person(who);
        if !by_itself {
            self.registered(person);
        }
        let operation = if asleep && by_itself {
            "restart"
        } else if by_itself {
            "rejoin"
        } else {
            "deliver"
        };
        self.operation(operation, None, Some(person), None);
        let delivered = self.give_kept(person, by_itself);
        match (asleep, by_itself) {
            (false, _) => {
                let index = self.kept_leg(person);
                self.legs[index].part = Part::All;
                for (message_id, sent) in delivered {
                    self.acknowledge_kept(person, &message_id, Mark::of(sent));
                }
                if self.subscribed(person) {
                    self.stage.begin("info");
                    self.unsubscribe(person);
                    self.tell_again(person);
                }
            }
            (true, false) => {
                for (message_id, sent) in delivered {
                    self.acknowledge_kept(person, &message_id, Mark::of(sent));
                }
                self.stage.begin(&format!("close {who}"));
                let index = self.kept_leg(person);
                let leg = &mut self.legs[index];
                self.stage.bye(leg, false, &reason(LEFT));
                self.stage.disconnect(leg, false);
                leg.part = Part::All;
            }
            (true, true) => {
                self.wake(person);
                for (message_id, sent) in delivered {
                    self.acknowledge_kept(person, &message_id, Mark::of(sent));
                }
            }
        }
    }

    /// Without a participating function nothing is kept for whom the session has ended.
    fn stay_away(&mut self, who: &str) {
        self.stage.begin(&format!("deliver {who}"));
    }

    /// The network tells the function that its user has registered: a third-party REGISTER (3GPP TS 24.229 §5.4.1.7).
    fn registered(&mut self, person: usize) {
        let step = self.stage.step().to_owned();
        let user = self.cast.people[person].clone();
        self.stage.begin(&format!("registered {}", user.name));
        let core = Ends {
            address: "<sip:scscf.example.net>".to_owned(),
            identity: "<sip:scscf.example.net>".to_owned(),
            target: "sip:scscf.example.net".to_owned(),
            contact: "<sip:scscf.example.net>".to_owned(),
        };
        let of_user = Ends {
            address: format!("<{}>", user.uri),
            identity: format!("<{}>", user.uri),
            target: user.uri.clone(),
            contact: format!("<{}>", user.uri),
        };
        let dialogs = self.dialogs(&[FOCUS, user.function], &core, &of_user, true, None);
        let mut leg = Leg { person, dialogs, from_near: true, ..Leg::default() };
        let headers = |_: &Dialog, me: &Side| {
            let mut headers = Headers::default();
            headers.add("Contact", me.contact.as_str());
            headers.add("Expires", "600000");
            headers
        };
        let uri = format!("sip:{}", self.stage.nodes[user.function].host);
        let request = Request { method: "REGISTER", uri: Some(&uri), headers: &headers, body: None };
        self.stage.exchange(&mut leg, true, &request, "200 OK", NO_HEADERS);
        self.stage.now_us += 200_000;
        self.stage.resume(&step);
    }

    fn begin_return(&mut self, who: &str, by_itself: bool) {
        self.stage.begin(&format!("{} {who}", if by_itself { "rejoin" } else { "deliver" }));
    }

    /// The dialog between a client and its function is made anew, and the client gets what was kept: the imdn.Message-IDs, and where
    /// each was sent.
    fn give_kept(&mut self, person: usize, by_itself: bool) -> Vec<(String, MessageId)> {
        let mut new = self.way_back(person, by_itself);
        let acceptance = self.acceptance();
        self.stage.accept(&mut new, &acceptance);
        self.stage.acknowledge(&mut new);
        self.stage.connect(&mut new);
        let index = self.kept_leg(person);
        let leg = &mut self.legs[index];
        let husk = std::mem::replace(&mut leg.dialogs[0], new.dialogs.remove(0));
        leg.up = true;
        leg.part = Part::Client;
        let (kept, info) = (std::mem::take(&mut leg.kept), leg.kept_info.take());
        // The old dialog stays on record.
        self.legs.push(Leg { person, dialogs: vec![husk], phase: "lost", ..Leg::default() });
        let leg = &self.legs[index];
        let (step, name) = (self.stage.step().to_owned(), &self.cast.people[person].name);
        let mut delivered = Vec::new();
        for (number, (entity, message_id)) in (1..).zip(kept) {
            self.stage.begin(&format!("kept{number} {name}"));
            let sent = self.stage.send(leg, false, &entity, Manner::default());
            delivered.push((message_id, sent[0]));
        }
        if let Some(info) = info {
            self.stage.begin(&format!("told {name}"));
            self.stage.send(leg, false, &info, Manner::default());
        }
        self.stage.resume(&step);
        delivered
    }

    /// The function calls the focus for a client that has come back to a session that had ended.
    fn wake(&mut self, person: usize) {
        self.conference().asleep = false;
        let leg = self.call_focus(person);
        let others = self.conference().users.iter().map(|user| user.person).filter(|&other| other != person);
        let others = others.map(|other| (other, Answer::Accept)).collect::<Vec<_>>();
        self.conference().users.clear();
        let acceptance = self.acceptance();
        let mut called = self.take_leg(leg);
        self.stage.accept(&mut called, &acceptance);
        let acked = self.stage.acknowledge(&mut called);
        self.stage.connect(&mut called);
        called.part = Part::All;
        self.legs[leg] = called;
        self.enter(person, "restarted", None, Mark::of(acked[0]));
        self.inform(&[person], &[person]);
        self.invite_all(&others, person, &[]);
    }

    /// The INVITE of the function to the focus, in place of the dialog that has ended. Returns the leg's index.
    fn call_focus(&mut self, person: usize) -> usize {
        let uri = self.conference().uri.clone();
        let invitation = Invitation { uri: uri.clone(), subject: None, ..self.founding_invitation(None) };
        let mut new = self.new_leg(person, "rejoin", true, &format!("<{uri}>"));
        let index = self.kept_leg(person);
        let mut leg = self.take_leg(index);
        let husk = std::mem::replace(&mut leg.dialogs[1], new.dialogs.remove(1));
        self.legs.push(Leg { person, dialogs: vec![husk], phase: "ended", ..Leg::default() });
        (leg.part, leg.from_near) = (Part::Network, true);
        self.stage.invite(&mut leg, &invitation);
        self.legs[index] = leg;
        index
    }

    /// The client comes back, writes, and the focus does not know the session any more (5.2.3.4.1.2).
    pub(super) fn rejoin_kept_refused(&mut self, who: &str) {
        if self.story.topology == Topology::Direct {
            return self.enter_refused("rejoin", who, Refusal::Ended);
        }
        self.begin_return(who, true);
        let person = self.person(who);
        self.operation("rejoin", None, Some(person), None);
        let delivered = self.give_kept(person, true);
        let index = self.call_focus(person);
        self.legs[index].part = Part::Client;
        let lost = self.write_to_nobody(person);
        let mut leg = self.take_leg(index);
        leg.part = Part::Network;
        let mut headers = Headers::default();
        headers.add("Warning", "399 cf1.example.net \"123 Session does not exist\"");
        let refused = self.stage.refuse(&mut leg, "404 Not Found", &headers);
        leg.part = Part::Client;
        self.legs[index] = leg;
        self.state(person, "refused", "404 Not Found", None, Mark::of(refused));
        for (message_id, sent) in delivered {
            self.acknowledge_kept(person, &message_id, Mark::of(sent));
        }
        self.tell_of_failure(person, &lost);
        let mut leg = self.take_leg(index);
        self.stage.bye(&mut leg, false, &reason("SIP;cause=404;text=\"Not Found\""));
        self.stage.disconnect(&mut leg, false);
        leg.part = Part::All;
        self.legs[index] = leg;
    }

    /// The client is invited, takes the first message, and leaves; its function leaves, too.
    pub(super) fn leave_delivery(&mut self, who: &str) {
        if self.story.topology == Topology::Direct {
            return self.stay_away(who);
        }
        self.begin_return(who, false);
        let person = self.person(who);
        self.operation("deliver", None, Some(person), None);
        let index = self.kept_leg(person);
        self.legs[index].kept.truncate(1);
        self.legs[index].kept_info = None;
        for (message_id, sent) in self.give_kept(person, false) {
            let index = self.kept_leg(person);
            self.legs[index].part = Part::All;
            self.acknowledge_kept(person, &message_id, Mark::of(sent));
        }
        let index = self.kept_leg(person);
        let mut leg = self.take_leg(index);
        let sent = self.stage.bye(&mut leg, true, &reason(LEFT));
        self.stage.disconnect(&mut leg, true);
        self.legs[index] = leg;
        self.out(person, "departed", "departed", LEFT, None, Mark::of(sent[0]));
        self.unsubscribe(person);
        self.inform(&[person], &[]);
    }

    /// The client refuses what was kept, and with it the session.
    pub(super) fn decline_kept(&mut self, who: &str) {
        if self.story.topology == Topology::Direct {
            return self.stay_away(who);
        }
        self.begin_return(who, false);
        let person = self.person(who);
        self.operation("decline", None, Some(person), None);
        let mut invited = self.way_back(person, false);
        self.stage.refuse(&mut invited, "603 Decline", &Headers::default());
        self.legs.push(invited);
        let index = self.kept_leg(person);
        let mut leg = self.take_leg(index);
        let sent = self.stage.bye(&mut leg, true, &reason(LEFT));
        self.stage.disconnect(&mut leg, true);
        (leg.part, leg.kept_info) = (Part::All, None);
        leg.kept.clear();
        self.legs[index] = leg;
        self.out(person, "departed", "departed", LEFT, None, Mark::of(sent[0]));
        self.unsubscribe(person);
        self.inform(&[person], &[]);
    }

    /// The INVITE between the client and its function, whoever sends it; nobody has answered it yet.
    fn way_back(&mut self, person: usize, by_itself: bool) -> Leg {
        let conference = self.conference();
        let (uri, initiator) = (conference.uri.clone(), conference.initiator);
        let address = format!("<{}>", conference.address());
        if by_itself {
            let invitation = Invitation { uri: uri.clone(), subject: None, ..self.founding_invitation(None) };
            let mut leg = self.new_leg(person, "rejoin", true, &format!("<{uri}>"));
            self.wait_at_function(&mut leg);
            self.stage.invite(&mut leg, &invitation);
            leg
        } else {
            let by = if initiator == person { self.connected()[0] } else { initiator };
            let mut invitation = self.focus_invitation(person, by);
            let people = self.connected().into_iter().map(|other| self.cast.people[other].shown()).collect();
            invitation.list = Some(("recipient-list-history", people));
            let mut leg = self.new_leg(person, "deferred", false, &address);
            // For which device it is (5.2.3.4.1.1).
            let instance = &self.cast.people[person].instance;
            leg.dialogs[0].far.contact.push_str(&format!(";+sip.instance=\"<{instance}>\""));
            self.wait_at_function(&mut leg);
            self.stage.invite(&mut leg, &invitation);
            self.stage.ring(&mut leg);
            leg
        }
    }

    /// Only the dialog with the function; what a client that subscribes takes from it is the object of the message store.
    fn wait_at_function(&self, leg: &mut Leg) {
        leg.dialogs.truncate(1);
        if self.subscribed(leg.person) {
            leg.near_types.push_str(&format!(" {GROUP_STATE_TYPE}"));
        }
    }

    /// A message of the client that its function takes, and has nobody to give it to. Returns its imdn.Message-ID.
    fn write_to_nobody(&mut self, person: usize) -> String {
        let text = Text::Exactly("Is anybody there?".to_owned());
        let (record, entity) = self.written(person, &text);
        let sent = self.stage.send(&self.legs[self.kept_leg(person)], true, &entity, Manner::default());
        let id = record.message_id.clone();
        self.group().messages.push(truth::Chat { at: Mark::of(sent[0]), ..record });
        id
    }

    /// The function tells its client that a message did not get through.
    fn tell_of_failure(&mut self, person: usize, message_id: &str) {
        let notice = self.notice(person, person, message_id, "failed");
        self.stage.send(&self.legs[self.kept_leg(person)], false, &notice, Manner::default());
    }

    /// A notification of delivery where the session is over: the client gives it to its function, and that to the sender as a SIP
    /// MESSAGE (5.2.3.4).
    fn report_outside(&mut self, person: usize, sender: usize, message_id: &str) {
        let step = self.stage.step().to_owned();
        self.stage.begin(&format!("acknowledge {}", self.cast.people[person].name));
        let notice = self.notice(person, sender, message_id, "delivered");
        self.stage.send(&self.legs[self.kept_leg(person)], true, &notice, Manner::default());
        self.pager(person, sender, notice);
        self.stage.resume(&step);
    }

    fn notice(&mut self, from: usize, to: usize, message_id: &str, status: &str) -> Entity {
        let time = date_time(self.stage.now_us);
        let id = format!("Imdn{}", self.stage.random.hex(14));
        let envelope = Envelope {
            from: &self.cast.people[from].address(),
            to: &self.cast.people[to].shown(),
            time: &time,
            message_id: &id,
            notify: false,
        };
        cpim(&envelope, imdn(message_id, &time, "delivery", status))
    }

    /// A SIP MESSAGE from the function of one to the client of another.
    fn pager(&mut self, from: usize, to: usize, entity: Entity) {
        let (sender, recipient) = (self.cast.people[from].clone(), self.cast.people[to].clone());
        let near = Ends {
            address: sender.address(),
            identity: format!("<{}>", sender.uri),
            target: sender.uri.clone(),
            contact: format!("<{}>", sender.uri),
        };
        let far = Ends {
            address: format!("<{}>", recipient.uri),
            identity: format!("<{}>", recipient.uri),
            target: client_target(&recipient, &self.stage),
            contact: client_contact(&recipient, &self.stage),
        };
        // One function may serve both.
        let is_same = self.stage.nodes[sender.function].ip == self.stage.nodes[recipient.function].ip;
        let route = [sender.function, recipient.function, recipient.node];
        let dialogs = match is_same {
            true => self.dialogs(&[route[0], route[2]], &near, &far, true, None),
            false => self.dialogs(&route, &near, &far, true, None),
        };
        let mut leg = Leg { person: from, dialogs, from_near: true, ..Leg::default() };
        let conference = self.conference();
        let (conversation, contribution) = (conference.conversation_id.clone(), conference.contribution_id.clone());
        let in_reply_to = conference.in_reply_to.clone();
        let headers = |_: &Dialog, me: &Side| {
            let mut headers = Headers::default();
            headers.add("P-Asserted-Identity", me.identity.as_str());
            headers.add("P-Asserted-Service", "urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg");
            headers.add("Conversation-ID", conversation.as_str());
            headers.add("Contribution-ID", contribution.as_str());
            if let Some(in_reply_to) = &in_reply_to {
                headers.add("InReplyTo-Contribution-ID", in_reply_to.as_str());
            }
            headers.add("User-Agent", me.agent.as_str());
            headers
        };
        let request = Request { method: "MESSAGE", uri: Some(&recipient.uri), headers: &headers, body: Some(entity) };
        self.stage.exchange(&mut leg, true, &request, "200 OK", NO_HEADERS);
    }

    /// The record of a message that was delivered late, and the notification of that.
    fn acknowledge_kept(&mut self, person: usize, message_id: &str, at: Mark) {
        let name = self.name(person);
        let chat = self.group().messages.iter_mut().find(|chat| chat.message_id == message_id);
        let chat = chat.expect("what is kept is on record");
        if let Some(copy) = chat.recipients.iter_mut().find(|copy| copy.participant == name) {
            copy.at = at;
        }
        let sender = chat.sender.clone();
        if self.story.delivery_reports {
            self.group().messages.iter_mut().filter(|chat| chat.message_id == message_id).for_each(|chat| {
                chat.delivered.push(name.clone());
            });
            let sender = self.person(&sender);
            match self.legs[self.kept_leg(person)].part {
                _ if sender == person => {}
                Part::All => self.report(person, sender, message_id, "delivery", "delivered"),
                _ => self.report_outside(person, sender, message_id),
            }
        }
    }
}
