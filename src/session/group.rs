//! Legs → group sessions, 1-1 sessions and conversations.

use hashbrown::{HashMap, HashSet};

use super::bare::{self, BareMsrp};
use super::join::{Item, Joint, KeyKind, Sighting, join};
use super::leg::{Direction, Leg, Outcome};
use super::msrp::MsrpSession;
use super::subscription::Subscription;
use crate::capture::{Problems, Time};
use crate::wire::sip::Name;
use crate::wire::{MessageId, Messages};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionKind {
    Group,
    OneToOne,
}

impl SessionKind {
    /// `group` or `one-to-one`.
    pub fn as_str(self) -> &'static str {
        match self {
            SessionKind::Group => "group",
            SessionKind::OneToOne => "one-to-one",
        }
    }
}

/// A group session with all its legs, or a 1-1 session.
#[derive(Clone, Debug)]
pub struct Session {
    /// `s1`, `s2`, … in order of their beginning.
    pub id: String,
    pub kind: SessionKind,
    /// In order of appearance.
    pub contribution_ids: Vec<String>,
    pub conversation_id: Option<String>,
    /// As on the wire.
    pub focus_uri: Option<String>,
    /// Of the first INVITE that has one.
    pub subject: Option<String>,
    /// Index of the 1-1 session that this one extends.
    pub predecessor: Option<usize>,
    pub started: Time,
    /// When its last leg ended; `None` while one stands at the end of the capture.
    pub ended: Option<Time>,
    /// The Reason of the BYE that ended the last leg.
    pub end_cause: Option<String>,
    /// Why its legs are one session.
    pub joined_by: Vec<Joint>,
    /// Indices into [`super::Sessions::legs`], in order of their beginning.
    pub legs: Vec<usize>,
    /// Indices into [`super::Sessions::subscriptions`].
    pub subscriptions: Vec<usize>,
    /// MSRP sessions whose signalling was not captured.
    pub bare_msrp: Vec<BareMsrp>,
    /// First and last message of all.
    pub span: (Time, Time),
}

/// What is to be joined: every leg, then every subscription, then every MSRP session without a leg.
pub struct Parts<'a> {
    pub messages: &'a Messages,
    pub legs: &'a mut [Leg],
    pub subscriptions: &'a [Subscription],
    /// The MSRP sessions that no leg is bound to.
    pub bare_msrp: &'a [bare::Told],
    pub msrp: &'a [MsrpSession],
    pub known: &'a Known,
    /// (item, entity of a conference-info document, message): what observers were told about the focus.
    pub entities: &'a [(usize, String, MessageId)],
}

impl Parts<'_> {
    /// Joins the parts and completes the directions of the legs from what the whole session shows.
    pub fn into_sessions(self, problems: &mut Problems) -> Vec<Session> {
        let known = self.known;
        let sightings = self.sightings(known);
        let items = self.items(known);
        let joined = join(&items, sightings, problems);
        let mut sessions: Vec<Session> = joined
            .into_iter()
            .filter_map(|set| {
                let (legs, subscriptions) = (self.legs.len(), self.subscriptions.len());
                let pick = |from: usize, to: usize| {
                    set.items.iter().filter(move |&&item| from <= item && item < to).map(move |item| item - from)
                };
                let span = set
                    .items
                    .iter()
                    .filter_map(|&item| items[item].span)
                    .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
                let mut session = Session {
                    id: String::new(),
                    kind: SessionKind::OneToOne,
                    contribution_ids: Vec::new(),
                    conversation_id: None,
                    focus_uri: None,
                    subject: None,
                    predecessor: None,
                    started: span.0,
                    ended: None,
                    end_cause: None,
                    joined_by: set.joints,
                    legs: pick(0, legs).collect(),
                    subscriptions: pick(legs, legs + subscriptions).collect(),
                    bare_msrp: pick(legs + subscriptions, usize::MAX)
                        .map(|index| self.bare_msrp[index].bare.clone())
                        .collect(),
                    span,
                };
                self.describe(&mut session, known);
                Some(session)
            })
            .filter(|session| !session.legs.is_empty() || !session.bare_msrp.is_empty() || session.focus_uri.is_some())
            .collect();
        sessions.sort_by_key(|session| (session.started, session.legs.first().copied()));
        for (index, session) in sessions.iter_mut().enumerate() {
            session.id = format!("s{}", index + 1);
        }
        self.link_predecessors(&mut sessions);
        for session in &sessions {
            for &leg in &session.legs {
                complete_direction(&mut self.legs[leg], session, known);
            }
        }
        sessions
    }

    fn items(&self, known: &Known) -> Vec<Item> {
        let time = |id: MessageId| self.messages[id].time;
        let legs = self.legs.iter().map(|leg| Item {
            span: leg.span().map(|(first, last)| (time(first), time(last))),
            focus: leg.focus.iter().map(|(focus, _)| focus.key.clone()).collect(),
        });
        let subscriptions = self.subscriptions.iter().map(|subscription| Item {
            span: subscription.messages.first().zip(subscription.messages.last()).map(|(a, b)| (time(*a), time(*b))),
            focus: subscription
                .target
                .iter()
                .map(|target| target.key.clone())
                .filter(|key| known.focus.contains(key))
                .collect(),
        });
        let bare = self.bare_msrp.iter().map(|told| {
            let session = &self.msrp[told.bare.msrp as usize];
            let group = told.group.iter().map(|(uri, _)| super::identity::key(uri));
            let focus = group.filter(|key| known.focus.contains(key)).collect();
            Item { span: Some((time(session.first), time(session.last))), focus }
        });
        legs.chain(subscriptions).chain(bare).collect()
    }

    fn sightings(&self, known: &Known) -> Vec<Sighting> {
        let mut sightings = Vec::new();
        let mut see = |kind, key: &str, value: &str, message: MessageId, item| {
            let frame = self.messages[message].frame;
            sightings.push(Sighting { kind, key: key.to_owned(), value: value.to_owned(), frame, item });
        };
        for (item, leg) in self.legs.iter().enumerate() {
            for (id, message) in &leg.contribution_ids {
                see(KeyKind::ContributionId, id, id, *message, item);
            }
            if let Some((focus, message)) = &leg.focus {
                see(KeyKind::FocusUri, &focus.key, &focus.uri, *message, item);
            }
            if let Some((group, message)) = &leg.focus_asserted
                && !known.focus.contains(&group.key)
            {
                see(KeyKind::GroupAddress, &group.key, &group.uri, *message, item);
            }
            // A re-join goes to the focus, a join-in to the group; a factory is neither.
            for identity in leg.request_uri.iter().chain(&leg.caller) {
                let Some(invite) = leg.invited else { continue };
                if known.focus.contains(&identity.key) {
                    see(KeyKind::FocusUri, &identity.key, &identity.uri, invite, item);
                } else if known.groups.contains(&identity.key) {
                    see(KeyKind::GroupAddress, &identity.key, &identity.uri, invite, item);
                }
            }
        }
        let base = self.legs.len();
        for (index, subscription) in self.subscriptions.iter().enumerate() {
            for (id, message) in &subscription.contribution_ids {
                see(KeyKind::ContributionId, id, id, *message, base + index);
            }
            let Some(&first) = subscription.messages.first() else { continue };
            if let Some(target) = &subscription.target
                && (known.focus.contains(&target.key) || subscription.event == "conference")
            {
                see(KeyKind::FocusUri, &target.key, &target.uri, first, base + index);
            }
        }
        for (index, told) in self.bare_msrp.iter().enumerate() {
            let Some((uri, message)) = &told.group else { continue };
            let key = super::identity::key(uri);
            let kind = if known.groups.contains(&key) { KeyKind::GroupAddress } else { KeyKind::FocusUri };
            see(kind, &key, uri, *message, base + self.subscriptions.len() + index);
        }
        for (item, entity, message) in self.entities {
            see(KeyKind::FocusUri, &super::identity::key(entity), entity, *message, *item);
        }
        sightings
    }

    fn describe(&self, session: &mut Session, known: &Known) {
        let legs = || session.legs.iter().map(|&leg| &self.legs[leg]);
        let mut contribution_ids: Vec<(MessageId, String)> = legs()
            .flat_map(|leg| &leg.contribution_ids)
            .chain(session.subscriptions.iter().flat_map(|&index| &self.subscriptions[index].contribution_ids))
            .map(|(id, message)| (*message, id.clone()))
            .collect();
        contribution_ids.sort();
        let mut seen = HashSet::new();
        let contribution_ids =
            contribution_ids.into_iter().map(|(_, id)| id).filter(|id| seen.insert(id.clone())).collect();
        let conversation_id = legs().find_map(|leg| leg.conversation_id.clone());
        let subject = legs().find_map(|leg| leg.subject.clone());
        let told = |item: usize| known.told.get(&item).cloned();
        let focus_uri = legs()
            .find_map(|leg| leg.focus.as_ref().map(|(focus, _)| focus.uri.clone()))
            .or_else(|| {
                let uris = legs().flat_map(|leg| leg.request_uri.iter().chain(&leg.caller));
                uris.filter(|identity| known.focus.contains(&identity.key)).map(|identity| identity.uri.clone()).next()
            })
            .or_else(|| session.legs.iter().find_map(|&leg| told(leg)))
            .or_else(|| {
                session.subscriptions.iter().find_map(|&index| {
                    let subscription = &self.subscriptions[index];
                    let target = subscription.target.as_ref().map(|target| target.uri.clone());
                    told(self.legs.len() + index).or(target.filter(|_| subscription.event == "conference"))
                })
            })
            .or_else(|| {
                let of_session = |told: &&bare::Told| session.bare_msrp.iter().any(|bare| bare.msrp == told.bare.msrp);
                self.bare_msrp.iter().filter(of_session).find_map(|told| Some(told.group.as_ref()?.0.clone()))
            });
        let group = focus_uri.is_some() || legs().any(|leg| leg.asks_for_group);
        let (ended, end_cause) = self.end(session);
        session.contribution_ids = contribution_ids;
        session.conversation_id = conversation_id;
        session.subject = subject;
        session.focus_uri = focus_uri;
        session.kind = if group { SessionKind::Group } else { SessionKind::OneToOne };
        (session.ended, session.end_cause) = (ended, end_cause);
    }

    /// When the last leg ended, and the Reason of the BYE that ended it; nothing while a leg stands.
    fn end(&self, session: &Session) -> (Option<Time>, Option<String>) {
        let mut last: Option<MessageId> = None;
        for &leg in &session.legs {
            let leg = &self.legs[leg];
            let end = match (leg.outcome, leg.ended, leg.answered) {
                (Outcome::Established, Some((bye, _)), _) => bye,
                (Outcome::Established | Outcome::Unanswered, None, _) => return (None, None),
                (_, _, Some((refusal, _))) => refusal,
                _ => continue,
            };
            last = last.max(Some(end));
        }
        let reason = last.and_then(|id| {
            let message = self.messages.sip(&self.messages[id])?;
            message.header(Name::Reason).map(|reason| reason.into_owned())
        });
        (last.map(|id| self.messages[id].time), reason)
    }

    /// An extended 1-1 session stays a session of its own; the group points at it (spec 5.2.3).
    fn link_predecessors(&self, sessions: &mut [Session]) {
        let mut one_to_one: HashMap<String, usize> = HashMap::new();
        for (index, session) in sessions.iter().enumerate().filter(|(_, session)| session.kind == SessionKind::OneToOne)
        {
            for id in &session.contribution_ids {
                one_to_one.entry(id.clone()).or_insert(index);
            }
        }
        for session in sessions {
            let mut replaced = session.legs.iter().filter_map(|&leg| self.legs[leg].session_replaces.as_ref());
            session.predecessor = replaced.find_map(|(id, _)| one_to_one.get(id).copied());
        }
    }
}

/// What the capture as a whole shows of focuses and groups.
pub struct Known {
    /// Item → the entity that conference-info named there.
    told: HashMap<usize, String>,
    /// Keys of URIs that are a focus, and of those that are the address of a group.
    focus: HashSet<String>,
    groups: HashSet<String>,
}

impl Known {
    /// What legs show, and what observers were told: item, entity, message.
    pub fn new(legs: &[Leg], entities: &[(usize, String, MessageId)]) -> Known {
        let contacts = legs.iter().filter_map(|leg| leg.focus.as_ref().map(|(focus, _)| focus.key.clone()));
        let told = entities.iter().map(|(_, entity, _)| super::identity::key(entity));
        let focus: HashSet<String> = contacts.chain(told).collect();
        let asserted = legs.iter().filter_map(|leg| leg.focus_asserted.as_ref().map(|(group, _)| group.key.clone()));
        let groups = asserted.filter(|key| !focus.contains(key)).collect();
        let told = entities.iter().rev().map(|(item, entity, _)| (*item, entity.clone())).collect();
        Known { told, groups, focus }
    }

    /// Adds the focuses that only MSRP without signalling names.
    pub fn add(&mut self, bare_msrp: &[bare::Told]) {
        for (uri, _) in bare_msrp.iter().filter_map(|told| told.group.as_ref()) {
            let key = super::identity::key(uri);
            if !self.groups.contains(&key) {
                self.focus.insert(key);
            }
        }
    }

    pub fn is_group_side(&self, key: &str) -> bool {
        self.focus.contains(key) || self.groups.contains(key)
    }
}

/// The direction of a leg whose Contacts do not tell it: by URIs that are known to be the focus, by what the INVITE asks for.
fn complete_direction(leg: &mut Leg, session: &Session, known: &Known) {
    if leg.direction != Direction::Unknown {
        return;
    }
    let evidence = leg.invited.or(leg.messages.first().copied());
    let is_group_side = |identity: &super::identity::Identity| known.is_group_side(&identity.key);
    let (direction, why) = if session.kind == SessionKind::OneToOne {
        (Direction::ClientToClient, "no focus on either side")
    } else if leg.caller.as_ref().is_some_and(is_group_side) {
        (Direction::FocusToClient, "the caller is the focus or group of other legs")
    } else if leg.request_uri.as_ref().is_some_and(is_group_side) || leg.callee.as_ref().is_some_and(is_group_side) {
        (Direction::ClientToFocus, "the INVITE goes to the focus or group of other legs")
    } else if leg.asks_for_group {
        (Direction::ClientToFocus, "the INVITE asks for a group session")
    } else {
        return;
    };
    leg.direction = direction;
    leg.direction_evidence = evidence.map(|message| (why, message));
}
