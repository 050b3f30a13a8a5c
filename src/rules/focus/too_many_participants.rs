use crate::rules::invite::answer::{of_focus, refusals_of_focus};
use crate::rules::invite::invitation::{Purpose, same_user, without_headers};
use crate::rules::rule::rule;
use crate::rules::{Case, Document, Judge};
use crate::session::uri_key;
use crate::wire::conference_info::{ConferenceInfo, EndpointStatus};
use hashbrown::HashSet;

rule! {
    /// ## What it checks
    /// The focus refuses with 486 a list of recipients that is longer than a group may be, and whoever comes back to a group
    /// that is full.
    ///
    /// ## Why it matters
    /// Clients that were told of a limit do not expect more.
    ///
    /// ## Example
    /// `<maximum-user-count>10`, and an INVITE for twelve is answered with 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5, 5.2.6
    pub CPM_FOCUS_TOO_MANY_PARTICIPANTS: Error = "cpm-focus-too-many-participants", ["5.2.5-5.b", "5.2.6-5"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let configured = case.profile.maximum_participants.map(u64::from);
    for answer in of_focus(case).chain(refusals_of_focus(case)) {
        let one = answer.invitation;
        match one.purpose {
            Purpose::AdHoc | Purpose::Extension => {
                let users: HashSet<String> = one.recipients().iter().map(|uri| uri_key(without_headers(uri))).collect();
                let count = users.len() as u64;
                let Some(limit) = configured.or_else(|| case.documents().iter().find_map(told)) else {
                    judge.undecided("5.2.5-5.b", "needs maximum-participants in the profile");
                    continue;
                };
                let what = || format!("INVITE for {count} was accepted, and a group has {limit} at most");
                let finding = judge.expect("5.2.5-5.b", count <= limit || answer.status >= 300, answer.id, what);
                finding.into_iter().for_each(|finding| _ = finding.expected("486").also(one.id));
            }
            Purpose::Rejoin => {
                let before = case
                    .documents()
                    .iter()
                    .rev()
                    .find(|document| document.message < one.id && document.judged().is_some());
                let Some(info) = before.and_then(Document::judged) else { continue };
                let Some(limit) = configured.or_else(|| before.and_then(told)) else {
                    judge.undecided("5.2.6-5", "needs maximum-participants in the profile");
                    continue;
                };
                let connected = connected(info);
                let is_in = connected.iter().any(|uri| same_user(uri, one.user()));
                let is_full = connected.len() as u64 >= limit && !is_in;
                let what = || format!("{} was let in, and the group of {limit} was full", one.user());
                let finding = judge.expect("5.2.6-5", !is_full || answer.status >= 300, answer.id, what);
                finding.into_iter().for_each(|finding| _ = finding.expected("486").also(one.id));
            }
            _ => {}
        }
    }
}

/// What a document says of the size of its group.
fn told(document: &Document) -> Option<u64> {
    let count = document.judged()?.description.as_ref()?.maximum_user_count.as_ref()?;
    count.to_u32().filter(|count| *count > 0).map(u64::from)
}

fn connected(info: &ConferenceInfo) -> Vec<&str> {
    let users = info.users.iter().flat_map(|users| &users.users);
    let is_in = |user: &&crate::wire::conference_info::User| {
        user.endpoints
            .iter()
            .any(|endpoint| endpoint.status.as_ref().and_then(EndpointStatus::parse) == Some(EndpointStatus::Connected))
    };
    users.filter(is_in).filter_map(|user| user.entity.as_ref()).map(|entity| entity.as_str()).collect()
}
