use super::translated::{Translation, translations};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::uri_key;
use crate::wire::MessageId;
use crate::wire::conference_info::ConferenceInfo;
use std::collections::BTreeMap;

rule! {
    /// ## What it checks
    /// The NOTIFYs that a participating function makes of conference-info over MSRP tell the same: the same users with the
    /// same status.
    ///
    /// ## Why it matters
    /// The client shows another group than the focus has told of.
    ///
    /// ## Example
    /// The focus lists Alice and Bob, the NOTIFY after it only Alice: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.4; RFC 4575 §4.6
    ///
    /// Compared are the users and their status; versions and the order do not matter.
    pub CPM_PF_NOTIFY_DIFF_OF_CINFO: Error = "cpm-pf-notify-diff-of-cinfo", ["5.2.4-3-diff"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.4-3-diff";
    for Translation { hop, document, info, until, .. } in translations(case) {
        let who = hop.client.participant().and_then(|who| case.timeline.participant(&who.key));
        let is_next = |notify: &MessageId| *notify > document && until.is_none_or(|until| *notify < until);
        let told = case
            .documents()
            .iter()
            .find(|one| one.is_notify() && one.to() == who && who.is_some() && is_next(&one.message) && !one.is_last());
        let Some((told, state)) = told.and_then(|told| Some((told, told.judged()?))) else {
            judge.undecided(statement, format!("needs the NOTIFYs to {}", hop.user()));
            continue;
        };
        // One that comes late is of something else: for the rule on that.
        if case.seconds_between(document, told.message) > case.profile.timings.sip_transaction {
            continue;
        }
        let is_same = standing(&info) == standing(state);
        let what = || format!("{} is notified of another state than the focus has told its function", hop.user());
        judge
            .expect(statement, is_same, told.at_root(), what)
            .into_iter()
            .for_each(|finding| _ = finding.also(document));
    }
}

/// The users of a document, and the status of each.
pub fn standing(info: &ConferenceInfo) -> BTreeMap<String, Option<String>> {
    let users = info.users.iter().flat_map(|users| &users.users);
    let entries = users.filter_map(|user| {
        let status = user.endpoints.last().and_then(|endpoint| endpoint.status.as_ref());
        let status = status.map(|status| status.as_str().trim().to_ascii_lowercase());
        Some((uri_key(user.entity.as_ref()?.as_str()), status))
    });
    entries.collect()
}
