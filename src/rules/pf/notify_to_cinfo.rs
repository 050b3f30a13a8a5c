use super::notify_of_cinfo::standing;
use super::relayed::sent;
use crate::rules::deferred::away::watches;
use crate::rules::deferred::kept::returns;
use crate::rules::look::is_of_type;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::MessageId;
use crate::wire::conference_info::{self, ConferenceInfo};

rule! {
    /// ## What it checks
    /// What a participating function is notified of by its own subscription, it passes on over MSRP to a client that is in
    /// and takes conference-info: the same state, in the same order.
    ///
    /// ## Why it matters
    /// The client does not see who has come or gone.
    ///
    /// ## Example
    /// Carol's function is subscribed for her, gets a NOTIFY, and sends her nothing: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Compared are the users and their status. A subscription of the client itself, which its function only passes on, is
    /// not meant.
    pub CPM_PF_NOTIFY_TO_MSRP_CINFO: Error = "cpm-pf-notify-to-msrp-cinfo", ["5.2.3.2.1-4", "5.2.3.2.1-4-body"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (statement, body) = ("5.2.3.2.1-4", "5.2.3.2.1-4-body");
    let wait = case.profile.timings.sip_transaction;
    for back in returns(case).iter().filter(|back| back.leg.media.conference_info_applicable()) {
        let (Some(established), Some((lost, _))) = (back.leg.established, back.lost.client.ended) else { continue };
        let user = back.lost.user();
        let told: Vec<(MessageId, ConferenceInfo)> = sent(case, back.leg, true)
            .filter(|one| is_of_type(case, one, conference_info::MEDIA_TYPE))
            .filter_map(|one| Some((one.first, conference_info::parse(&one.body(case.messages())).ok()?)))
            .collect();
        let until = back.leg.ended.map(|(bye, _)| bye);
        for watch in watches(case, back.lost).iter().filter(|watch| watch.from > lost) {
            let notified = case.documents().iter().filter(|one| {
                let is_meanwhile = one.message > established && until.is_none_or(|until| one.message < until);
                is_meanwhile && !one.is_last() && watch.subscription.notifies.contains(&one.message)
            });
            for document in notified {
                let next = told.iter().find(|(at, _)| *at > document.message);
                let next = next.filter(|(at, _)| case.seconds_between(document.message, *at) <= wait);
                let time = until.map_or(case.seconds_captured_after(document.message), |until| {
                    case.seconds_between(document.message, until)
                });
                if next.is_none() && (case.lossy || time <= wait) {
                    judge.undecided(statement, format!("needs what the function of {user} sends to it"));
                    continue;
                }
                let what = || format!("{user} is not told over MSRP of what its function was notified of");
                judge.expect(statement, next.is_some(), document.message, what);
                let Some(((at, info), state)) = next.zip(document.judged()) else { continue };
                let what = || format!("{user} is told another state than its function was notified of");
                let is_same = standing(info) == standing(state);
                judge
                    .expect(body, is_same, *at, what)
                    .into_iter()
                    .for_each(|finding| _ = finding.also(document.message));
            }
        }
    }
}
