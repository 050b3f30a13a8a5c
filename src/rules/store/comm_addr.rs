use super::object::{Difference, entity, judge_latest, text, users};
use crate::rules::invite::invitation::same_user;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::group_state::Participant;

rule! {
    /// ## What it checks
    /// `comm-addr` of each participant in a group state object is the `entity` of a user of the conference.
    ///
    /// ## Why it matters
    /// The client writes to, or shows, somebody who is not in the group.
    ///
    /// ## Example
    /// The NOTIFY lists `sip:bob@…`, the object has `comm-addr="sip:rob@…"`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided. The forms `sip:`, `tel:` and `user=phone` of one number are the same.
    pub CPM_STORE_GSO_COMM_ADDR: Error = "cpm-store-gso-comm-addr", ["5.2.3.2.1-3.d.i"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.d.i", |object, known| {
        let is_known = |uri: &str| users(known).filter_map(entity).any(|entity| same_user(entity, uri));
        let is_right = |one: &&Participant| text(&one.comm_addr).is_some_and(is_known);
        let Some(wrong) = object.participants.iter().find(|one| !is_right(one)) else { return Some(Ok(())) };
        let message = match text(&wrong.comm_addr) {
            Some(uri) => format!("comm-addr {uri} is nobody of the conference"),
            None => "a participant has no comm-addr".to_owned(),
        };
        Some(Err(Difference { range: wrong.range.clone(), message, expected: "the entity of a user".to_owned() }))
    });
}
