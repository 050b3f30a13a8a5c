use hashbrown::HashMap;

use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::{Direction, Leg};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// The focus has an MSRP session of its own with each participant: no two dialogs that stand at the same time share its session-id.
    ///
    /// ## Why it matters
    /// What one participant sends cannot be told from what the other one sends.
    ///
    /// ## Example
    /// The focus writes the same `a=path` into its invitations to Bob and to Carol: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6.1; RFC 4975 §5.4, §6
    ///
    /// Forks of one invitation share its offer. A connection that is closed too early shows by what is not answered over it, and is not judged here.
    pub CPM_MSRP_SESSION_PER_PARTICIPANT: Error = "cpm-msrp-session-per-participant", ["5.2.6.1-gen-1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.6.1-gen-1";
    let mut known: HashMap<&str, Vec<&Leg>> = HashMap::new();
    for (_, leg) in case.legs().filter(|_| case.is_group()) {
        let media = match leg.direction {
            Direction::FocusToClient => &leg.media.caller,
            Direction::ClientToFocus => &leg.media.callee,
            Direction::ClientToClient | Direction::Unknown => continue,
        };
        let id = media.as_ref().filter(|media| media.port != Some(0)).and_then(|media| media.session_id());
        let (Some(id), Some((answer, 200..=299))) = (id, leg.answered) else { continue };
        let earlier = known.entry(id).or_default();
        // The last few tell: a focus that uses one session-id for all is found with the second one.
        let clash = earlier
            .iter()
            .rev()
            .take(8)
            .find(|other| other.call != leg.call && other.ended.is_none_or(|(bye, _)| answer < bye));
        match clash {
            None => judge.pass(statement),
            Some(other) => {
                let who = |leg: &'_ Leg| leg.participant().map_or("a participant", |who| who.uri.as_str()).to_owned();
                let message = format!(
                    "no own MSRP session for {}: the focus uses session-id {id} with {}, too",
                    who(leg),
                    who(other)
                );
                let place: MessageId =
                    leg.invited.filter(|_| leg.direction == Direction::FocusToClient).unwrap_or(answer);
                judge.fail(statement, place, message).also(other.invited.unwrap_or(answer));
            }
        }
        earlier.push(leg);
    }
}
