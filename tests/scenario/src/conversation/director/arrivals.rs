//! How a group comes to be, and how people come into it: creation, invitation, joining, re-joining.

use super::super::cast::CONFERENCE_FACTORY;
use super::super::focus::{Change, Conference, Status, User};
use super::super::setup::{Acceptance, Invitation};
use super::super::text::Headers;
use super::{Director, Leg, Pending, Referral};
use crate::script::{Answer, Refusal};
use crate::truth::{self, Mark};

const RING_US: u64 = 40_000;
/// How long the focus lets a client ring that does not answer.
const NO_ANSWER_US: u64 = 30_000_000;

impl Director<'_> {
    pub(super) fn create(&mut self, by: &str, invited: &[(String, Answer)], predefined: bool) {
        self.stage.begin("create");
        let by = self.person(by);
        let invited = self.people(invited);
        self.found_group(by, predefined, None);
        let list = invited.iter().map(|&(person, _)| self.cast.people[person].uri.clone()).collect();
        let invitation = self.founding_invitation((!predefined).then_some(("recipient-list", list)));
        let creator = self.send_founding(by, &invitation);
        self.invite_all(&invited, by, &[]);
        self.creator = Some(creator);
    }

    /// Makes the group anew after its re-join was refused, with the identifiers of the old one (5.2.1.4).
    pub(super) fn start_again(&mut self, by: &str, invited: &[(String, Answer)]) {
        self.stage.begin("create");
        let by = self.person(by);
        let invited = self.people(invited);
        let old = self.conference();
        let (conversation_id, contribution_id) = (old.conversation_id.clone(), old.contribution_id.clone());
        self.found_group(by, false, None);
        self.group().conversation_id = conversation_id.clone();
        self.group().contribution_id = contribution_id.clone();
        let conference = self.conference();
        (conference.conversation_id, conference.contribution_id) = (conversation_id, contribution_id);
        let list = invited.iter().map(|&(person, _)| self.cast.people[person].uri.clone()).collect();
        let invitation = self.founding_invitation(Some(("recipient-list", list)));
        let creator = self.send_founding(by, &invitation);
        self.invite_all(&invited, by, &[]);
        self.creator = Some(creator);
    }

    /// The initiator's INVITE to the focus. Returns its leg.
    pub(super) fn send_founding(&mut self, by: usize, invitation: &Invitation) -> usize {
        let mut leg = self.new_leg(by, "initial", true, &format!("<{}>", invitation.uri));
        self.stage.invite(&mut leg, invitation);
        self.legs.push(leg);
        self.state(by, "inviting", "initiator", None, Mark::default());
        self.operation("create", Some(by), None, None);
        self.legs.len() - 1
    }

    pub(super) fn people(&self, invited: &[(String, Answer)]) -> Vec<(usize, Answer)> {
        invited.iter().map(|(who, answer)| (self.person(who), *answer)).collect()
    }

    /// A new conference and its record. `before`: the Conversation-ID and InReplyTo-Contribution-ID it goes on from.
    pub(super) fn found_group(&mut self, by: usize, predefined: bool, before: Option<(String, String)>) {
        if before.is_none() {
            self.answers_until(u64::MAX);
            self.close_group_record();
        }
        self.first_leg_of_group = self.legs.len();
        let story = self.story;
        let random = &mut self.stage.random;
        let id = random.hex(12);
        let (conversation_id, in_reply_to) = match before {
            Some((conversation_id, in_reply_to)) => (conversation_id, Some(in_reply_to)),
            None => (random.hex(32), None),
        };
        let initiator = self.cast.people[by].uri.clone();
        let subject = story.subject.clone();
        let conference = Conference {
            uri: format!("sip:gc-{id}@cf1.example.net"),
            group_address: predefined.then(|| format!("sip:team-{id}@groups.example.net")),
            contribution_id: random.uuid(),
            conversation_id,
            in_reply_to,
            subject: subject.map(|value| Change { value, by: initiator, time_us: self.stage.now_us }),
            icon: None,
            bulletin: None,
            closed: story.closed,
            initiator: by,
            asleep: false,
            users: Vec::new(),
        };
        self.record.groups.push(truth::Group {
            contribution_id: conference.contribution_id.clone(),
            conversation_id: conference.conversation_id.clone(),
            focus_uri: conference.uri.clone(),
            kind: if predefined { "pre-defined" } else { "ad-hoc" },
            group_address: conference.group_address.clone(),
            closed: story.closed,
            participants: (0..self.cast.people.len() - self.story.devices.len())
                .map(|person| self.participant(person))
                .collect(),
            ..truth::Group::default()
        });
        self.conference = Some(conference);
    }

    fn participant(&self, person: usize) -> truth::Participant {
        let person = &self.cast.people[person];
        truth::Participant {
            name: person.name.clone(),
            uri: person.uri.clone(),
            anonymous: person.anonymous,
            display: person.display.to_owned(),
            cinfo_applicable: false,
            final_state: None,
            timeline: Vec::new(),
        }
    }

    /// The INVITE with which a client creates the group.
    pub(super) fn founding_invitation(&mut self, list: Option<(&'static str, Vec<String>)>) -> Invitation {
        let conference = self.conference();
        Invitation {
            uri: conference.group_address.clone().unwrap_or_else(|| CONFERENCE_FACTORY.to_owned()),
            group: true,
            conversation_id: conference.conversation_id.clone(),
            contribution_id: conference.contribution_id.clone(),
            in_reply_to: conference.in_reply_to.clone(),
            replaces: None,
            subject: conference.subject.as_ref().map(|subject| subject.value.clone()),
            referred_by: None,
            list,
            privacy: false,
            closed: conference.closed,
        }
    }

    /// The focus invites people on behalf of `by` (7.2.3). `replaces`: people whose 1-1 session it replaces, with the
    /// URI of their client and the session's Contribution-ID.
    pub(super) fn invite_all(&mut self, invited: &[(usize, Answer)], by: usize, replaces: &[(usize, String, String)]) {
        for &(person, answer) in invited {
            let mut invitation = self.focus_invitation(person, by);
            if let Some((_, uri, contribution)) = replaces.iter().find(|(replaced, ..)| *replaced == person) {
                invitation.uri.clone_from(uri);
                invitation.replaces = Some(contribution.clone());
            }
            self.send_invitation(person, &invitation, answer, "initial", None);
        }
    }

    pub(super) fn focus_invitation(&mut self, person: usize, by: usize) -> Invitation {
        let uri = self.cast.people[person].uri.clone();
        let referred_by = Some(self.cast.people[by].shown());
        Invitation { uri, referred_by, ..self.founding_invitation(None) }
    }

    /// The focus invites one person; the answer comes later.
    pub(super) fn send_invitation(
        &mut self,
        person: usize,
        invitation: &Invitation,
        answer: Answer,
        phase: &'static str,
        refer: Option<Referral>,
    ) {
        let address = format!("<{}>", self.conference().address());
        let mut leg = self.new_leg(person, phase, false, &address);
        let sent = self.stage.invite(&mut leg, invitation);
        self.invite_device(person, invitation, &leg);
        let cause = if refer.is_some() { "invited by REFER" } else { "invited" };
        let by = refer.as_ref().map(|referral| self.name(referral.by));
        let at = sent.last().map(|&id| Mark::of(id)).unwrap_or_default();
        self.state(person, "pending", cause, by, at);
        self.stage.now_us += RING_US;
        self.stage.ring(&mut leg);
        self.legs.push(leg);
        let delay_us = match answer {
            Answer::AcceptAfter(seconds) => (seconds * 1e6) as u64,
            Answer::NoAnswer => NO_ANSWER_US,
            _ => self.stage.random.range(250_000, 390_000),
        };
        let due_us = self.stage.now_us + delay_us;
        let step = self.stage.step().to_owned();
        self.pending.push(Pending { due_us, leg: self.legs.len() - 1, answer, step, refer });
    }

    /// Lets the answers come that are due until then.
    pub(super) fn answers_until(&mut self, until_us: u64) {
        loop {
            let due = self.pending.iter().enumerate().min_by_key(|(_, pending)| pending.due_us);
            let Some((index, pending)) = due.filter(|(_, pending)| pending.due_us <= until_us) else { return };
            self.stage.now_us = self.stage.now_us.max(pending.due_us);
            let pending = self.pending.remove(index);
            self.resolve(pending);
        }
    }

    fn resolve(&mut self, mut pending: Pending) {
        self.stage.resume(&pending.step);
        let mut newcomers = Vec::new();
        let status = match pending.answer {
            Answer::Accept | Answer::AcceptAfter(_) => {
                newcomers = self.accepted(&pending);
                "200 OK"
            }
            Answer::Decline => self.refused(&pending, "603 Decline", "603"),
            Answer::Busy => self.refused(&pending, "486 Busy Here", "486"),
            Answer::Unavailable => self.refused(&pending, "480 Temporarily Unavailable", "480"),
            Answer::NoAnswer => {
                self.call_off(&pending);
                "487 Request Terminated"
            }
        };
        if let Some(referral) = &mut pending.refer {
            self.refer_result(referral, status);
        }
        if !newcomers.is_empty() {
            self.inform(&newcomers, &newcomers);
        } else if self.pending.is_empty() {
            self.nobody_came();
        }
    }

    /// CANCEL to a client that still rings.
    pub(super) fn call_off(&mut self, pending: &Pending) {
        let mut leg = self.take_leg(pending.leg);
        let person = leg.person;
        let id = self.stage.cancel(&mut leg);
        self.legs[pending.leg] = leg;
        self.state(person, "no answer", "487", None, Mark::of(id));
    }

    /// Connects who has accepted, and the initiator if this is the first one. Returns who is new.
    fn accepted(&mut self, pending: &Pending) -> Vec<usize> {
        let acceptance = Acceptance { in_reply_to: None, ..self.acceptance() };
        let mut leg = self.take_leg(pending.leg);
        let person = leg.person;
        self.stage.accept(&mut leg, &acceptance);
        let creator = self.creator.take();
        let mut founding = creator.map(|creator| self.take_leg(creator));
        if let Some(founding) = &mut founding {
            self.stage.accept(founding, &acceptance);
            let acked = self.stage.acknowledge(founding);
            let cause = if self.was_there_before() { "restarted" } else { "initiated" };
            self.enter(founding.person, cause, None, Mark::of(acked[0]));
        }
        let acked = self.stage.acknowledge(&mut leg);
        let added_by = pending.refer.as_ref().map(|referral| self.cast.people[referral.by].shown());
        let cause = if added_by.is_some() { "added by REFER" } else { "accepted invitation" };
        self.enter(person, cause, added_by, Mark::of(acked[0]));
        let mut newcomers = Vec::new();
        if let (Some(creator), Some(mut founding)) = (creator, founding) {
            self.stage.connect(&mut founding);
            newcomers.push(founding.person);
            self.legs[creator] = founding;
        }
        self.stage.connect(&mut leg);
        self.accept_device(person, &acceptance);
        newcomers.push(person);
        self.legs[pending.leg] = leg;
        newcomers
    }

    /// The focus's own identifiers, whatever the INVITE said.
    pub(super) fn acceptance(&mut self) -> Acceptance {
        let conference = self.conference();
        Acceptance {
            conversation_id: conference.conversation_id.clone(),
            contribution_id: conference.contribution_id.clone(),
            in_reply_to: conference.in_reply_to.clone(),
            closed: conference.closed,
        }
    }

    fn refused(&mut self, pending: &Pending, status: &'static str, code: &str) -> &'static str {
        let mut leg = self.take_leg(pending.leg);
        let person = leg.person;
        let id = self.stage.refuse(&mut leg, status, &Headers::default());
        self.legs[pending.leg] = leg;
        self.state(person, "declined", code, None, Mark::of(id));
        status
    }

    /// When all have refused, the initiator gets an error (5.2.5 step 9.ii).
    pub(super) fn nobody_came(&mut self) {
        let Some(creator) = self.creator.take() else { return };
        let mut leg = self.take_leg(creator);
        let by = leg.person;
        let id = self.stage.refuse(&mut leg, "480 Temporarily Unavailable", &Headers::default());
        self.legs[creator] = leg;
        self.state(by, "failed", "no participant accepted", None, Mark::of(id));
    }

    /// Was there an earlier session of this Contribution-ID?
    fn was_there_before(&self) -> bool {
        let mut groups = self.record.groups.iter().rev();
        let now = groups.next().map(|group| &group.contribution_id);
        groups.any(|earlier| Some(&earlier.contribution_id) == now)
    }

    /// Somebody is connected from now on.
    pub(super) fn enter(&mut self, person: usize, cause: &str, added_by: Option<String>, at: Mark) {
        self.state(person, "connected", cause, added_by.clone(), at);
        let who = self.cast.people[person].clone();
        self.group().participants[person].cinfo_applicable =
            !who.subscribes && self.story.info != crate::script::Info::Notify;
        let joined_us = self.stage.now_us;
        let conference = self.conference();
        let roles = conference.user(person).map(|user| std::mem::take(&mut user.roles)).unwrap_or_default();
        conference.users.retain(|user| user.person != person);
        conference.users.push(User {
            person,
            name: who.name.clone(),
            uri: who.shown(),
            display: (!who.anonymous).then_some(who.display),
            status: Status::Connected,
            roles,
            joined_us,
            added_by,
        });
        conference.users.sort_by_key(|user| user.person);
    }

    pub(super) fn join(&mut self, who: &str, anonymous: bool) {
        self.stage.begin(&format!("join {who}"));
        let person = self.person(who);
        self.cast.people[person].anonymous = anonymous;
        self.group().participants[person].anonymous = anonymous;
        self.operation("join", None, Some(person), None);
        let address = self.conference().address().to_owned();
        // A joiner does not know the group's identifiers yet (5.2.1.3 steps 8, 9).
        let (conversation_id, contribution_id) = (self.stage.random.hex(32), self.stage.random.uuid());
        let invitation = Invitation {
            uri: address,
            conversation_id,
            contribution_id,
            subject: None,
            privacy: anonymous,
            ..self.founding_invitation(None)
        };
        self.come_in(person, &invitation, "join", "joined");
    }

    pub(super) fn rejoin(&mut self, who: &str) {
        self.stage.begin(&format!("rejoin {who}"));
        let person = self.person(who);
        let restart = std::mem::take(&mut self.conference().asleep);
        self.operation(if restart { "restart" } else { "rejoin" }, None, Some(person), None);
        let uri = self.conference().uri.clone();
        let invitation = Invitation { uri, subject: None, ..self.founding_invitation(None) };
        let others = self.conference().users.iter().map(|user| user.person).filter(|&other| other != person);
        let others = others.map(|other| (other, Answer::Accept)).collect::<Vec<_>>();
        if restart {
            self.conference().users.clear();
        }
        self.come_in(person, &invitation, "rejoin", if restart { "restarted" } else { "rejoined" });
        if restart {
            self.invite_all(&others, person, &[]);
        }
    }

    /// A client's INVITE that the focus accepts at once.
    fn come_in(&mut self, person: usize, invitation: &Invitation, phase: &'static str, cause: &str) {
        let mut leg = self.new_leg(person, phase, true, &format!("<{}>", invitation.uri));
        self.stage.invite(&mut leg, invitation);
        let acceptance = self.acceptance();
        self.stage.accept(&mut leg, &acceptance);
        let acked = self.stage.acknowledge(&mut leg);
        self.enter(person, cause, None, Mark::of(acked[0]));
        self.stage.connect(&mut leg);
        self.legs.push(leg);
        self.inform(&[person], &[person]);
    }

    pub(super) fn create_refused(&mut self, by: &str, invited: &[String], refusal: Refusal) {
        self.stage.begin("create");
        let by = self.person(by);
        self.found_group(by, false, None);
        let list = invited.iter().map(|who| self.cast.people[self.person(who)].uri.clone()).collect();
        let invitation = self.founding_invitation(Some(("recipient-list", list)));
        let leg = self.send_founding(by, &invitation);
        self.turn_away(leg, refusal);
    }

    /// A join or re-join that the focus refuses.
    pub(super) fn enter_refused(&mut self, phase: &'static str, who: &str, refusal: Refusal) {
        self.stage.begin(&format!("{phase} {who}"));
        let person = self.person(who);
        self.operation(phase, None, Some(person), None);
        let conference = self.conference.as_ref().expect("a group");
        let uri = match refusal {
            Refusal::NoSuchSession => format!("sip:gc-{}@cf1.example.net", self.stage.random.hex(12)),
            _ if phase == "join" => conference.address().to_owned(),
            _ => conference.uri.clone(),
        };
        let invitation = Invitation { uri, subject: None, ..self.founding_invitation(None) };
        let mut leg = self.new_leg(person, phase, true, &format!("<{}>", invitation.uri));
        self.stage.invite(&mut leg, &invitation);
        self.legs.push(leg);
        self.turn_away(self.legs.len() - 1, refusal);
    }

    fn turn_away(&mut self, leg: usize, refusal: Refusal) {
        let (status, warning) = match refusal {
            Refusal::NotAllowed => ("403 Forbidden", "122 Function not allowed"),
            Refusal::NoSuchSession | Refusal::Ended => ("404 Not Found", "123 Session does not exist"),
            Refusal::TooMany => ("486 Busy Here", "102 Too many participants"),
        };
        let mut headers = Headers::default();
        headers.add("Warning", format!("399 cf1.example.net \"{warning}\""));
        let mut refused = self.take_leg(leg);
        let person = refused.person;
        let id = self.stage.refuse(&mut refused, status, &headers);
        self.legs[leg] = refused;
        self.state(person, "refused", status, None, Mark::of(id));
    }

    /// A leg to work on while the rest of the director is at hand; put it back.
    pub(super) fn take_leg(&mut self, index: usize) -> Leg {
        std::mem::take(&mut self.legs[index])
    }
}
