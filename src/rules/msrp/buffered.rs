use crate::rules::pf::hop::is_deferred;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// When the focus gives a late participant what was written before it was in, it gives all from the first of these
    /// messages on, and in their order.
    ///
    /// ## Why it matters
    /// A conversation with holes, or an answer before its question.
    ///
    /// ## Example
    /// Dave comes late, and gets m1 and m3, but not m2: a warning.
    ///
    /// ## Source
    /// OMA CPM 7.2.3
    pub CPM_MSRP_BUFFERED_DELIVERY: Warning = "cpm-msrp-buffered-delivery", ["7.2.3-15.s2", "7.2.3-ack-1.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (statement, same) = ("7.2.3-15.s2", "7.2.3-ack-1.s2");
    for stream in case.streams().iter().filter(|_| case.is_group()) {
        let (Some(who), Some(ack)) = (stream.participant, stream.leg.established) else { continue };
        // A client that was away gets what its participating function has kept.
        if is_deferred(case, stream.leg) || stream.focus_end.is_none() {
            continue;
        }
        let messages = &case.timeline.messages;
        let copy = |index: usize| messages[index].copies.iter().find(|copy| copy.participant == who);
        let is_for_group = |index: &usize| messages[*index].sender != Some(who) && messages[*index].copies.len() > 1;
        let earlier: Vec<usize> =
            (0..messages.len()).filter(|&index| messages[index].sent < ack).filter(is_for_group).collect();
        let given = |index: usize| copy(index).filter(|copy| copy.message > ack).map(|copy| copy.message);
        let Some(first) = earlier.iter().position(|&index| given(index).is_some()) else { continue };
        let mut last = None;
        for &index in &earlier[first..] {
            let at = given(index);
            if at.is_none() && copy(index).is_some() {
                continue;
            }
            let id = &messages[index].message_id;
            let is_right = at.is_some() && at > last;
            let what = || match at {
                Some(_) => format!("message {id} from before {} was in comes out of order", case.uri(who)),
                None => format!("message {id} from before {} was in is left out", case.uri(who)),
            };
            if at.is_none() && case.lossy {
                judge.undecided(statement, format!("needs all that is sent to {}", case.uri(who)));
                continue;
            }
            judge.expect(statement, is_right, at.unwrap_or(messages[index].sent), what);
            judge.same(same, is_right);
            last = last.max(at);
        }
    }
}
