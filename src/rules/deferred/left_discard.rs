use super::away::left;
use super::kept::{given, returns};
use crate::rules::pager::pagers;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Direction;

rule! {
    /// ## What it checks
    /// What was kept for a client, and not delivered before the client left for good, is not delivered any more.
    ///
    /// ## Why it matters
    /// Who has left gets messages of a group that it is not in.
    ///
    /// ## Example
    /// The client ends the delivery with BYE and the cause 200, and its function sends it one more message: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1
    pub CPM_DEFERRED_BYE_200_DISCARD: Error = "cpm-deferred-bye-200-discard", ["5.2.3.4.1.1-d.v-discard"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-d.v-discard";
    for back in returns(case).iter().filter(|back| back.leg.direction == Direction::FocusToClient) {
        let Some(bye) = left(case, back.leg) else { continue };
        let is_kept = |id: &str| back.kept.iter().any(|(kept, _)| kept == id);
        let before = |id: &str| back.given.iter().any(|(given, at)| given == id && *at < bye);
        let outside = pagers(case).into_iter().filter(|pager| pager.id > bye);
        let outside = outside.filter_map(|pager| Some((pager.message_id?, pager.id)));
        let mut later = given(case, back.lost, bye).into_iter().chain(outside);
        let wrong = later.find(|(id, _)| is_kept(id) && !before(id));
        let what = || {
            let id = wrong.as_ref().map_or("", |(id, _)| id);
            format!("{} has left, and message {id} is delivered to it", back.lost.user())
        };
        let place = wrong.as_ref().map_or(bye, |(_, at)| *at);
        judge.expect(statement, wrong.is_none(), place, what).into_iter().for_each(|finding| _ = finding.also(bye));
    }
}
