//! 1-1 sessions, and their extension to a group session (5.2.3).

use super::super::setup::{Acceptance, Invitation};
use super::super::text::Headers;
use super::{Director, Ends, ICSI, Leg, ONE_TO_ONE, OneToOne};
use crate::script::{Answer, Topology};
use crate::truth;

/// What other parts need to know about the running 1-1 session.
#[derive(Clone, Copy)]
pub(super) struct Open {
    pub leg: usize,
    pub a: usize,
    pub b: usize,
}

impl Director<'_> {
    /// The 1-1 session, as long as no group has taken its place.
    pub(super) fn open_one_to_one(&self) -> Option<Open> {
        let session = self.one_to_one.as_ref()?;
        let open = self.conference.is_none() && self.legs[session.leg].up;
        open.then_some(Open { leg: session.leg, a: session.a, b: session.b })
    }

    pub(super) fn start_one_to_one(&mut self, a: &str, b: &str) {
        self.stage.begin("one2one");
        let (a, b) = (self.person(a), self.person(b));
        self.close_group_record();
        let route = match self.story.topology {
            Topology::Direct => vec![self.cast.people[a].node, self.cast.people[b].node],
            Topology::ParticipatingFunctions => {
                let (caller, callee) = (&self.cast.people[a], &self.cast.people[b]);
                let same = self.cast.nodes[caller.function].ip == self.cast.nodes[callee.function].ip;
                let functions = if same { &[caller.function][..] } else { &[caller.function, callee.function] };
                [&[caller.node], functions, &[callee.node]].concat()
            }
        };
        let ends = |person: usize| {
            let person = &self.cast.people[person];
            let target = gruu(&person.uri, &person.instance);
            let contact = format!("<{target}>;+sip.instance=\"<{}>\";{ICSI}", person.instance);
            (person, target, contact)
        };
        let (caller, target, contact) = ends(a);
        let identity = caller.address();
        let near = Ends { address: caller.address(), identity, target, contact };
        let (callee, target, contact) = ends(b);
        let address = format!("<{}>", callee.uri);
        let uri = callee.uri.clone();
        let far = Ends { identity: address.clone(), address, target, contact };
        let dialogs = self.dialogs(&route, &near, &far, true, Some((a, ONE_TO_ONE)));
        let types = "message/cpim application/im-iscomposing+xml".to_owned();
        let mut leg = Leg {
            person: a,
            dialogs,
            from_near: true,
            phase: ONE_TO_ONE,
            up: false,
            near_types: types.clone(),
            far_types: types,
            ..Leg::default()
        };
        let random = &mut self.stage.random;
        let session = OneToOne {
            leg: self.legs.len(),
            a,
            b,
            conversation_id: random.hex(32),
            contribution_id: random.uuid(),
            in_reply_to: random.uuid(),
        };
        let invitation = Invitation {
            uri,
            group: false,
            conversation_id: session.conversation_id.clone(),
            contribution_id: session.contribution_id.clone(),
            in_reply_to: Some(session.in_reply_to.clone()),
            replaces: None,
            subject: None,
            referred_by: None,
            list: None,
            privacy: false,
            closed: false,
        };
        self.stage.invite(&mut leg, &invitation);
        self.stage.ring(&mut leg);
        self.stage.now_us += 400_000;
        let acceptance = Acceptance {
            conversation_id: session.conversation_id.clone(),
            contribution_id: session.contribution_id.clone(),
            in_reply_to: None,
            closed: false,
        };
        self.stage.accept(&mut leg, &acceptance);
        self.stage.acknowledge(&mut leg);
        self.stage.connect(&mut leg);
        self.legs.push(leg);
        self.record.one2one.push(truth::OneToOne {
            contribution_id: session.contribution_id.clone(),
            conversation_id: session.conversation_id.clone(),
            a: self.name(a),
            b: self.name(b),
            ..truth::OneToOne::default()
        });
        self.one_to_one = Some(session);
    }

    /// A participant of the 1-1 session invites the other and more people to a group; the other one then ends the
    /// 1-1 session.
    pub(super) fn extend(&mut self, by: &str, with: &[(String, Answer)]) {
        self.stage.begin("create");
        let by = self.person(by);
        let with = self.people(with);
        let session = self.one_to_one.take().expect("a 1-1 session to extend");
        let (leg, peer) = (session.leg, if by == session.a { session.b } else { session.a });
        let replaced = session.contribution_id.clone();
        let before = (session.conversation_id.clone(), session.in_reply_to.clone());
        self.one_to_one = Some(session);
        self.found_group(by, false, Some(before));

        let client = gruu(&self.cast.people[peer].uri, &self.cast.people[peer].instance);
        let mut list = vec![format!("{client}?Session-Replaces={replaced}")];
        list.extend(with.iter().map(|&(person, _)| self.cast.people[person].uri.clone()));
        let invitation = self.founding_invitation(Some(("recipient-list", list)));
        let creator = self.send_founding(by, &invitation);
        let mut invited = vec![(peer, Answer::Accept)];
        invited.extend(with);
        self.invite_all(&invited, by, &[(peer, client, replaced)]);
        self.creator = Some(creator);
        let soon = self.stage.now_us + 1_000_000;
        self.answers_until(soon);
        self.stage.now_us = self.stage.now_us.max(soon);

        self.stage.begin("one2one over");
        let mut headers = Headers::default();
        headers.add("Reason", "SIP;cause=200;text=\"Call completed\"");
        let from_near = self.legs[leg].person == peer;
        self.stage.bye(&mut self.legs[leg], from_near, &headers);
        self.stage.disconnect(&mut self.legs[leg], from_near);
    }
}

fn gruu(uri: &str, instance: &str) -> String {
    format!("{uri};gr={instance}")
}
