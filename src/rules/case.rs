//! One session as the rules see it: the analysis, and what several rules want to know of the session, read once.

mod once;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use hashbrown::HashMap;

use super::attendance::Attendance;
use super::document::{Document, DocumentReader};
use super::finding::Actor;
use super::glance::Glance;
use super::inside::Insides;
use super::invite::change::Change;
use super::invite::invitation::Invitation;
use super::pf::hop::Hop;
use super::profile::Profile;
use super::reading::Reading;
use crate::capture::{self, Time};
use crate::session::{
    Call, Direction, Leg, MsrpMedia, MsrpSession, Session, SessionKind, Sessions, Subscription, Transfer, msrp_media,
    msrp_media_in,
};
use crate::timeline::SessionTimeline;
use crate::wire::cpim::{self, Peek};
use crate::wire::msrp::session_id;
use crate::wire::{MessageId, Messages, msrp, sip};
use once::{Once, kept};

/// What a session is judged in.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub capture: &'a capture::Summary,
    pub messages: &'a Messages,
    pub sessions: &'a Sessions,
    /// In step with the sessions; empty while they are being made: then only who is alone in its conversation is judged.
    pub timelines: &'a [SessionTimeline],
    pub profile: &'a Profile,
    /// See [`Case::lossy`].
    pub lossy: bool,
}

/// A session with its surroundings.
pub struct Case<'a> {
    surroundings: Surroundings<'a>,
    pub profile: &'a Profile,
    /// Index of the session in [`Sessions::sessions`].
    pub index: usize,
    pub session: &'a Session,
    pub timeline: &'a SessionTimeline,
    /// Packets are missing from the capture: what was not seen may still have been sent. Rules about something that is missing
    /// are undecided then.
    pub lossy: bool,
    documents: OnceCell<Vec<Document>>,
    /// For the glance.
    insides: Cell<Insides<'a>>,
    attendance: OnceCell<Attendance>,
    invitations: OnceCell<Vec<Invitation<'a>>>,
    changes: OnceCell<Vec<Change<'a>>>,
    hops: OnceCell<Vec<Hop<'a>>>,
    streams: OnceCell<Vec<Stream<'a>>>,
    sip_ids: OnceCell<Vec<MessageId>>,
    opened: RefCell<HashMap<MessageId, Option<Rc<sip::Message<'a>>>>>,
    media: RefCell<HashMap<MessageId, Option<Rc<MsrpMedia>>>>,
    glance: OnceCell<Glance<'a>>,
    once: Once<'a>,
}

/// Documents and the signalling or the requests that they are held against may cross: what is judged has stood this long.
pub const SETTLED_SECONDS: f64 = 1.0;

/// Sessions of a conversation that are looked at beside one of them.
const MAX_CONVERSATION: usize = 100;

/// An MSRP session of a leg.
#[derive(Clone, Copy)]
pub struct Stream<'a> {
    /// Index into [`Sessions::legs`].
    pub leg_index: usize,
    pub leg: &'a Leg,
    /// Index into [`crate::session::MsrpSessions::sessions`].
    pub msrp_index: u32,
    pub msrp: &'a MsrpSession,
    /// Index of the user's participant.
    pub participant: Option<usize>,
    /// Which of [`MsrpSession::ends`] is the caller's: `None` where no SDP tells.
    pub caller_end: Option<usize>,
    /// Which of [`MsrpSession::ends`] is the focus, or the participating function that stands for it; `None` between two clients.
    pub focus_end: Option<usize>,
}

impl Stream<'_> {
    /// Was it sent by the side of the focus? `None` where that is not known.
    pub fn is_from_focus(&self, transfer: &Transfer) -> Option<bool> {
        Some((self.focus_end? == 0) == transfer.from_first_end)
    }
}

impl<'a> Case<'a> {
    pub(super) fn new(surroundings: Surroundings<'a>, index: usize, timeline: &'a SessionTimeline) -> Case<'a> {
        Case::with(surroundings, index, timeline, OnceCell::new(), Insides::default())
    }

    /// As [`Case::new`]; `reading` looked on while the timeline was built.
    pub(super) fn read(
        surroundings: Surroundings<'a>,
        index: usize,
        timeline: &'a SessionTimeline,
        reading: Reading<'a>,
    ) -> Case<'a> {
        let documents = reading.documents.map_or_else(OnceCell::new, |reader| reader.finish().into());
        Case::with(surroundings, index, timeline, documents, reading.insides)
    }

    fn with(
        surroundings: Surroundings<'a>,
        index: usize,
        timeline: &'a SessionTimeline,
        documents: OnceCell<Vec<Document>>,
        insides: Insides<'a>,
    ) -> Case<'a> {
        Case {
            surroundings,
            profile: surroundings.profile,
            index,
            session: &surroundings.sessions.sessions[index],
            timeline,
            lossy: surroundings.lossy,
            documents,
            insides: Cell::new(insides),
            attendance: OnceCell::new(),
            invitations: OnceCell::new(),
            changes: OnceCell::new(),
            hops: OnceCell::new(),
            streams: OnceCell::new(),
            sip_ids: OnceCell::new(),
            opened: RefCell::default(),
            media: RefCell::default(),
            glance: OnceCell::new(),
            once: Once::default(),
        }
    }

    pub fn is_group(&self) -> bool {
        self.session.kind == SessionKind::Group
    }

    pub fn messages(&self) -> &'a Messages {
        self.surroundings.messages
    }

    pub fn sessions(&self) -> &'a Sessions {
        self.surroundings.sessions
    }

    /// The legs with their indices, in order of their beginning.
    pub fn legs(&self) -> impl Iterator<Item = (usize, &'a Leg)> + '_ {
        self.session.legs.iter().map(|&index| (index, &self.sessions().legs[index]))
    }

    /// The subscriptions with their indices.
    pub fn subscriptions(&self) -> impl Iterator<Item = (usize, &'a Subscription)> + '_ {
        self.session.subscriptions.iter().map(|&index| (index, &self.sessions().subscriptions[index]))
    }

    /// The conference-info documents, in order.
    pub fn documents(&self) -> &[Document] {
        self.documents
            .get_or_init(|| DocumentReader::all(&self.timeline.notifications, self.messages(), self.sessions()))
    }

    /// The participants as their legs show them, and whom of them the documents list.
    pub fn attendance(&self) -> &Attendance {
        self.attendance.get_or_init(|| Attendance::new(self))
    }

    /// The first INVITEs of the legs of a group session.
    pub fn invitations(&self) -> &[Invitation<'a>] {
        self.invitations.get_or_init(|| Invitation::all(self))
    }

    /// The re-INVITEs of a group session.
    pub fn changes(&self) -> &[Change<'a>] {
        self.changes.get_or_init(|| Change::all(self))
    }

    /// The participating functions that users come through, each with its two legs.
    pub fn hops(&self) -> &[Hop<'a>] {
        self.hops.get_or_init(|| Hop::all(self))
    }

    /// The MSRP sessions of the legs.
    pub fn streams(&self) -> &[Stream<'a>] {
        self.streams.get_or_init(|| self.legs().filter_map(|(index, leg)| self.stream(index, leg)).collect())
    }

    fn stream(&self, leg_index: usize, leg: &'a Leg) -> Option<Stream<'a>> {
        let msrp_index = leg.msrp?;
        let msrp = &self.sessions().msrp.sessions[msrp_index as usize];
        let ids = msrp.ends.each_ref().map(|uri| session_id(uri));
        let [caller, callee] =
            [&leg.media.caller, &leg.media.callee].map(|media| media.as_ref().and_then(|media| media.session_id()));
        let is_caller = |end: usize| caller.is_some() && ids[end] == caller;
        let is_callee = |end: usize| callee.is_some() && ids[end] == callee;
        let caller_end = [0, 1].into_iter().find(|&end| is_caller(end) || is_callee(1 - end));
        let focus_end = match leg.direction {
            Direction::FocusToClient => caller_end,
            Direction::ClientToFocus => caller_end.map(|end| 1 - end),
            Direction::ClientToClient | Direction::Unknown => None,
        };
        let participant = leg.participant().and_then(|who| self.timeline.participant(&who.key));
        Some(Stream { leg_index, leg, msrp_index, msrp, participant, caller_end, focus_end })
    }

    /// The messages of the streams that are out of the ordinary.
    pub fn glance(&self) -> &Glance<'a> {
        self.glance.get_or_init(|| Glance::new(self, self.insides.take()))
    }

    /// The envelope of the MSRP message with this first chunk, as far as the first packet shows it; `None` where it is no CPIM as
    /// everybody writes it.
    pub fn envelope(&self, first: MessageId) -> Option<Peek<'a>> {
        if let Some(inside) = self.glance().insides.of(first) {
            return inside.envelope;
        }
        let message = &self.messages()[first];
        cpim::peek(self.messages().head(message).get(message.msrp()?.body.range().start..)?)
    }

    /// The messages sent over a stream, in order.
    pub fn transfers(&self, stream: &Stream<'a>) -> impl Iterator<Item = &'a Transfer> + use<'a> {
        let all = &self.sessions().msrp.transfers;
        stream.msrp.transfers.iter().map(move |&index| &all[index as usize])
    }

    /// The SIP messages of the session's legs and subscriptions in order, each once, without retransmissions.
    pub fn sip_ids(&self) -> &[MessageId] {
        self.sip_ids.get_or_init(|| {
            let legs = self.legs().flat_map(|(_, leg)| &leg.messages);
            let subscriptions = self.subscriptions().flat_map(|(_, one)| &one.messages);
            let mut ids: Vec<MessageId> = legs.chain(subscriptions).copied().collect();
            ids.sort_unstable();
            ids.dedup();
            ids.retain(|&id| !self.sessions().is_retransmission(id));
            ids
        })
    }

    /// The calls of the session's legs and subscriptions, each once.
    pub fn calls(&self) -> impl Iterator<Item = &'a Call> + use<'a> {
        let mut calls: Vec<usize> = self.legs().map(|(_, leg)| leg.call).collect();
        calls.extend(self.subscriptions().map(|(_, one)| one.call));
        calls.sort_unstable();
        calls.dedup();
        let all = &self.sessions().calls;
        calls.into_iter().map(move |call| &all[call])
    }

    /// The message opened as SIP. Many rules read the same ones: each is opened once.
    pub fn sip(&self, id: MessageId) -> Option<Rc<sip::Message<'a>>> {
        kept(&self.opened, &id, || self.messages().sip(&self.messages()[id]).map(Rc::new))
    }

    /// What the first SDP of a SIP message says of its MSRP stream, read once as well.
    pub fn media(&self, id: MessageId) -> Option<Rc<MsrpMedia>> {
        kept(&self.media, &id, || {
            let message = self.sip(id)?;
            let media = match message.is_body_cut() {
                true => msrp_media(&message),
                false => msrp_media_in(&*self.sdp(id, &message)?),
            };
            media.map(Rc::new)
        })
    }

    /// The message opened as MSRP.
    pub fn msrp(&self, id: MessageId) -> Option<msrp::Message<'a>> {
        self.messages().msrp(&self.messages()[id])
    }

    pub fn time(&self, id: MessageId) -> Time {
        self.messages()[id].time
    }

    /// Seconds from `earlier` to `later`.
    pub fn seconds_between(&self, earlier: MessageId, later: MessageId) -> f64 {
        self.time(later).nanos_since(self.time(earlier)) as f64 / 1e9
    }

    /// Seconds from the message to the end of the capture: what must follow sooner would have been captured.
    pub fn seconds_captured_after(&self, id: MessageId) -> f64 {
        let last = self.surroundings.capture.last.unwrap_or_default();
        last.nanos_since(self.time(id)) as f64 / 1e9
    }

    /// The name of a participant for a sentence: its URI.
    pub fn uri(&self, participant: usize) -> &'a str {
        &self.timeline.participants[participant].identity.uri
    }

    /// Who sent a SIP message of a leg: the focus's side is the controlling function, or the participating function that stands for it.
    pub fn sender_on(&self, leg: &Leg, id: MessageId) -> Actor {
        let Some(by_caller) = leg.is_by_caller(id, self.messages()) else { return Actor::Unknown };
        match (leg.direction, by_caller) {
            (Direction::ClientToFocus, true) | (Direction::FocusToClient, false) | (Direction::ClientToClient, _) => {
                Actor::Client
            }
            (Direction::ClientToFocus, false) | (Direction::FocusToClient, true) => Actor::ControllingFunction,
            (Direction::Unknown, _) => Actor::Unknown,
        }
    }

    /// Is this the INVITE that began a leg between a client and the focus of a group, or its answer? The rules of the specification
    /// judge these; the rules of RFCs leave them to those.
    pub fn is_of_cpm(&self, leg: &Leg, id: MessageId) -> bool {
        let is_first = leg.invited == Some(id) || leg.answered.is_some_and(|(answer, _)| answer == id);
        is_first && self.is_group() && matches!(leg.direction, Direction::ClientToFocus | Direction::FocusToClient)
    }

    /// The other sessions of its conversation.
    pub fn conversation(&self) -> impl Iterator<Item = Case<'a>> + use<'_, 'a> {
        let conversations = &self.sessions().conversations;
        let of_it = conversations.iter().find(|(id, _)| Some(id) == self.session.conversation_id.as_ref());
        let members = of_it.map_or(&[][..], |(_, members)| members).iter().take(MAX_CONVERSATION);
        let others = members.filter(|&&index| index != self.index);
        others.filter_map(|&index| Some(Case::new(self.surroundings, index, self.surroundings.timelines.get(index)?)))
    }

    /// The first message of the session.
    pub(super) fn first_message(&self) -> Option<MessageId> {
        let legs = self.legs().filter_map(|(_, leg)| leg.messages.first().copied());
        let subscriptions = self.subscriptions().filter_map(|(_, one)| one.messages.first().copied());
        let bare = self.session.bare_msrp.iter().map(|bare| self.sessions().msrp.sessions[bare.msrp as usize].first);
        legs.chain(subscriptions).chain(bare).min()
    }
}
