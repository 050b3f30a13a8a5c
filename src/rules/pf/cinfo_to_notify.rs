use super::translated::{Translation, translations};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// What the focus tells of the participants over MSRP, a participating function passes on as NOTIFY to a client that is
    /// subscribed.
    ///
    /// ## Why it matters
    /// The client never sees who has come or gone.
    ///
    /// ## Example
    /// Bob is subscribed, the focus sends his function conference-info over MSRP, and no NOTIFY comes to Bob: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.4; RFC 4575 §3.9
    ///
    /// Several documents within a few seconds may share one NOTIFY, and one that says nothing new needs none.
    pub CPM_PF_CINFO_MSRP_TO_NOTIFY: Error = "cpm-pf-cinfo-msrp-to-notify", ["5.2.4-3-notify"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.4-3-notify";
    let wait = case.profile.timings.sip_transaction;
    for Translation { hop, subscription, document, until, is_repeated, .. } in translations(case) {
        let told = subscription.notifies.iter().find(|notify| **notify > document);
        let in_time = told.is_some_and(|&notify| case.seconds_between(document, notify) <= wait);
        let time = until.map_or(case.seconds_captured_after(document), |until| case.seconds_between(document, until));
        if is_repeated || (!in_time && (case.lossy || time <= wait)) {
            judge.undecided(statement, format!("needs what the function of {} sends to it", hop.user()));
            continue;
        }
        let what =
            || format!("{} is subscribed, and is not notified of what the focus has told its function", hop.user());
        let finding = judge.expect(statement, in_time, document, what);
        finding.zip(subscription.messages.first()).into_iter().for_each(|(finding, first)| _ = finding.also(*first));
    }
}
