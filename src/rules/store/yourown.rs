use super::object::{Difference, entity, judge_latest, text, users};
use crate::rules::invite::invitation::same_user;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::conference_info::User;
use crate::wire::group_state::Participant;
use crate::wire::xml::Text;

rule! {
    /// ## What it checks
    /// A participant in a group state object has `yourown` where the conference marks that user so.
    ///
    /// ## Why it matters
    /// The client does not know which of the participants it is itself.
    ///
    /// ## Example
    /// The NOTIFY has `yourown="true"` for Carol, the object does not: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_YOUROWN: Error = "cpm-store-gso-yourown", ["5.2.3.2.1-3.d.iii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.d.iii", |object, known| {
        let pairs = object.participants.iter().filter_map(|one| {
            let uri = text(&one.comm_addr)?;
            Some((one, users(known).find(|user| entity(user).is_some_and(|entity| same_user(entity, uri)))?))
        });
        let is_own = |value: &Option<Text>| value.as_ref().and_then(Text::to_bool);
        let differs = |(one, user): &(&Participant, &User)| is_own(&one.yourown) != is_own(&user.yourown);
        let Some((one, user)) = pairs.into_iter().find(differs) else { return Some(Ok(())) };
        let who = entity(user).unwrap_or_default();
        let written =
            |value: &Option<Text>| text(value).map_or("no yourown".to_owned(), |value| format!("yourown {value}"));
        let message = format!("{who} has {}", written(&one.yourown));
        Some(Err(Difference { range: one.range.clone(), message, expected: written(&user.yourown) }))
    });
}
