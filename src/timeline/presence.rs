//! Who was in, when and why, as signalling shows it: stays and REFERs → the changes of every participant.

use hashbrown::{HashMap, HashSet};

use crate::capture::Time;
use crate::session::{Identity, Session, SessionKind, Sessions, find_body};
use crate::wire::sip::Message;
use crate::wire::{MessageId, Messages, resource_lists};

use super::participant::Cast;
use super::referral::{Referral, Referred};
use super::state::{Cause, Change, Source, State};
use super::stay::{End, Stay};

/// A focus that closes a session sends its BYEs at once; what is relayed between two of them within this time was under way.
const CLOSING_NANOS: i64 = 1_000_000_000;

/// Reads the changes of all participants into `cast`, which learns of those who were asked for and never called.
///
/// `relayed` are the messages that the focus sent on to participants, in order: they show that a session goes on.
pub fn build(
    session: &Session,
    sessions: &Sessions,
    messages: &Messages,
    stays: &[Stay],
    referrals: &[Referral],
    relayed: &[MessageId],
    cast: &mut Cast,
) {
    let presence = Presence { session, sessions, messages, stays, referrals, relayed, cast };
    let closing = presence.closing();
    let mut changes: Vec<(usize, Change)> =
        (0..stays.len()).flat_map(|stay| presence.changes(stay, closing.get(&stay).copied())).collect();
    let asked_for = presence.asked_for();
    for (identity, change) in asked_for {
        if cast.find(&identity.key).is_none() {
            let participant = cast.add(&identity, false);
            changes.push((participant, change));
        }
    }
    changes.sort_by_key(|(_, change)| change.at);
    for (participant, change) in changes {
        cast.participants[participant].timeline.push(change);
    }
}

struct Presence<'a> {
    session: &'a Session,
    sessions: &'a Sessions,
    messages: &'a Messages,
    stays: &'a [Stay],
    referrals: &'a [Referral],
    relayed: &'a [MessageId],
    cast: &'a Cast,
}

impl Presence<'_> {
    fn changes(&self, index: usize, closing: Option<Closing>) -> Vec<(usize, Change)> {
        let stay = &self.stays[index];
        let mut changes = Vec::new();
        let mut push = |at, state, cause, by: Option<String>, uncertain| {
            changes.push((stay.participant, Change { at, state, cause, by, source: Source::Signalling, uncertain }));
        };
        let referrer = self.referrer(index);
        let by = |referral: Option<&Referral>| referral.and_then(|referral| self.uri_of(referral.by.as_ref()?));
        if let Some(invited) = stay.invited.filter(|_| !stay.is_caller) {
            push(invited, State::Pending, Some(Cause::Invited), by(referrer), None);
        }
        if let Some(connected) = stay.connected {
            let referred = by(referrer);
            let cause = match &referred {
                _ if stay.is_caller => self.cause_of_joining(index),
                Some(_) => Some(Cause::Added),
                // Whoever was in before the capture began said yes to something we did not see.
                None => stay.invited.map(|_| Cause::Accepted),
            };
            push(connected.at, State::Connected, cause, referred, connected.uncertain);
        } else if let Some((refusal, status)) =
            stay.refused.filter(|_| !self.is_connected(stay.participant, stay.refused))
        {
            let cause = match status {
                487 if stay.is_cancelled => Cause::Cancelled,
                408 | 500..=599 => Cause::Failed,
                _ => Cause::Declined,
            };
            push(refusal, State::Disconnected, Some(cause), None, None);
        }
        if let Some(end) = stay.ended.as_ref().filter(|end| !self.is_elsewhere(index, end.at)) {
            let (cause, by, doubt) = self.cause_of_end(index, end, closing);
            push(end.at, State::Disconnected, Some(cause), by, end.uncertain.or(doubt));
        }
        changes
    }

    /// Is the participant connected by another stay when this one ends?
    fn is_elsewhere(&self, index: usize, at: MessageId) -> bool {
        let participant = self.stays[index].participant;
        self.stays
            .iter()
            .enumerate()
            .any(|(other, stay)| other != index && stay.participant == participant && is_in(stay, at))
    }

    fn is_connected(&self, participant: usize, refused: Option<(MessageId, u16)>) -> bool {
        refused.is_some_and(|(at, _)| self.stays.iter().any(|stay| stay.participant == participant && is_in(stay, at)))
    }

    /// Why somebody who called is in.
    fn cause_of_joining(&self, index: usize) -> Option<Cause> {
        let stay = &self.stays[index];
        if self.session.kind == SessionKind::OneToOne {
            return Some(Cause::Initiated);
        }
        let began = stay.began?;
        let before = || self.stays.iter().filter(|other| other.connected.is_some_and(|seen| seen.at < began));
        let is_going_on = self.stays.iter().any(|other| is_in(other, began));
        let was_in = before().any(|other| other.participant == stay.participant);
        let entered_in_the_middle = self.stays.iter().any(|other| other.connected.is_some() && other.began.is_none());
        let to_focus = stay.legs.iter().any(|&leg| {
            let leg = &self.sessions.legs[leg];
            leg.request_uri.as_ref().zip(leg.focus.as_ref()).is_some_and(|(uri, (focus, _))| uri.key == focus.key)
        });
        Some(match (was_in, is_going_on) {
            (true, true) => Cause::Rejoined,
            (true, false) => Cause::Restarted,
            // The Group Session Identity is known to those who were in.
            (false, true) if to_focus && entered_in_the_middle => Cause::Rejoined,
            (false, true) => Cause::Joined,
            (false, false) if before().next().is_some() => Cause::Restarted,
            // The focus is called by its own address: the session was made before the capture began.
            (false, false) if to_focus => match self.invites_others(index) {
                true => Cause::Restarted,
                false => Cause::Rejoined,
            },
            (false, false) => Cause::Initiated,
        })
    }

    /// Does the focus call others after this stay began?
    fn invites_others(&self, index: usize) -> bool {
        let began = self.stays[index].began;
        self.stays.iter().any(|stay| !stay.is_caller && stay.began > began)
    }

    fn cause_of_end(
        &self,
        index: usize,
        end: &End,
        closing: Option<Closing>,
    ) -> (Cause, Option<String>, Option<&'static str>) {
        let code = end.reason.as_ref().and_then(|reason| reason.cause);
        if end.by_participant {
            // RFC 3326: 200 is a call completed; anything else tells what went wrong.
            let cause = if code.is_none_or(|code| code == 200) { Cause::Departed } else { Cause::Failed };
            return (cause, None, None);
        }
        if self.session.kind == SessionKind::OneToOne {
            return (Cause::Ended, None, None);
        }
        if let Some(referral) = self.removal(index, end.at) {
            let by = referral.by.as_ref().and_then(|by| self.uri_of(by));
            return (Cause::Booted, by, None);
        }
        match closing {
            Some(Closing::Seen) => (Cause::Ended, None, None),
            Some(Closing::Likely) => (Cause::Ended, None, Some("the capture does not show whether the others stayed")),
            None if code.is_some_and(|code| code == 408 || code == 480 || code >= 500) => (Cause::Failed, None, None),
            None => (Cause::Booted, None, None),
        }
    }

    /// The REFER that asked the focus to invite this participant for this stay.
    fn referrer(&self, index: usize) -> Option<&Referral> {
        let stay = &self.stays[index];
        let began = stay.began?;
        let before = self.stays[..index].iter().rev().find(|other| other.participant == stay.participant);
        let after = before.and_then(|other| other.ended.as_ref().map(|end| end.at).or(other.refused.map(|(at, _)| at)));
        self.referral(stay.participant, Referred::Invite, after, began).filter(|_| !stay.is_caller)
    }

    /// The REFER that asked the focus to remove this participant.
    fn removal(&self, index: usize, ended: MessageId) -> Option<&Referral> {
        let stay = &self.stays[index];
        self.referral(stay.participant, Referred::Bye, stay.connected.map(|seen| seen.at), ended)
    }

    fn referral(
        &self,
        participant: usize,
        asked: Referred,
        after: Option<MessageId>,
        before: MessageId,
    ) -> Option<&Referral> {
        self.referrals.iter().rev().find(|referral| {
            referral.asked == asked
                && referral.at < before
                && after.is_none_or(|after| after < referral.at)
                && referral.answered.is_none_or(|(_, status)| status < 300)
                && referral.targets.iter().any(|target| self.cast.find(&target.key) == Some(participant))
        })
    }

    /// The address of a participant as the session knows it.
    fn uri_of(&self, identity: &Identity) -> Option<String> {
        let known = self.cast.find(&identity.key).map(|index| self.cast.participants[index].identity.uri.clone());
        Some(known.unwrap_or_else(|| identity.uri.clone()))
    }

    /// The stays that ended because the focus closed the session for all: BYEs of one Reason that leave nobody, with nothing
    /// relayed between them.
    fn closing(&self) -> HashMap<usize, Closing> {
        let mut closing: HashMap<usize, Closing> = HashMap::new();
        if self.session.kind == SessionKind::OneToOne {
            return closing;
        }
        let mut by_focus: Vec<(usize, &End)> = self
            .stays
            .iter()
            .enumerate()
            .filter_map(|(index, stay)| Some((index, stay.ended.as_ref().filter(|end| !end.by_participant)?)))
            .collect();
        by_focus.sort_by_key(|(_, end)| std::cmp::Reverse(end.at));
        // Going back in time: the closing BYE after the one that is looked at, and when the last of them was.
        let mut next: Option<(&End, MessageId)> = None;
        for (index, end) in by_focus {
            if self.removal(index, end.at).is_some() {
                continue;
            }
            let stay = &self.stays[index];
            let others =
                self.stays.iter().filter(|other| other.participant != stay.participant && is_in(other, end.at));
            let last_to_go = others
                .map(|other| other.ended.as_ref().map(|end| end.at))
                .max_by_key(|at| at.map_or(u32::MAX, |at| at.0));
            let kind = match last_to_go {
                None => Some(Closing::Seen),
                // Somebody is still there when the capture ends.
                Some(None) => (!self.is_relayed_between(end.at, None)).then_some(Closing::Likely),
                Some(Some(last_to_go)) => next
                    .filter(|(next, last)| last_to_go <= *last && self.is_one_closing(end, next))
                    .map(|_| Closing::Seen),
            };
            if let Some(kind) = kind {
                closing.insert(index, kind);
                next = Some((end, next.filter(|_| last_to_go.is_some()).map_or(end.at, |(_, last)| last)));
            }
        }
        closing
    }

    fn is_one_closing(&self, end: &End, next: &End) -> bool {
        let code = |end: &End| end.reason.as_ref().and_then(|reason| reason.cause);
        let soon = self.time(next.at).nanos_since(self.time(end.at)) <= CLOSING_NANOS;
        code(end) == code(next) && (soon || !self.is_relayed_between(end.at, Some(next.at)))
    }

    fn is_relayed_between(&self, from: MessageId, to: Option<MessageId>) -> bool {
        let first = self.relayed.partition_point(|at| *at <= from);
        self.relayed.get(first).is_some_and(|at| to.is_none_or(|to| *at < to))
    }

    fn time(&self, id: MessageId) -> Time {
        self.messages[id].time
    }

    /// Those whom a list of recipients or a REFER asks for.
    fn asked_for(&self) -> Vec<(Identity, Change)> {
        let mut asked_for = Vec::new();
        let mut seen = HashSet::new();
        let mut ask = |identity: Identity, at, by| {
            if seen.insert(identity.key.clone()) {
                let (state, cause) = (State::Invited, Some(Cause::Invited));
                asked_for
                    .push((identity, Change { at, state, cause, by, source: Source::Signalling, uncertain: None }));
            }
        };
        for stay in self.stays.iter().filter(|stay| stay.is_caller && stay.refused.is_none()) {
            let Some(invite) = stay.began else { continue };
            let Some(message) = self.messages.sip(&self.messages[invite]) else { continue };
            for recipient in recipients(&message) {
                ask(recipient, invite, self.uri_of(&self.cast.participants[stay.participant].identity));
            }
        }
        let granted = |referral: &&Referral| referral.answered.is_none_or(|(_, status)| status < 300);
        for referral in self.referrals.iter().filter(|referral| referral.asked == Referred::Invite).filter(granted) {
            for target in &referral.targets {
                ask(target.clone(), referral.at, referral.by.as_ref().and_then(|by| self.uri_of(by)));
            }
        }
        asked_for
    }
}

/// Was a closing seen to its end?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    Seen,
    Likely,
}

/// Is the stay connected at this moment?
fn is_in(stay: &Stay, at: MessageId) -> bool {
    stay.connected.is_some_and(|seen| seen.at < at) && stay.ended.as_ref().is_none_or(|end| at < end.at)
}

/// The URIs of the list of recipients in an INVITE (RFC 5366).
fn recipients(invite: &Message<'_>) -> Vec<Identity> {
    let list = find_body(invite, "application/resource-lists+xml").and_then(|body| resource_lists::parse(body).ok());
    let entries = list.iter().flat_map(|list| &list.lists).flat_map(|list| &list.entries);
    entries.filter_map(|entry| entry.uri.as_ref()).map(|uri| Identity::from_uri(&uri.value)).collect()
}
