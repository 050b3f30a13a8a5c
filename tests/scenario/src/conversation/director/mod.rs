//! Plays a story: each step becomes the messages that clients, participating functions and the focus send.

mod arrivals;
mod changes;
mod chats;
mod deferral;
mod departures;
mod devices;
mod notices;
mod one_to_one;

use chats::GroupData;
use departures::Departure;

use super::Conversation;
use super::cast::{Cast, FOCUS, GROUP_DATA_TYPE, ICSI, MSRP_PORT, NodeId, Person, host};
use super::dialog::{Dialog, Leg, Side};
use super::focus::{Conference, Status};
use super::stage::Stage;
use crate::random::Random;
use crate::script::{Answer, Info, SipTransport, Step, Story, Topology};
use crate::truth::{self, Mark, Options, Record};

pub(super) fn direct(story: &Story) -> Conversation {
    let mut random = Random::new(story.seed).fork(u64::from(story.group));
    let mut cast = Cast::of(story, &mut random);
    for (who, device) in &story.devices {
        let (who, device) = (cast.person(who), cast.person(device));
        let owner = cast.people[who].clone();
        if story.fork.is_some() && story.topology == Topology::Direct {
            // Both are behind one proxy, by whose address the focus reaches them.
            cast.nodes[cast.people[device].node].ip = cast.nodes[owner.node].ip;
        }
        let client = &mut cast.people[device];
        (client.uri, client.display, client.subscribes) = (owner.uri, owner.display, owner.subscribes);
        // The function that serves the one serves the other.
        let function = cast.nodes[owner.function].clone();
        let node = &mut cast.nodes[client.function];
        node.label = format!("{}-{}", function.name, client.name);
        (node.name, node.ip, node.host) = (function.name, function.ip, function.host);
    }
    let stage = Stage::new(story, cast.nodes.clone(), random);
    let mut director = Director {
        story,
        stage,
        cast,
        legs: Vec::new(),
        subscriptions: Vec::new(),
        devices: Vec::new(),
        pending: Vec::new(),
        creator: None,
        conference: None,
        one_to_one: None,
        record: Record::default(),
        chats: 0,
        first_leg_of_group: 0,
    };
    for step in &story.steps {
        let pause = director.stage.random.range(400_000, 1_500_000);
        let wait = if let Step::Wait(seconds) = step { (seconds * 1e6) as u64 } else { pause };
        let at = director.stage.now_us + wait;
        director.answers_until(at);
        director.stage.now_us = director.stage.now_us.max(at);
        director.play(step);
    }
    director.answers_until(u64::MAX);
    director.finish()
}

struct Director<'a> {
    story: &'a Story,
    stage: Stage,
    cast: Cast,
    legs: Vec<Leg>,
    subscriptions: Vec<Subscription>,
    /// The legs of second clients to their participating function, and whose they are.
    devices: Vec<(usize, Leg)>,
    /// Invitations that ring.
    pending: Vec<Pending>,
    /// The leg of the initiator, as long as nobody has accepted.
    creator: Option<usize>,
    conference: Option<Conference>,
    one_to_one: Option<OneToOne>,
    record: Record,
    chats: u32,
    first_leg_of_group: usize,
}

struct Subscription {
    leg: Leg,
    version: u32,
}

struct Pending {
    due_us: u64,
    leg: usize,
    answer: Answer,
    step: String,
    refer: Option<Referral>,
}

/// Where the NOTIFYs of a REFER go, and who sent it.
struct Referral {
    by: usize,
    /// The dialogs of a REFER outside the session's dialog.
    own: Option<Leg>,
    /// The CSeq numbers of the REFER, per dialog from near to far.
    ids: Vec<u32>,
}

struct OneToOne {
    leg: usize,
    a: usize,
    b: usize,
    conversation_id: String,
    contribution_id: String,
    in_reply_to: String,
}

impl Director<'_> {
    fn play(&mut self, step: &Step) {
        match step {
            Step::Wait(_) => {}
            Step::CreateAdHoc { by, invited } => self.create(by, invited, false),
            Step::CreatePredefined { by, invited } => self.create(by, invited, true),
            Step::CreateRefused { by, invited, refusal } => self.create_refused(by, invited, *refusal),
            Step::StartAgain { by, invited } => self.start_again(by, invited),
            Step::Join { who, anonymous } => self.join(who, *anonymous),
            Step::JoinRefused { who, refusal } => self.enter_refused("join", who, *refusal),
            Step::Chat(chat) => self.chat(chat),
            Step::Burst { from, count, bytes } => self.burst(from, *count, *bytes),
            Step::Typing { who } => self.typing(who),
            Step::Displayed { who } => self.displayed(who),
            Step::Add { by, who, answer } => self.add(by, who, *answer),
            Step::Remove { by, who, crossing } => self.remove(by, who, *crossing),
            Step::Leave { who } => self.leave(who, Departure::Left),
            Step::LoseConnection { who } => self.leave(who, Departure::Lost),
            Step::Rejoin { who } => self.rejoin(who),
            Step::LoseKept { who } => self.lose_kept(who),
            Step::Deliver { who } => self.come_back(who, false),
            Step::DeliverDeclined { who } => self.decline_kept(who),
            Step::DeliverInterrupted { who } => self.leave_delivery(who),
            Step::RejoinKept { who } => self.come_back(who, true),
            Step::RejoinKeptRefused { who } => self.rejoin_kept_refused(who),
            Step::RejoinRefused { who, refusal } => self.enter_refused("rejoin", who, *refusal),
            Step::Subject { by, text } => self.group_data(by, GroupData::Subject(text)),
            Step::Icon { by, uri } => self.group_data(by, GroupData::Icon(uri)),
            Step::Bulletin { by, text } => self.group_data(by, GroupData::Bulletin(text)),
            Step::Role { by, who, role } => self.group_data(by, GroupData::Role { who, role }),
            Step::LoseDevice { who } => self.lose_device(who),
            Step::Refresh { who } => self.refresh(who),
            Step::Modify { by, refused_by } => self.modify(by, refused_by),
            Step::End(ending) => self.end(*ending),
            Step::OneToOne { a, b } => self.start_one_to_one(a, b),
            Step::Extend { by, with } => self.extend(by, with),
        }
    }

    fn finish(mut self) -> Conversation {
        self.close_group_record();
        let story = self.story;
        let options = Options {
            seed: story.seed,
            topology: match story.topology {
                Topology::Direct => "direct",
                Topology::ParticipatingFunctions => "b2bua",
            },
            info: match story.info {
                Info::Msrp => "msrp",
                Info::Notify => "notify",
                Info::Mixed => "mixed",
            },
            sip: match story.sip {
                SipTransport::Udp => "udp",
                SipTransport::Tcp => "tcp",
            },
            ip: if story.ipv6 { 6 } else { 4 },
            participants: story.participants,
        };
        Conversation { messages: self.stage.finish(), record: self.record, options }
    }

    fn person(&self, name: &str) -> usize {
        self.cast.person(name)
    }

    fn name(&self, person: usize) -> String {
        self.cast.people[person].name.clone()
    }

    fn conference(&mut self) -> &mut Conference {
        self.conference.as_mut().expect("the story has created no group yet")
    }

    /// The established leg of a participant to the focus.
    fn leg_of(&self, person: usize) -> usize {
        let of_group = self.legs.iter().enumerate().skip(self.first_leg_of_group);
        let found = of_group.rev().find(|(_, leg)| leg.person == person && leg.up && leg.phase != ONE_TO_ONE);
        found.map(|(index, _)| index).unwrap_or_else(|| panic!("{} is not connected", self.cast.people[person].name))
    }

    fn connected(&self) -> Vec<usize> {
        let users = self.conference.iter().flat_map(|conference| &conference.users);
        users.filter(|user| matches!(user.status, Status::Connected)).map(|user| user.person).collect()
    }

    fn group(&mut self) -> &mut truth::Group {
        self.record.groups.last_mut().expect("a group is on record as soon as it is created")
    }

    fn state(&mut self, person: usize, state: &'static str, cause: &str, by: Option<String>, at: Mark) {
        let t_us = self.stage.now_us;
        let entry = truth::State { t_us, state, cause: cause.to_owned(), by, at };
        let participant = &mut self.group().participants[person];
        if matches!(state, "connected" | "disconnected") {
            participant.final_state = Some(state);
        }
        participant.timeline.push(entry);
    }

    fn operation(&mut self, what: &'static str, by: Option<usize>, who: Option<usize>, value: Option<&str>) {
        let (by, who) = (by.map(|by| self.name(by)), who.map(|who| self.name(who)));
        let t_us = self.stage.now_us;
        self.group().operations.push(truth::Operation { t_us, what, by, who, value: value.map(str::to_owned) });
    }

    /// Moves what the conference and the legs hold to the record of the group.
    fn close_group_record(&mut self) {
        let one_to_one = self.one_to_one.take();
        let devices = self.devices.drain(..).map(|(_, leg)| leg);
        let legs = self.legs.drain(..).chain(devices).collect::<Vec<_>>();
        self.subscriptions.clear();
        let records = |phase: &dyn Fn(&Leg) -> bool| {
            let chosen = legs.iter().filter(|leg| phase(leg));
            chosen.flat_map(|leg| leg.dialogs.iter().filter_map(|dialog| dialog.record.clone())).collect::<Vec<_>>()
        };
        if let (Some(_), Some(session)) = (one_to_one, self.record.one2one.last_mut()) {
            session.legs = records(&|leg| leg.phase == ONE_TO_ONE);
        }
        if let Some(conference) = self.conference.take() {
            let group = self.group();
            group.legs = records(&|leg| leg.phase != ONE_TO_ONE);
            group.final_subject = conference.subject.map(|subject| subject.value);
            group.final_icon = conference.icon.map(|icon| icon.value);
        }
    }

    /// The nodes from a client to the focus.
    fn route(&self, person: usize) -> Vec<NodeId> {
        let Person { node, function, .. } = self.cast.people[person];
        match self.story.topology {
            Topology::Direct => vec![node, FOCUS],
            Topology::ParticipatingFunctions => vec![node, function, FOCUS],
        }
    }

    fn new_leg(&mut self, person: usize, phase: &'static str, from_near: bool, far_address: &str) -> Leg {
        let conference = self.conference.as_ref().expect("a group");
        let (focus_uri, identity) = (conference.uri.clone(), conference.address().to_owned());
        let client = self.cast.people[person].clone();
        let near = Ends {
            address: if from_near { client.address() } else { format!("<{}>", client.uri) },
            identity: if from_near {
                format!("\"{}\" <{}>", client.display, client.uri)
            } else {
                format!("<{}>", client.uri)
            },
            target: client_target(&client, &self.stage),
            contact: client_contact(&client, &self.stage),
        };
        let far = Ends {
            address: far_address.to_owned(),
            identity: format!("<{identity}>"),
            contact: format!("<{focus_uri}>;isfocus;{ICSI}"),
            target: focus_uri,
        };
        let mut near_types = format!("message/cpim {GROUP_DATA_TYPE}");
        if !client.subscribes {
            near_types.push_str(" application/conference-info+xml");
        }
        let mut far_types = format!("message/cpim {GROUP_DATA_TYPE}");
        if self.story.info != Info::Notify {
            far_types.push_str(" application/conference-info+xml");
        }
        let dialogs = self.dialogs(&self.route(person), &near, &far, from_near, Some((person, phase)));
        Leg { person, dialogs, from_near, phase, near_types, far_types, ..Leg::default() }
    }

    fn dialogs(
        &mut self,
        route: &[NodeId],
        near: &Ends,
        far: &Ends,
        from_near: bool,
        record: Option<(usize, &'static str)>,
    ) -> Vec<Dialog> {
        let mut dialogs = Vec::new();
        for hop in route.windows(2) {
            let (first, last) = (hop[0] == route[0], hop[1] == route[route.len() - 1]);
            let near = self.side(hop[0], near, first, true, first);
            let far = self.side(hop[1], far, last, false, false);
            let (caller, callee) = if from_near { (&near, &far) } else { (&far, &near) };
            let call_id = format!(
                "{}@{}",
                self.stage.random.hex(24),
                self.stage.nodes[caller.node].host.trim_matches(['[', ']'])
            );
            let record = record.map(|(person, phase)| truth::Leg {
                call_id: call_id.clone(),
                caller: self.place(caller.node),
                callee: self.place(callee.node),
                phase,
                participant: self.name(person),
                direction: if from_near { "client->focus" } else { "focus->client" },
                from_tag: caller.tag.clone(),
                to_tag: None,
                t_invite_us: self.stage.now_us,
                final_code: None,
                t_established_us: None,
                t_bye_us: None,
                bye_by: None,
                msrp_path_caller: None,
                msrp_path_callee: None,
                msrp_tcp: None,
                at: Mark::default(),
            });
            dialogs.push(Dialog { call_id, near, far, created_by: None, early: false, msrp: None, record });
        }
        dialogs
    }

    /// A side of a dialog: the end itself, or a participating function that speaks for it.
    fn side(&mut self, node: NodeId, end: &Ends, is_end: bool, near: bool, active: bool) -> Side {
        let random = &mut self.stage.random;
        let (tag, session, cseq) = (random.hex(10), random.hex(14), random.range(100, 9000) as u32);
        let place = &self.stage.nodes[node];
        let (node_host, client, function_host) = (host(place.ip), place.client, place.host.clone());
        let agent = place.agent.clone();
        let discard =
            client && active && self.cast.people.iter().any(|person| person.node == node && person.discard_port);
        let msrp_port = match (client, discard) {
            (true, true) => 9,
            (true, false) => self.stage.ephemeral_port(node),
            (false, _) => MSRP_PORT,
        };
        // Towards the focus a participating function is the contact; towards a client it shows the focus through.
        let (target, contact) = if is_end || !near {
            (end.target.clone(), end.contact.clone())
        } else {
            (format!("sip:{function_host}:5060"), format!("<sip:{function_host}:5060>;{ICSI}"))
        };
        // A server asserts the identity without the display name that the client preferred.
        let identity = match end.identity.find('<') {
            Some(start) if !client => end.identity[start..].to_owned(),
            _ => end.identity.clone(),
        };
        let msrp_path = format!("msrp://{node_host}:{msrp_port}/{session};tcp");
        let address = end.address.clone();
        Side {
            node,
            address,
            tag,
            target,
            contact,
            identity,
            agent,
            client,
            cseq,
            msrp_path,
            msrp_port,
            description: (0, 0),
        }
    }

    fn place(&self, node: NodeId) -> String {
        let node = &self.stage.nodes[node];
        format!("{}|{}:5060", node.name, host(node.ip))
    }
}

/// What the two ends of a leg say about themselves.
struct Ends {
    address: String,
    identity: String,
    target: String,
    contact: String,
}

const ONE_TO_ONE: &str = "one2one";

fn client_target(client: &Person, stage: &Stage) -> String {
    let user = client.uri.split('@').next().unwrap_or_default();
    format!("{user}@{}:5060", host(stage.nodes[client.node].ip))
}

fn client_contact(client: &Person, stage: &Stage) -> String {
    format!("<{}>;+sip.instance=\"<{}>\";{ICSI}", client_target(client, stage), client.instance)
}
