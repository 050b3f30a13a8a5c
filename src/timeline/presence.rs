//! Who was in, when and why, as signalling shows it: stays and REFERs → the changes of every participant.

use hashbrown::{HashMap, HashSet};

use crate::session::{Identity, Session, SessionKind, Sessions, find_body, listed_uris};
use crate::wire::sip::Name;
use crate::wire::{MessageId, Messages, resource_lists};

use super::closing::{Closing, closings};
use super::participant::Cast;
use super::referral::{Referral, Referred};
use super::state::{Cause, Change, Source, State};
use super::stay::{End, Stay};

/// Reads the changes of all participants into `cast`, which learns of those who were asked for and never called.
///
/// `relayed` are the messages that the focus sent on, in order, and to whom: they show that a session goes on.
pub fn build(
    session: &Session,
    sessions: &Sessions,
    messages: &Messages,
    stays: &[Stay],
    referrals: &[Referral],
    relayed: &[(MessageId, usize)],
    cast: &mut Cast,
) {
    let presence = Presence::new(session, sessions, messages, stays, referrals, cast);
    let is_removal = |stay: usize, end: &End| presence.removal(stay, end.at).is_some();
    let closing = closings(stays, is_removal, relayed, messages);
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

/// Was the session there before the capture began? Then an INVITE is not the first that is seen of it.
pub fn is_entered_in_the_middle(session: &Session, stays: &[Stay], messages: &Messages) -> bool {
    let first_invite = stays.iter().filter_map(|stay| stay.began).min();
    first_invite.is_none_or(|invite| session.span.0 < messages[invite].time)
}

struct Presence<'a> {
    session: &'a Session,
    sessions: &'a Sessions,
    messages: &'a Messages,
    stays: &'a [Stay],
    referrals: &'a [Referral],
    cast: &'a Cast,
    entered_in_the_middle: bool,
    /// Participant → its last invitation.
    last_called: HashMap<usize, MessageId>,
    /// Why each stay of a caller began.
    joinings: Vec<Option<Cause>>,
}

impl<'a> Presence<'a> {
    fn new(
        session: &'a Session,
        sessions: &'a Sessions,
        messages: &'a Messages,
        stays: &'a [Stay],
        referrals: &'a [Referral],
        cast: &'a Cast,
    ) -> Presence<'a> {
        let mut last_called: HashMap<usize, MessageId> = HashMap::new();
        for stay in stays.iter().filter(|stay| !stay.is_caller) {
            let Some(began) = stay.began else { continue };
            let last = last_called.entry(stay.participant).or_insert(began);
            *last = began.max(*last);
        }
        let entered_in_the_middle = is_entered_in_the_middle(session, stays, messages);
        let joinings = Vec::new();
        let mut presence = Presence {
            session,
            sessions,
            messages,
            stays,
            referrals,
            cast,
            entered_in_the_middle,
            last_called,
            joinings,
        };
        let joinings = stays.iter().enumerate();
        presence.joinings = joinings
            .map(|(index, stay)| if stay.is_caller { presence.cause_of_joining(index) } else { None })
            .collect();
        presence
    }

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
            let referred = by(referrer).or_else(|| self.referred_by(stay)).filter(|_| !stay.is_caller);
            let cause = match &referred {
                _ if stay.is_caller => self.joinings[index],
                Some(_) => Some(Cause::Added),
                // Whoever was in before the capture began said yes to something we did not see.
                None => stay.invited.map(|_| Cause::Accepted),
            };
            push(connected.at, State::Connected, cause, referred, connected.uncertain);
        } else if let Some((refusal, status)) = stay.refused.filter(|(at, _)| !self.is_elsewhere(index, *at)) {
            let cause = match status {
                487 if stay.is_cancelled => Cause::Cancelled,
                408 | 500..=599 => Cause::Failed,
                _ => Cause::Declined,
            };
            push(refusal, State::Disconnected, Some(cause), None, None);
        }
        if let Some(end) = stay.ended.as_ref().filter(|end| !self.is_elsewhere(index, end.at)) {
            let (cause, by, doubt) = self.cause_of_end(index, end, closing);
            push(end.at, State::Disconnected, cause, by, end.uncertain.or(doubt));
        }
        changes
    }

    /// Is the participant connected by another stay at this moment?
    fn is_elsewhere(&self, index: usize, at: MessageId) -> bool {
        let participant = self.stays[index].participant;
        self.stays
            .iter()
            .enumerate()
            .any(|(other, stay)| other != index && stay.participant == participant && stay.is_in(at))
    }

    /// Why somebody who called is in.
    fn cause_of_joining(&self, index: usize) -> Option<Cause> {
        let stay = &self.stays[index];
        if self.session.kind == SessionKind::OneToOne {
            return Some(Cause::Initiated);
        }
        let began = stay.began?;
        let before = || self.stays.iter().filter(|other| other.connected.is_some_and(|seen| seen.at < began));
        let is_going_on = self.is_going_on(began);
        let was_in = before().any(|other| other.participant == stay.participant);
        let to_focus = stay.legs.iter().any(|&leg| {
            let leg = &self.sessions.legs[leg];
            leg.request_uri.as_ref().zip(leg.focus.as_ref()).is_some_and(|(uri, (focus, _))| uri.key == focus.key)
        });
        let in_the_middle = self.entered_in_the_middle;
        let calls_others = self.invites_others(index);
        let is_first = !was_in && !is_going_on && before().next().is_none() && !self.was_gone(index);
        Some(if is_first && !to_focus && (self.has_recipients(began) || calls_others) {
            Cause::Initiated
        } else if is_going_on || (in_the_middle && !calls_others) {
            // The Group Session Identity is known to those who were in.
            if was_in || (to_focus && in_the_middle) { Cause::Rejoined } else { Cause::Joined }
        } else if is_first && !calls_others {
            // The session was there before the capture began.
            if to_focus { Cause::Rejoined } else { Cause::Joined }
        } else {
            Cause::Restarted
        })
    }

    /// Did the caller try before to come back to the session, and was told that it is there no more (spec 5.2.6)?
    fn was_gone(&self, index: usize) -> bool {
        let stay = &self.stays[index];
        let uri = |stay: &Stay| stay.legs.iter().find_map(|&leg| self.sessions.legs[leg].request_uri.as_ref());
        let key = |stay: &Stay| uri(stay).map(|uri| uri.key.clone());
        self.stays.iter().any(|other| {
            other.participant == stay.participant
                && other.is_caller
                && other.began < stay.began
                && other.refused.is_some_and(|(_, status)| status == 404)
                && key(other) != key(stay)
        })
    }

    /// Was anybody in at this moment? Who is called again later had left, though no BYE was captured.
    fn is_going_on(&self, at: MessageId) -> bool {
        let is_called_later = |stay: &Stay| {
            stay.ended.is_none() && self.last_called.get(&stay.participant).is_some_and(|last| at < *last)
        };
        self.stays.iter().any(|stay| stay.is_in(at) && !is_called_later(stay))
    }

    /// Does the INVITE carry a list of recipients?
    fn has_recipients(&self, invite: MessageId) -> bool {
        let message = self.messages.sip(&self.messages[invite]);
        message.is_some_and(|message| find_body(&message, resource_lists::MEDIA_TYPE).is_some())
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
    ) -> (Option<Cause>, Option<String>, Option<&'static str>) {
        let code = end.reason.as_ref().and_then(|reason| reason.cause);
        if end.by_participant {
            // RFC 3326: 200 is a call completed; anything else tells what went wrong.
            return match code {
                Some(200) => (Some(Cause::Departed), None, None),
                Some(_) => (Some(Cause::Failed), None, None),
                None if end.is_whole => (Some(Cause::Departed), None, None),
                None => (None, None, Some("the Reason of the BYE was not captured")),
            };
        }
        if self.session.kind == SessionKind::OneToOne {
            return (Some(Cause::Ended), None, None);
        }
        if let Some(referral) = self.removal(index, end.at) {
            let by = referral.by.as_ref().and_then(|by| self.uri_of(by));
            return (Some(Cause::Booted), by, None);
        }
        match (closing, code) {
            (Some(Closing::Seen), _) => (Some(Cause::Ended), None, None),
            (Some(Closing::Likely), _) => {
                (Some(Cause::Ended), None, Some("the capture does not show that the others left"))
            }
            (None, Some(408 | 480 | 500..)) => (Some(Cause::Failed), None, None),
            (None, None) if !end.is_whole => (None, None, Some("the Reason of the BYE was not captured")),
            (None, _) => (Some(Cause::Booted), None, None),
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

    /// Whose REFER an INVITE follows where the REFER was not captured (RFC 3892). The invitations that make a session, or wake it
    /// up, name who did that.
    fn referred_by(&self, stay: &Stay) -> Option<String> {
        let invited = stay.invited?;
        let is_made = self.stays.iter().enumerate().any(|(index, other)| {
            let connected_before = other.is_caller && other.connected.is_some_and(|seen| seen.at < invited);
            connected_before && self.joinings[index] == Some(Cause::Initiated)
        });
        let is_first =
            !self.stays.iter().any(|other| other.participant == stay.participant && other.began < stay.began);
        let message = self.messages.sip(&self.messages[invited]).filter(|_| is_made && is_first)?;
        self.uri_of(&Identity::parse(&message.header(Name::ReferredBy)?)?)
    }

    /// The address of a participant as the session knows it.
    fn uri_of(&self, identity: &Identity) -> Option<String> {
        let known = self.cast.find(&identity.key).map(|index| self.cast.participants[index].identity.uri.clone());
        Some(known.unwrap_or_else(|| identity.uri.clone()))
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
            for recipient in listed_uris(&message) {
                ask(
                    Identity::from_uri(&recipient),
                    invite,
                    self.uri_of(&self.cast.participants[stay.participant].identity),
                );
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
