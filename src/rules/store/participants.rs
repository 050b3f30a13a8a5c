use super::object::{entity, has_left, latest, text, users};
use crate::rules::invite::invitation::same_user;
use crate::rules::rejoin::last::method;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A group state object has one `participant` for each user of the conference, but for those who have left.
    ///
    /// ## Why it matters
    /// The client shows a group with the wrong people in it.
    ///
    /// ## Example
    /// The NOTIFYs list Alice, Bob and Carol, the object Alice and Carol: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided. Of users who were removed or were busy the clause does not say whether they are listed; both is
    /// accepted.
    pub CPM_STORE_GSO_PARTICIPANTS: Error = "cpm-store-gso-participants", ["5.2.3.2.1-3.d"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.2.1-3.d";
    for object in latest(case) {
        let Some(known) = object.known().filter(|_| !case.lossy) else {
            judge
                .undecided(statement, format!("needs the NOTIFYs that tell the function of {} who is in", object.user));
            continue;
        };
        // Made of the last NOTIFY alone, or with addresses of nobody: for the rules on these.
        let listed: Vec<&str> = object.state.participants.iter().filter_map(|one| text(&one.comm_addr)).collect();
        let is_known = |uri: &&str| users(known).filter_map(entity).any(|entity| same_user(entity, uri));
        if object.is_of_last_alone() || listed.len() < object.state.participants.len() || !listed.iter().all(is_known) {
            continue;
        }
        let wrong = users(known).find_map(|user| {
            let uri = entity(user)?;
            let count = listed.iter().filter(|other| same_user(other, uri)).count();
            match (has_left(user), count) {
                (true, 1..) => Some(format!("{uri} has left, and is a participant")),
                (false, 0) if method(user).is_none() => Some(format!("{uri} is no participant")),
                (false, 2..) => Some(format!("{uri} is a participant {count} times")),
                _ => None,
            }
        });
        let what = || format!("the group state object for {}: {}", object.user, wrong.as_deref().unwrap_or_default());
        let finding = judge.expect(statement, wrong.is_none(), object.at(&object.state.start_tag), what);
        finding.zip(object.source).into_iter().for_each(|(finding, source)| _ = finding.also(source.message));
    }
}
