use crate::rules::invite::answer::{of_focus, refusals_of_clients, refusals_of_focus};
use crate::rules::invite::invitation::{Purpose, same_user};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Where every invitee refuses, the focus refuses the INVITE that made the group.
    ///
    /// ## Why it matters
    /// Else the originator sits in a group with nobody, and believes that it works.
    ///
    /// ## Example
    /// Bob answers 603, Carol 486, and Alice gets 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5
    pub CPM_FOCUS_ALL_FAILED_ERROR: Error = "cpm-focus-all-failed-error", ["5.2.5-9.ii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-9.ii";
    for answer in of_focus(case).chain(refusals_of_focus(case)) {
        let one = answer.invitation;
        let is_made = matches!(one.purpose, Purpose::AdHoc | Purpose::Extension);
        let recipients = one.recipients();
        if !is_made || recipients.is_empty() {
            continue;
        }
        // Who was invited again may have accepted then, and who is in was not refused.
        let invited = || case.invitations().iter().filter(|other| other.is_from_focus() && other.id > one.id);
        let has_failed = |uri: &String| {
            let mut calls = invited().filter(|other| same_user(uri, other.user())).peekable();
            calls.peek().is_some() && calls.all(|other| other.leg.answered.is_some_and(|(_, status)| status >= 300))
        };
        let all_failed = recipients.iter().all(has_failed) && !case.lossy;
        if !all_failed {
            continue;
        }
        let what = || "every invitee refused, and the originator got 200".to_owned();
        let finding = judge.expect(statement, answer.status >= 300, answer.id, what);
        let refusals = refusals_of_clients(case).filter(|other| other.id > one.id).take(MAX_EVIDENCE);
        if let Some(finding) = finding {
            refusals.for_each(|other| _ = finding.also(other.id));
        }
    }
}

/// Refusals that are shown.
const MAX_EVIDENCE: usize = 8;
