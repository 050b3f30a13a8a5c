use super::away::{all, is_rejoin, refusal};
use super::kept::returns;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// For each group there is one session in which what was kept is delivered, and it has the messages of that group only.
    ///
    /// ## Why it matters
    /// Messages of one group stand in the chat of another.
    ///
    /// ## Example
    /// While the delivery to Carol goes on, her function invites her once more to the same group: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1
    pub CPM_DEFERRED_ONE_SESSION_PER_GROUP: Error = "cpm-deferred-one-session-per-group", ["5.2.3.4.1.1-p2-one"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-p2-one";
    for away in all(case) {
        let invited: Vec<_> = away.back.iter().filter(|leg| !is_rejoin(leg)).collect();
        for (leg, next) in invited.iter().zip(invited.iter().skip(1)) {
            let (Some(first), Some(second)) = (leg.invited, next.invited) else { continue };
            let is_over =
                refusal(leg).map(|(id, _)| id).or(leg.ended.map(|(bye, _)| bye)).is_some_and(|end| end < second);
            let what = || format!("{} is invited to a second delivery while the first goes on", away.hop.user());
            judge.expect(statement, is_over, second, what).into_iter().for_each(|finding| _ = finding.also(first));
        }
    }
    // Messages of other groups of the same conversation are known by their imdn.Message-ID.
    for back in returns(case).iter().filter(|back| !is_rejoin(back.leg)) {
        let foreign = back.given.iter().find(|(id, _)| {
            let is_own =
                case.timeline.messages.iter().any(|message| *message.message_id == **id && message.copies.len() > 1);
            !is_own
                && case.conversation().any(|other| other.timeline.messages.iter().any(|one| *one.message_id == **id))
        });
        let place = foreign.map_or(back.leg.invited, |(_, at)| Some(*at));
        let Some(place) = place else { continue };
        let what = || {
            let id = foreign.map_or("", |(id, _)| id);
            format!("message {id} of another group is delivered to {}", back.lost.user())
        };
        judge.expect(statement, foreign.is_none(), place, what);
    }
}
