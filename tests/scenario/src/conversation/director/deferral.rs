//! Clients that are away while their participating function stays in the session for them, and how they come back (5.2.3.4).

use super::super::dialog::{Leg, Part};
use super::super::media::Manner;
use super::super::setup::{Acceptance, Invitation};
use super::Director;
use super::departures::{Departure, LOST, reason};
use crate::script::Topology;
use crate::truth::Mark;

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
    }

    pub(super) fn is_away(&self, person: usize) -> bool {
        self.legs[self.leg_of(person)].part == Part::Network
    }

    /// The client comes back: by an INVITE of its own, or because its function invites it. Then it gets what was kept.
    pub(super) fn come_back(&mut self, who: &str, by_itself: bool) {
        if self.story.topology == Topology::Direct {
            return self.rejoin(who);
        }
        self.stage.begin(&format!("{} {who}", if by_itself { "rejoin" } else { "deliver" }));
        let person = self.person(who);
        self.operation(if by_itself { "rejoin" } else { "deliver" }, None, Some(person), None);
        let mut new = self.way_back(person, by_itself);
        let index = self.leg_of(person);
        let leg = &mut self.legs[index];
        let husk = std::mem::replace(&mut leg.dialogs[0], new.dialogs.remove(0));
        leg.part = Part::Client;
        let (kept, info) = (std::mem::take(&mut leg.kept), leg.kept_info.take());
        // The old dialog stays on record.
        self.legs.push(Leg { person, dialogs: vec![husk], phase: "lost", ..Leg::default() });
        let leg = &self.legs[index];
        let mut delivered = Vec::new();
        for (entity, message_id) in kept {
            let sent = self.stage.send(leg, false, &entity, Manner::default());
            delivered.push((message_id, sent[0]));
        }
        if let Some(info) = info.filter(|_| !self.subscribed(person)) {
            self.stage.send(&self.legs[index], false, &info, Manner::default());
        }
        self.legs[index].part = Part::All;
        for (message_id, sent) in delivered {
            self.acknowledge_kept(person, &message_id, Mark::of(sent));
        }
        if self.subscribed(person) {
            self.stage.begin("info");
            self.tell_again(person);
        }
    }

    /// The dialog between the client and its function.
    fn way_back(&mut self, person: usize, by_itself: bool) -> Leg {
        let conference = self.conference();
        let (uri, initiator) = (conference.uri.clone(), conference.initiator);
        let address = format!("<{}>", conference.address());
        let acceptance = Acceptance {
            conversation_id: conference.conversation_id.clone(),
            contribution_id: conference.contribution_id.clone(),
            in_reply_to: conference.in_reply_to.clone(),
            closed: conference.closed,
        };
        let mut leg = if by_itself {
            let invitation = Invitation { uri: uri.clone(), subject: None, ..self.founding_invitation(None) };
            let mut leg = self.new_leg(person, "rejoin", true, &format!("<{uri}>"));
            leg.dialogs.truncate(1);
            self.stage.invite(&mut leg, &invitation);
            leg
        } else {
            let by = if initiator == person { self.connected()[0] } else { initiator };
            let mut invitation = self.focus_invitation(person, by);
            let people = self.connected().into_iter().map(|other| self.cast.people[other].shown()).collect();
            invitation.list = Some(("recipient-list-history", people));
            let mut leg = self.new_leg(person, "deferred", false, &address);
            leg.dialogs.truncate(1);
            self.stage.invite(&mut leg, &invitation);
            self.stage.ring(&mut leg);
            leg
        };
        self.stage.accept(&mut leg, &acceptance);
        self.stage.acknowledge(&mut leg);
        self.stage.connect(&mut leg);
        leg
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
            if sender != person {
                self.report(person, sender, message_id, "delivery", "delivered");
            }
        }
    }
}
