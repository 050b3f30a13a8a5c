use super::object::{Difference, entity, judge_latest, text, users};
use crate::rules::invite::invitation::same_user;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::conference_info::User;
use crate::wire::group_state::Participant;

rule! {
    /// ## What it checks
    /// `name` of a participant in a group state object is the `display-text` of that user.
    ///
    /// ## Why it matters
    /// The client shows the wrong name.
    ///
    /// ## Example
    /// The NOTIFY has `<display-text>Bob`, the object `name="Rob"`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_NAME: Error = "cpm-store-gso-name", ["5.2.3.2.1-3.d.ii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.d.ii", |object, known| {
        let pairs = object.participants.iter().filter_map(|one| {
            let uri = text(&one.comm_addr)?;
            Some((one, users(known).find(|user| entity(user).is_some_and(|entity| same_user(entity, uri)))?))
        });
        let differs = |(one, user): &(&Participant, &User)| match text(&user.display_text) {
            Some(expected) => text(&one.name) != Some(expected),
            None => text(&one.name).is_some(),
        };
        let Some((one, user)) = pairs.into_iter().find(differs) else { return Some(Ok(())) };
        let message = match text(&one.name) {
            Some(name) => format!("the name of {} is {name}", entity(user).unwrap_or_default()),
            None => format!("{} has no name", entity(user).unwrap_or_default()),
        };
        let expected = text(&user.display_text).unwrap_or("no name").to_owned();
        Some(Err(Difference { range: one.range.clone(), message, expected }))
    });
}
