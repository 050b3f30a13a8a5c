//! A second client of a user: its participating function speaks with both, and with the focus as one (5.2.4); or without such a
//! function, the invitation of the one forks to the other (RFC 3261 §16.6).

use super::super::dialog::{Leg, Part};
use super::super::media::Manner;
use super::super::setup::{Acceptance, Invitation};
use super::super::text::Entity;
use super::Director;
use super::departures::{LEFT, LOST, reason};
use crate::script::{Fork, Info, Topology};
use crate::truth;

impl Director<'_> {
    /// Invites the further clients of a person, if there are any. `first`: the leg to the first one.
    pub(super) fn invite_device(&mut self, person: usize, invitation: &Invitation, first: &Leg) {
        let name = self.name(person);
        if self.forks().is_some() {
            return self.fork(person, first);
        }
        if self.story.topology == Topology::Direct || self.story.info != Info::Msrp {
            return;
        }
        let story = self.story;
        for (_, device) in story.devices.iter().filter(|(who, _)| *who == name) {
            let device = self.person(device);
            let address = format!("<{}>", self.conference().address());
            let mut leg = self.new_leg(device, "device", false, &address);
            leg.dialogs.truncate(1);
            leg.part = Part::Client;
            self.stage.invite(&mut leg, invitation);
            self.stage.ring(&mut leg);
            self.devices.push((person, leg));
        }
    }

    /// A participating function invites each client for itself.
    fn forks(&self) -> Option<Fork> {
        self.story.fork.filter(|_| self.story.topology == Topology::Direct)
    }

    /// The second client rings in a dialog of its own.
    fn fork(&mut self, person: usize, first: &Leg) {
        let (story, name) = (self.story, self.name(person));
        for (_, device) in story.devices.iter().filter(|(who, _)| *who == name) {
            let device = self.person(device);
            let address = format!("<{}>", self.conference().address());
            let mut leg = self.new_leg(device, "fork", false, &address);
            let (own, invited) = (&mut leg.dialogs[0], &first.dialogs[0]);
            own.call_id.clone_from(&invited.call_id);
            (own.far, own.created_by) = (invited.far.clone(), invited.created_by.clone());
            if let (Some(record), Some(of_first)) = (&mut own.record, &invited.record) {
                let to_tag = None;
                *record =
                    truth::Leg { participant: record.participant.clone(), phase: "fork", to_tag, ..of_first.clone() };
            }
            self.stage.ring(&mut leg);
            self.devices.push((person, leg));
        }
    }

    pub(super) fn accept_device(&mut self, person: usize, acceptance: &Acceptance) {
        if self.forks() == Some(Fork::Rings) {
            return;
        }
        let forks = self.forks();
        for (_, leg) in self.devices.iter_mut().filter(|(owner, leg)| *owner == person && !leg.up) {
            self.stage.accept(leg, acceptance);
            self.stage.acknowledge(leg);
            self.stage.connect(leg);
            if forks == Some(Fork::Accepts) {
                self.stage.bye(leg, false, &reason(LEFT));
                self.stage.disconnect(leg, false);
            }
        }
    }

    /// What comes for a person comes to its second client, too.
    pub(super) fn copy_to_device(&mut self, person: usize, entity: &Entity, manner: Manner) {
        for (_, leg) in self.devices.iter().filter(|(owner, leg)| *owner == person && leg.up) {
            self.stage.send(leg, false, entity, manner);
        }
    }

    /// What a person writes is shown on its second client, or ends that.
    pub(super) fn tell_device(&mut self, person: usize, entity: &Entity) {
        if self.story.one_client {
            return self.end_devices(person);
        }
        let copy = entity.clone().with_cpim("Message-Direction", "sent");
        self.copy_to_device(person, &copy, Manner::default());
    }

    /// The function ends the second clients.
    pub(super) fn end_devices(&mut self, person: usize) {
        for (_, leg) in self.devices.iter_mut().filter(|(owner, leg)| *owner == person && leg.up) {
            self.stage.bye(leg, false, &reason(LEFT));
            self.stage.disconnect(leg, false);
        }
    }

    pub(super) fn lose_device(&mut self, who: &str) {
        self.stage.begin(&format!("lose {who}"));
        let device = self.person(who);
        for (_, leg) in self.devices.iter_mut().filter(|(_, leg)| leg.person == device && leg.up) {
            self.stage.bye(leg, true, &reason(LOST));
            self.stage.disconnect(leg, false);
        }
    }
}
