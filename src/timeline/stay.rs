//! A stay: the legs that bring one participant into the session once. Mostly one leg; through a B2BUA one per hop, on several
//! devices one per fork.

use std::net::IpAddr;

use hashbrown::{HashMap, HashSet};

use crate::session::{Direction, Leg, Outcome, Session, SessionKind, Sessions, Side};
use crate::wire::reason::Reason;
use crate::wire::sip::{Method, Name};
use crate::wire::{MessageId, Messages};

use super::participant::Cast;

/// A stay as signalling shows it.
#[derive(Clone, Debug)]
pub struct Stay {
    pub participant: usize,
    /// Indices into [`Sessions::legs`], in order of their first message.
    pub legs: Vec<usize>,
    /// Legs over which the client came back while its participating function had stayed in for it (spec 5.2.3.4).
    pub returns: Vec<usize>,
    /// Legs over which the client only got what its participating function had kept, after the session had ended.
    pub deliveries: Vec<usize>,
    /// Did the participant call?
    pub is_caller: bool,
    /// The first INVITE, on whatever hop.
    pub began: Option<MessageId>,
    /// The INVITE on the hop nearest to the client.
    pub invited: Option<MessageId>,
    pub connected: Option<Seen>,
    /// The final response that ended an attempt that never connected, and its status.
    pub refused: Option<(MessageId, u16)>,
    pub is_cancelled: bool,
    pub ended: Option<End>,
}

/// A moment and what was not captured of it.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub at: MessageId,
    pub uncertain: Option<&'static str>,
}

/// How a stay ended.
#[derive(Clone, Debug)]
pub struct End {
    /// The first BYE, on whatever hop; where none was captured, its response.
    pub at: MessageId,
    /// Did the participant's side send it?
    pub by_participant: bool,
    /// Its Reason (RFC 3326), if it has one.
    pub reason: Option<Reason>,
    /// Was the whole BYE captured, so that a Reason would be known?
    pub is_whole: bool,
    pub uncertain: Option<&'static str>,
}

/// A function that passes a BYE on does so at once.
const PASSED_ON_NANOS: i64 = 2_000_000_000;

/// Stays of a session that are looked at. A group has some hundred participants at most, who come a few times; causes are found by
/// comparing stays with each other.
const MAX_STAYS: usize = 2_000;

/// The stays of all participants, in order of their beginning, and how many there are beyond [`MAX_STAYS`].
pub fn build(session: &Session, sessions: &Sessions, messages: &Messages, cast: &Cast) -> (Vec<Stay>, usize) {
    let (mut stays, mut left_out): (Vec<Stay>, usize) = (Vec::new(), 0);
    // The last stays of a participant and side: a next hop or fork belongs to one of them.
    let mut last: HashMap<(usize, bool), usize> = HashMap::new();
    let mut legs: Vec<usize> = session.legs.clone();
    legs.sort_by_key(|&leg| sessions.legs[leg].span().map(|(first, _)| first));
    for &index in &legs {
        let leg = &sessions.legs[index];
        for (participant, is_caller) in users(session, leg, index, cast) {
            let began = leg.invited.or(leg.span().map(|(first, _)| first));
            let kept = [true, false].into_iter().filter_map(|side| last.get(&(participant, side)).copied());
            let kept =
                kept.into_iter().find(|&stay| began.is_some_and(|at| stays[stay].is_kept(at, sessions, messages)));
            if let Some(stay) = kept {
                stays[stay].returns.push(index);
                continue;
            }
            let open = last.get(&(participant, is_caller)).copied();
            let same = open.filter(|&stay| stays[stay].legs.iter().any(|&other| is_part(&sessions.legs[other], leg)));
            let lost = [true, false].into_iter().filter_map(|side| last.get(&(participant, side)).copied());
            let lost = lost.filter(|_| same.is_none()).find(|&stay| stays[stay].is_delivery(leg, sessions, messages));
            let goes_further = || legs.iter().map(|&other| &sessions.legs[other]).any(|other| goes_further(leg, other));
            if let Some(stay) = lost.filter(|_| !goes_further()) {
                stays[stay].deliveries.push(index);
                continue;
            }
            if same.is_none() && stays.len() == MAX_STAYS {
                left_out += 1;
                continue;
            }
            let stay = same.unwrap_or_else(|| {
                stays.push(Stay::new(participant, is_caller));
                stays.len() - 1
            });
            stays[stay].legs.push(index);
            last.insert((participant, is_caller), stay);
        }
    }
    for stay in &mut stays {
        stay.read(sessions, messages);
    }
    (stays, left_out)
}

/// The MSRP sessions over which clients got what was kept for them after the session had ended, and until when: there may have been
/// another session after that.
pub fn deliveries(stays: &[Stay], sessions: &Sessions) -> HashMap<u32, Option<MessageId>> {
    let of_stay = stays.iter().flat_map(|stay| stay.deliveries.iter().map(move |&leg| (stay, &sessions.legs[leg])));
    let until = |stay: &Stay, leg: &Leg| {
        let later = stays.iter().filter(|other| other.participant == stay.participant && other.began > leg.invited);
        later.filter_map(|other| other.connected.map(|seen| seen.at)).min()
    };
    of_stay.filter_map(|(stay, leg)| Some((leg.msrp?, until(stay, leg)))).collect()
}

/// The participants at the ends of a leg, and whether they called.
fn users(session: &Session, leg: &Leg, index: usize, cast: &Cast) -> Vec<(usize, bool)> {
    let Some(ends) = cast.ends(index) else { return Vec::new() };
    let between_clients = session.kind == SessionKind::OneToOne || leg.direction == Direction::ClientToClient;
    let callee = ends.callee.filter(|_| between_clients || leg.direction == Direction::FocusToClient);
    ends.caller.map(|who| (who, true)).into_iter().chain(callee.map(|who| (who, false))).collect()
}

/// Is `leg` a fork of `earlier`, or its next hop? The next hop of a B2BUA begins before the hop before it is answered.
fn is_part(earlier: &Leg, leg: &Leg) -> bool {
    if earlier.call_id == leg.call_id {
        return true;
    }
    let Some(began) = leg.invited.or(leg.span().map(|(first, _)| first)) else { return false };
    match (earlier.answered, earlier.ended) {
        (Some((answer, _)), _) => began < answer,
        // Answer lost, or entered in the middle: at least the earlier one has not ended.
        (None, Some((bye, _))) => began < bye,
        (None, None) => earlier.invited.is_none() && leg.invited.is_none(),
    }
}

/// Is `other` the next hop of this leg?
fn goes_further(leg: &Leg, other: &Leg) -> bool {
    let key = |leg: &Leg| leg.participant().map(|who| who.key.clone());
    other.call_id != leg.call_id
        && other.invited > leg.invited
        && key(other) == key(leg)
        && leg.answered.is_none_or(|(answer, _)| other.invited < Some(answer))
}

/// The address of the node that a participant speaks with over a leg.
fn peer(leg: &Leg, messages: &Messages) -> Option<IpAddr> {
    let message = &messages[leg.invited?];
    let flow = messages.flow(message);
    let is_caller = leg.direction != Direction::FocusToClient;
    Some(if message.from_client == is_caller { flow.server.ip() } else { flow.client.ip() })
}

/// Do two legs lead from one function to two clients of the participant?
fn are_devices(leg: &Leg, other: &Leg, messages: &Messages) -> bool {
    let ends = |leg: &Leg| {
        let message = &messages[leg.invited?];
        let flow = messages.flow(message);
        let (client, server) = (flow.client.ip(), flow.server.ip());
        Some(if message.from_client { (client, server) } else { (server, client) })
    };
    let (Some((from, to)), Some((other_from, other_to))) = (ends(leg), ends(other)) else { return false };
    let are_called = leg.direction == Direction::FocusToClient && other.direction == Direction::FocusToClient;
    are_called && from == other_from && to != other_to
}

impl Stay {
    fn new(participant: usize, is_caller: bool) -> Stay {
        Stay {
            participant,
            legs: Vec::new(),
            returns: Vec::new(),
            deliveries: Vec::new(),
            is_caller,
            began: None,
            invited: None,
            connected: None,
            refused: None,
            is_cancelled: false,
            ended: None,
        }
    }

    /// Is the participant connected by this stay at this moment? One whose INVITE was not captured was so before.
    pub fn is_in(&self, at: MessageId) -> bool {
        self.connected.is_some_and(|seen| seen.at < at || self.began.is_none())
            && self.ended.as_ref().is_none_or(|end| at < end.at)
    }

    /// Is this side of a leg that of the participant? Who was invited may have called to come back.
    fn is_own(&self, leg: &Leg, side: Side) -> bool {
        let is_caller = match leg.direction {
            Direction::FocusToClient => false,
            Direction::ClientToFocus => true,
            Direction::ClientToClient | Direction::Unknown => self.is_caller,
        };
        (side == Side::Caller) == is_caller
    }

    /// The legs whose client lost its connection (503) while another hop of the stay went on without it, and those of one of several devices
    /// while another one went on.
    fn lost<'s>(&self, sessions: &'s Sessions, messages: &Messages) -> Vec<&'s Leg> {
        let all = || self.legs.iter().chain(&self.returns).map(|&leg| &sessions.legs[leg]);
        let is_lost = |leg: &&Leg| {
            let Some((bye, _)) = leg.ended else { return false };
            let Some(message) = messages.sip(&messages[bye]) else { return false };
            let cause =
                message.header(Name::Reason).and_then(|value| Reason::parse(&value).find_map(|one| one.sip_status()));
            let goes_on = |other: &Leg| {
                let is_up = other.outcome == Outcome::Established && other.established.is_some_and(|ack| ack < bye);
                let apart = |end: MessageId| messages[end].time.nanos_since(messages[bye].time) > PASSED_ON_NANOS;
                // Only what comes from the side of the client can be its BYE, passed on.
                let is_later = |(end, side): (MessageId, Side)| end > bye && (apart(end) || !self.is_own(other, side));
                is_up && other.call_id != leg.call_id && other.ended.is_none_or(is_later)
            };
            all().any(|other| (cause == Some(503) || are_devices(leg, other, messages)) && goes_on(other))
        };
        all().filter(is_lost).collect()
    }

    /// Does a participating function stay in for the client, which is away at this moment?
    fn is_kept(&self, at: MessageId, sessions: &Sessions, messages: &Messages) -> bool {
        let lost = self.lost(sessions, messages);
        let is_away = lost.iter().any(|leg| leg.ended.is_some_and(|(bye, _)| bye < at));
        let mut others = self.legs.iter().map(|&leg| &sessions.legs[leg]);
        is_away
            && others.any(|leg| {
                !lost.iter().any(|one| std::ptr::eq(*one, leg))
                    && leg.outcome == Outcome::Established
                    && leg.ended.is_none_or(|(end, _)| end > at)
            })
    }

    /// Does the client, which had been lost, speak over this leg with the function that had stayed in for it?
    fn is_delivery(&self, leg: &Leg, sessions: &Sessions, messages: &Messages) -> bool {
        let node = peer(leg, messages);
        let lost = self.lost(sessions, messages);
        let is_over = self.legs.iter().map(|&leg| &sessions.legs[leg]).all(|own| {
            own.outcome != Outcome::Established || own.ended.is_some_and(|(end, _)| Some(end) < leg.invited)
        });
        node.is_some() && is_over && lost.iter().any(|lost| peer(lost, messages) == node)
    }

    fn read(&mut self, sessions: &Sessions, messages: &Messages) {
        let legs = || self.legs.iter().map(|&leg| &sessions.legs[leg]);
        self.began = legs().filter_map(|leg| leg.invited).min();
        self.invited = if self.is_caller { self.began } else { legs().filter_map(|leg| leg.invited).max() };
        self.connected = connected(legs(), sessions, messages);
        if self.connected.is_none() {
            let refusals = legs().filter_map(|leg| leg.answered.filter(|(_, status)| *status >= 300));
            self.refused = refusals.min();
            self.is_cancelled = legs().any(|leg| leg.outcome == Outcome::Cancelled);
        }
        // Devices end one after the other: the participant is there until the last one is gone. Hops end one after the other,
        // too, but there the first BYE tells, unless it is of a client whose function stays in for it.
        let forks = legs().filter(|leg| leg.outcome == Outcome::Established).map(|leg| &leg.call_id);
        let is_forked = { forks.clone().collect::<HashSet<_>>().len() < forks.count() };
        let all = || self.legs.iter().chain(&self.returns).map(|&leg| &sessions.legs[leg]);
        let lost = self.lost(sessions, messages);
        let goes_on = |leg: &&Leg| !lost.iter().any(|one| std::ptr::eq(*one, *leg));
        let ends =
            || all().filter(goes_on).filter_map(|leg| leg.ended.map(|(bye, side)| (bye, self.is_own(leg, side))));
        let all_ended = all().all(|leg| leg.outcome != Outcome::Established || leg.ended.is_some());
        let end = if is_forked {
            ends().max_by_key(|(bye, _)| *bye).filter(|_| all_ended)
        } else {
            ends().min_by_key(|(bye, _)| *bye)
        };
        self.ended = end.map(|(at, by_participant)| {
            let message = messages.sip(&messages[at]);
            let is_request = messages[at].sip().is_some_and(|summary| summary.is_request);
            let reason = message.and_then(|message| Reason::parse(&message.header(Name::Reason)?).next());
            End {
                at,
                by_participant,
                reason,
                is_whole: is_request && !messages[at].incomplete,
                uncertain: (!is_request).then_some("the BYE was not captured, only its response"),
            }
        });
    }
}

/// When the stay was established: at the first ACK, on whatever hop.
fn connected<'l>(
    legs: impl Iterator<Item = &'l Leg> + Clone,
    sessions: &Sessions,
    messages: &Messages,
) -> Option<Seen> {
    let certain = |at| Seen { at, uncertain: None };
    if let Some(ack) = legs.clone().filter_map(|leg| leg.established).min() {
        return Some(certain(ack));
    }
    let accepted = legs.clone().filter_map(|leg| leg.answered.filter(|(_, status)| (200..300).contains(status)));
    if let Some((answer, _)) = accepted.min() {
        return Some(Seen { at: answer, uncertain: Some("the ACK was not captured") });
    }
    // Without an answer, what is sent inside the dialog shows that it stands.
    let in_use = legs.filter(|leg| {
        leg.answered.is_none() && (leg.ended.is_some() || leg.msrp.is_some() || leg.outcome == Outcome::Established)
    });
    let first_sign = |leg: &Leg| {
        let is_sign = |id: &MessageId| {
            messages[*id].sip().is_some_and(|summary| {
                let is_early = matches!(summary.method, Method::Prack | Method::Update | Method::Cancel);
                let is_answer = summary.method == Method::Invite && !summary.is_request;
                !summary.to_tag.is_empty() && !is_early && !is_answer
            })
        };
        let msrp = leg.msrp.map(|msrp| sessions.msrp.sessions[msrp as usize].first);
        leg.messages.iter().copied().find(is_sign).into_iter().chain(msrp).min()
    };
    let is_late = in_use.clone().all(|leg| leg.invited.is_none());
    let at = in_use.filter_map(first_sign).min()?;
    let missing =
        if is_late { "since before: the INVITE was not captured" } else { "the answer to the INVITE was not captured" };
    Some(Seen { at, uncertain: Some(missing) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Problems;
    use crate::session::testing::messages;
    use crate::timeline;

    #[test]
    fn of_a_flood_of_calls_a_bounded_number_is_looked_at() {
        let calls = (0..MAX_STAYS + 500).flat_map(|call| {
            let head = |start: &str, to_tag: &str| {
                format!(
                    "{start}\r\nVia: SIP/2.0/UDP h;branch=z{call}\r\nFrom: <sip:a@x>;tag=f\r\nTo: <sip:factory@x>{to_tag}\r\n\
                     Call-ID: {call}\r\nCSeq: 1 INVITE\r\nContribution-ID: abc\r\n\r\n"
                )
            };
            [head("INVITE sip:factory@x SIP/2.0", ""), head("SIP/2.0 403 Forbidden", ";tag=t")]
        });
        let messages = messages(calls);
        let sessions = Sessions::build(&messages, &mut Problems::default());
        let timelines = timeline::build(&sessions, &messages, false);
        // Each is a stay of the caller, and one of the callee.
        let steps: usize = timelines[0].participants.iter().map(|participant| participant.timeline.len()).sum();
        assert_eq!((timelines.len(), timelines[0].left_out), (1, 2 * (MAX_STAYS + 500) - MAX_STAYS));
        assert!(steps >= MAX_STAYS, "{steps}");
    }
}
