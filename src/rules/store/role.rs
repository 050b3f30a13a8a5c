use super::object::{Difference, entity, judge_latest, text, users};
use crate::rules::invite::invitation::same_user;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::conference_info::User;
use crate::wire::group_state::Participant;

rule! {
    /// ## What it checks
    /// A participant in a group state object has the `role` that the conference gives to that user, and none where it gives
    /// none.
    ///
    /// ## Why it matters
    /// The client does not know who may do what.
    ///
    /// ## Example
    /// The NOTIFY has `<entry>chairman</entry>` for Bob, the object no `role`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_ROLE: Error = "cpm-store-gso-role", ["5.2.3.2.1-3.d.iv"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.d.iv", |object, known| {
        let pairs = object.participants.iter().filter_map(|one| {
            let uri = text(&one.comm_addr)?;
            Some((one, users(known).find(|user| entity(user).is_some_and(|entity| same_user(entity, uri)))?))
        });
        let entries = |user: &User| {
            let entries = user.roles.iter().flat_map(|roles| &roles.entries);
            entries.map(|entry| entry.as_str().trim().to_owned()).collect::<Vec<_>>()
        };
        let differs = |(one, user): &(&Participant, &User)| match text(&one.role) {
            Some(role) => !entries(user).iter().any(|entry| entry.eq_ignore_ascii_case(role)),
            None => !entries(user).is_empty(),
        };
        let Some((one, user)) = pairs.into_iter().find(differs) else { return Some(Ok(())) };
        let (who, entries) = (entity(user).unwrap_or_default(), entries(user));
        let message = match text(&one.role) {
            Some(role) => format!("the role of {who} is {role}"),
            None => format!("{who} has no role"),
        };
        let expected = if entries.is_empty() { "no role".to_owned() } else { entries.join(" or ") };
        Some(Err(Difference { range: one.range.clone(), message, expected }))
    });
}
