//! The selected session: what its views show is worked out when a view is opened for the first time, once.

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::Context;
use rcshark::Analysis;
use rcshark::capture::Time;
use rcshark::session::Session;
use rcshark::timeline::SessionTimeline;
use rcshark::view::{Axis, EventLine, Ladder, Lanes, Names, events};
use rcshark::wire::{Kind, MessageId};

use crate::deferred::Deferred;
use crate::digest::SessionDigest;

/// Messages up to which everything is worked out at once.
const QUICK_MESSAGES: usize = 4_000;

pub struct SessionView {
    pub analysis: Arc<Analysis>,
    /// Its place in the list of sessions.
    pub number: usize,
    pub digest: SessionDigest,
    pub names: Arc<Names>,
    is_quick: bool,
    lanes: Option<Deferred<Arc<DrawnLanes>>>,
    ladder: Option<Deferred<Arc<DrawnLadder>>>,
    events: Option<Deferred<Arc<Vec<EventLine>>>>,
}

/// Lanes, and where observers were told something else than signalling shows.
pub struct DrawnLanes {
    pub lanes: Lanes,
    /// In step with the lanes; in order of time.
    pub doubts: Vec<Vec<Doubt>>,
}

/// A place in the list of disagreements.
#[derive(Clone, Copy)]
pub struct Doubt {
    pub time: Time,
    pub at: MessageId,
    pub disagreement: usize,
}

/// A ladder with the colour of each arrow.
pub struct DrawnLadder {
    pub ladder: Ladder,
    /// In step with the arrows: the dialog or MSRP session each belongs to, numbered in order of appearance.
    pub series: Vec<u32>,
    /// In step with the arrows: is it a response?
    pub is_response: Vec<bool>,
    /// In step with the arrows: of a request its final status, as far as it was captured.
    pub status: Vec<Option<u16>>,
}

impl SessionView {
    /// `None` for a session that `analysis` does not have.
    pub fn new(analysis: &Arc<Analysis>, number: usize) -> Option<SessionView> {
        let digest = SessionDigest::new(analysis, number)?;
        let timeline = analysis.timelines.get(number)?;
        Some(SessionView {
            analysis: Arc::clone(analysis),
            number,
            digest,
            names: Arc::new(Names::new(timeline)),
            is_quick: analysis.messages.list.len() <= QUICK_MESSAGES,
            lanes: None,
            ladder: None,
            events: None,
        })
    }

    pub fn session(&self) -> Option<&Session> {
        self.analysis.sessions.sessions.get(self.number)
    }

    pub fn timeline(&self) -> Option<&SessionTimeline> {
        self.analysis.timelines.get(self.number)
    }

    pub fn lanes(&mut self, egui: &Context) -> Option<Arc<DrawnLanes>> {
        let (analysis, number, is_quick) = (&self.analysis, self.number, self.is_quick);
        let lanes = self.lanes.get_or_insert_with(|| {
            let analysis = Arc::clone(analysis);
            let make = move || Arc::new(DrawnLanes::new(&analysis, number));
            Deferred::new(is_quick, make, waker(egui))
        });
        lanes.poll().cloned()
    }

    pub fn ladder(&mut self, egui: &Context) -> Option<Arc<DrawnLadder>> {
        let (analysis, number, is_quick) = (&self.analysis, self.number, self.is_quick);
        let ladder = self.ladder.get_or_insert_with(|| {
            let analysis = Arc::clone(analysis);
            Deferred::new(is_quick, move || Arc::new(DrawnLadder::new(&analysis, number)), waker(egui))
        });
        ladder.poll().cloned()
    }

    pub fn events(&mut self, egui: &Context) -> Option<Arc<Vec<EventLine>>> {
        let (analysis, number, is_quick, names) = (&self.analysis, self.number, self.is_quick, &self.names);
        let lines = self.events.get_or_insert_with(|| {
            let (analysis, names) = (Arc::clone(analysis), Arc::clone(names));
            let make = move || {
                let timeline = analysis.timelines.get(number);
                Arc::new(timeline.map(|timeline| events(&analysis, timeline, &names)).unwrap_or_default())
            };
            Deferred::new(is_quick, make, waker(egui))
        });
        lines.poll().cloned()
    }

    /// Has a thread that worked something out broken off?
    pub fn is_lost(&self) -> bool {
        self.lanes.as_ref().is_some_and(Deferred::is_lost)
            || self.ladder.as_ref().is_some_and(Deferred::is_lost)
            || self.events.as_ref().is_some_and(Deferred::is_lost)
    }

    /// Is something still being worked out?
    pub fn is_busy(&self) -> bool {
        self.lanes.as_ref().is_some_and(Deferred::is_pending)
            || self.ladder.as_ref().is_some_and(Deferred::is_pending)
            || self.events.as_ref().is_some_and(Deferred::is_pending)
    }
}

impl DrawnLanes {
    fn new(analysis: &Analysis, number: usize) -> DrawnLanes {
        let (session, timeline) = (analysis.sessions.sessions.get(number), analysis.timelines.get(number));
        let (Some(session), Some(timeline)) = (session, timeline) else {
            return DrawnLanes { lanes: Lanes { axis: Axis::new([]), lanes: Vec::new() }, doubts: Vec::new() };
        };
        let mut doubts = vec![Vec::new(); timeline.participants.len()];
        for (disagreement, one) in timeline.disagreements.iter().enumerate() {
            let who = timeline.observers.get(one.observer).and_then(|observer| observer.who);
            if let Some(own) = who.and_then(|who| doubts.get_mut(who)) {
                own.push(Doubt { time: analysis.messages[one.at].time, at: one.at, disagreement });
            }
        }
        DrawnLanes { lanes: Lanes::new(analysis, session, timeline), doubts }
    }
}

impl DrawnLadder {
    fn new(analysis: &Analysis, number: usize) -> DrawnLadder {
        let session = analysis.sessions.sessions.get(number);
        let ladder = session.map(|session| Ladder::new(analysis, session)).unwrap_or_default();
        let mut numbers: HashMap<Series<'_>, u32> = HashMap::new();
        let mut series = Vec::with_capacity(ladder.arrows.len());
        let mut is_response = Vec::with_capacity(ladder.arrows.len());
        for arrow in &ladder.arrows {
            let next = numbers.len() as u32;
            series.push(*numbers.entry(series_of(analysis, arrow.message)).or_insert(next));
            is_response.push(arrow.label.starts_with(|letter: char| letter.is_ascii_digit()));
        }
        let answers = session.map(|session| answers(analysis, session, &ladder)).unwrap_or_default();
        let status = ladder.arrows.iter().map(|arrow| answers.get(&arrow.message).copied()).collect();
        DrawnLadder { ladder, series, is_response, status }
    }
}

/// Requests with their final status: of SIP by transaction, of MSRP by transaction identifier.
fn answers(analysis: &Analysis, session: &Session, ladder: &Ladder) -> HashMap<MessageId, u16> {
    let (messages, sessions) = (&analysis.messages, &analysis.sessions);
    let status_of = |id: MessageId| messages.sip(&messages[id]).and_then(|message| message.status());
    let mut answers = HashMap::new();
    let legs = session.legs.iter().filter_map(|&leg| sessions.legs.get(leg)).map(|leg| leg.call);
    let subscriptions = session.subscriptions.iter().filter_map(|&one| sessions.subscriptions.get(one));
    let mut calls: Vec<usize> = legs.chain(subscriptions.map(|one| one.call)).collect();
    calls.sort_unstable();
    calls.dedup();
    for transaction in calls.iter().filter_map(|&call| sessions.calls.get(call)).flat_map(|call| &call.transactions) {
        let responses = transaction.responses.iter().rev().copied();
        if let Some(status) = responses.filter_map(status_of).find(|status| *status >= 200) {
            answers.extend(transaction.requests.iter().map(|&request| (request, status)));
        }
    }
    // Between a request and its response the identifier is not used again.
    let mut open: HashMap<(u32, &[u8]), MessageId> = HashMap::new();
    for arrow in ladder.arrows.iter().filter(|arrow| !arrow.is_sip) {
        let message = &messages[arrow.message];
        let Some(summary) = message.msrp() else { continue };
        let key = (message.flow, summary.transaction_id.of(messages.head(message)));
        match messages.msrp(message).and_then(|message| message.status()) {
            Some(status) => answers.extend(open.remove(&key).map(|request| (request, status))),
            None => {
                open.insert(key, arrow.message);
            }
        }
    }
    answers
}

/// What arrows of one colour have in common.
#[derive(PartialEq, Eq, Hash)]
enum Series<'a> {
    Call(&'a [u8]),
    Msrp(u32),
}

fn series_of(analysis: &Analysis, id: MessageId) -> Series<'_> {
    let message = &analysis.messages[id];
    match &message.kind {
        Kind::Sip(summary) => Series::Call(summary.call_id.of(analysis.messages.head(message))),
        Kind::Msrp(_) => {
            let of_message = &analysis.sessions.msrp.session_of;
            Series::Msrp(of_message.get(id.0 as usize).copied().unwrap_or(rcshark::session::NO_SESSION))
        }
    }
}

/// Draws the window anew when a thread is done.
pub fn waker(egui: &Context) -> impl FnOnce() + Send + 'static {
    let egui = egui.clone();
    move || egui.request_repaint()
}
