//! The lanes of a session: per participant the states it was in, and what happened to it, along time.

use crate::Analysis;
use crate::capture::Time;
use crate::session::Session;
use crate::timeline::{Cause, SessionTimeline, State};
use crate::wire::MessageId;

use super::Axis;

/// What to draw of a session.
pub struct Lanes {
    pub axis: Axis,
    /// In step with the participants.
    pub lanes: Vec<Lane>,
}

/// One participant's lane.
#[derive(Clone, Debug, Default)]
pub struct Lane {
    /// One after the other, with nothing between them while nothing is known.
    pub spans: Vec<Span>,
    /// In order of time.
    pub marks: Vec<Mark>,
}

/// A time in one state.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub from: Time,
    pub to: Time,
    pub state: State,
}

#[derive(Clone, Copy, Debug)]
pub struct Mark {
    pub at: MessageId,
    pub time: Time,
    pub kind: MarkKind,
}

/// What happened, the most telling last: where there is room for one only, that one is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// A conference-info document came.
    Told,
    /// A copy of a user's message came.
    Received,
    /// A copy came and was refused.
    ReceivedInVain,
    Sent,
    /// A REFER.
    Referred,
    Invited,
    Connected,
    Left,
    /// Refused, lost, removed.
    Broken,
}

impl Lanes {
    pub fn new(analysis: &Analysis, session: &Session, timeline: &SessionTimeline) -> Lanes {
        let time = |id: MessageId| analysis.messages[id].time;
        let mut lanes: Vec<Lane> = timeline.participants.iter().map(|_| Lane::default()).collect();
        for (lane, participant) in lanes.iter_mut().zip(&timeline.participants) {
            for (index, change) in participant.timeline.iter().enumerate() {
                let until = participant.timeline.get(index + 1).map_or(session.span.1, |next| time(next.at));
                lane.spans.push(Span { from: time(change.at), to: until, state: change.state });
                let kind = match (change.state, change.cause) {
                    (State::Invited | State::Pending, _) => MarkKind::Invited,
                    (State::Connected, _) => MarkKind::Connected,
                    (State::Disconnected, Some(Cause::Departed | Cause::Ended) | None) => MarkKind::Left,
                    (State::Disconnected, Some(_)) => MarkKind::Broken,
                };
                lane.mark(change.at, time(change.at), kind);
            }
        }
        let mut mark = |participant: Option<usize>, at: MessageId, kind: MarkKind| {
            if let Some(lane) = participant.and_then(|index| lanes.get_mut(index)) {
                lane.mark(at, time(at), kind);
            }
        };
        for message in &timeline.messages {
            mark(message.sender, message.sent, MarkKind::Sent);
            for copy in &message.copies {
                let is_refused = copy.response.is_some_and(|status| status >= 300);
                let kind = if is_refused { MarkKind::ReceivedInVain } else { MarkKind::Received };
                mark(Some(copy.participant), copy.message, kind);
            }
        }
        for notification in &timeline.notifications {
            mark(notification.to, notification.message, MarkKind::Told);
        }
        for referral in &timeline.referrals {
            let by = referral.by.as_ref().and_then(|by| timeline.participant(&by.key));
            mark(by, referral.at, MarkKind::Referred);
        }
        for lane in &mut lanes {
            lane.marks.sort_by_key(|mark| (mark.time, mark.at));
        }
        let moments = lanes.iter().flat_map(|lane| lane.marks.iter().map(|mark| mark.time));
        let axis = Axis::new(moments.chain([session.span.0, session.span.1]));
        Lanes { axis, lanes }
    }
}

impl Lane {
    fn mark(&mut self, at: MessageId, time: Time, kind: MarkKind) {
        self.marks.push(Mark { at, time, kind });
    }

    /// The state at `time`, if one is known.
    pub fn state_at(&self, time: Time) -> Option<State> {
        let next = self.spans.partition_point(|span| span.from <= time);
        self.spans[..next].last().map(|span| span.state)
    }
}
