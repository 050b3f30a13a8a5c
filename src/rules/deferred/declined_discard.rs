use super::away::refusal;
use super::kept::{given, kept};
use super::original::deferred;
use crate::rules::pager::pagers;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// What was kept for a client that has declined it (603) is not delivered any more.
    ///
    /// ## Why it matters
    /// The user has said that it does not want these messages.
    ///
    /// ## Example
    /// The client answers the deferred INVITE with 603, and gets the messages all the same: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1
    ///
    /// Messages are known by their imdn.Message-ID.
    pub CPM_DEFERRED_603_DISCARD: Error = "cpm-deferred-603-discard", ["5.2.3.4.1.1-c.1.i"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-c.1.i";
    for one in deferred(case) {
        let Some((declined, 603)) = refusal(one.invite.leg) else { continue };
        let pending = kept(case, one.lost, declined);
        let is_pending = |id: &str| pending.iter().any(|(kept, _)| kept == id);
        let later = given(case, one.lost, declined).into_iter();
        let outside = pagers(case).into_iter().filter(|pager| pager.id > declined);
        let mut all = later.chain(outside.filter_map(|pager| Some((pager.message_id?, pager.id))));
        let wrong = all.find(|(id, _)| is_pending(id));
        let what = || {
            let id = wrong.as_ref().map_or("", |(id, _)| id);
            format!("{} has declined, and message {id} is delivered to it", one.invite.user())
        };
        let place = wrong.as_ref().map_or(declined, |(_, at)| *at);
        judge
            .expect(statement, wrong.is_none(), place, what)
            .into_iter()
            .for_each(|finding| _ = finding.also(declined));
    }
}
