//! Runs: a long-lived group session sleeps when nobody is in it, and wakes up again as the same session (spec 8.2.2.7).

use crate::wire::MessageId;

use super::participant::Participant;
use super::state::{Cause, State};

/// A time during which somebody was in the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The first thing that happened: an INVITE, or the first sign of a participant whose INVITE was not captured.
    pub from: MessageId,
    /// When the last participant left; `None` when somebody was still there.
    pub to: Option<MessageId>,
    /// How it began: by whom made it or woke it up, else as the first one came.
    pub began: Option<Cause>,
    /// How the last one left.
    pub ended: Option<Cause>,
}

/// The runs of a session in order, from the timelines of its participants. An attempt at which nobody came is none.
pub fn build(participants: &[Participant]) -> Vec<Run> {
    let mut changes: Vec<(MessageId, usize, State, Option<Cause>)> = Vec::new();
    for (index, participant) in participants.iter().enumerate() {
        changes.extend(participant.timeline.iter().map(|change| (change.at, index, change.state, change.cause)));
    }
    changes.sort_by_key(|(at, ..)| *at);
    let mut runs: Vec<Run> = Vec::new();
    // Of every participant; and how many are connected, and pending.
    let mut states = vec![State::Disconnected; participants.len()];
    let (mut present, mut ringing) = (0usize, 0usize);
    let mut began_at: Option<MessageId> = None;
    for (at, participant, state, cause) in changes {
        let from = *began_at.get_or_insert(at);
        let before = std::mem::replace(&mut states[participant], state);
        present = present + usize::from(state == State::Connected) - usize::from(before == State::Connected);
        ringing = ringing + usize::from(state == State::Pending) - usize::from(before == State::Pending);
        // Its maker may be connected after those whom it invited.
        if let (State::Connected, Some(Cause::Initiated | Cause::Restarted), Some(run)) =
            (state, cause, runs.last_mut())
            && present > 1
        {
            run.began = cause;
        }
        match (before, state) {
            (State::Connected, State::Connected) => {}
            (_, State::Connected) if present == 1 => runs.push(Run { from, to: None, began: cause, ended: None }),
            (State::Connected, _) if present == 0 => {
                if let Some(run) = runs.last_mut() {
                    (run.to, run.ended) = (Some(at), cause);
                }
            }
            _ => {}
        }
        if present == 0 && ringing == 0 {
            began_at = None;
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Identity;
    use crate::timeline::state::{Change, Source};

    fn participant(steps: &[(u32, State, Cause)]) -> Participant {
        let mut participant = Participant::new(Identity::from_uri("sip:a@example.net"), false);
        participant.timeline = steps
            .iter()
            .map(|&(at, state, cause)| Change {
                at: MessageId(at),
                state,
                cause: Some(cause),
                by: None,
                source: Source::Signalling,
                uncertain: None,
            })
            .collect();
        participant
    }

    #[test]
    fn a_session_that_was_left_by_all_and_restarted_has_two_runs() {
        use State::{Connected, Disconnected, Pending};
        let alice = participant(&[
            (2, Connected, Cause::Initiated),
            (5, Disconnected, Cause::Ended),
            (9, Pending, Cause::Invited),
            (10, Connected, Cause::Accepted),
        ]);
        let bob = participant(&[
            (1, Pending, Cause::Invited),
            (3, Connected, Cause::Accepted),
            (6, Disconnected, Cause::Ended),
            (8, Connected, Cause::Restarted),
        ]);
        let first = Run {
            from: MessageId(1),
            to: Some(MessageId(6)),
            began: Some(Cause::Initiated),
            ended: Some(Cause::Ended),
        };
        let second = Run { from: MessageId(8), to: None, began: Some(Cause::Restarted), ended: None };
        assert_eq!(build(&[alice, bob]), [first, second]);
    }

    #[test]
    fn where_nobody_came_there_is_no_run() {
        let bob = participant(&[(1, State::Pending, Cause::Invited), (3, State::Disconnected, Cause::Declined)]);
        assert_eq!(build(&[bob]), []);
    }
}
