use super::last::{LastList, is_asleep};
use crate::rules::invite::answer::of_focus;
use crate::rules::invite::invitation::{Purpose, same_user};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A re-join that wakes a session up makes the focus invite all others who were in it at last.
    ///
    /// ## Why it matters
    /// Else the one who came back is alone, and nobody reads what he writes.
    ///
    /// ## Example
    /// Bob wakes the group of Alice, Bob and Carol up, and the focus invites Alice only: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6
    pub CPM_REJOIN_RESTART_INVITES: Error = "cpm-rejoin-restart-invites", ["5.2.6-12", "5.2.6-12.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.6-12.s2";
    for answer in of_focus(case).filter(|answer| answer.invitation.purpose == Purpose::Rejoin) {
        let one = answer.invitation;
        let Some(last) = LastList::before(case, one).filter(|_| is_asleep(case, one)) else { continue };
        let invited: Vec<&str> = case
            .invitations()
            .iter()
            .filter(|other| {
                other.is_from_focus() && other.id > one.id && case.seconds_between(one.id, other.id) <= WAIT_SECONDS
            })
            .map(|other| other.user())
            .collect();
        // The next documents tell of invitations whose legs were not captured.
        let later = case
            .documents()
            .iter()
            .filter(|document| document.message > answer.id)
            .filter_map(|document| document.judged());
        let told: Vec<&str> = later
            .filter_map(|info| info.users.as_ref())
            .flat_map(|users| &users.users)
            .filter_map(|user| user.entity.as_ref())
            .map(|entity| entity.as_str())
            .collect();
        for uri in last.present().filter(|uri| !same_user(uri, one.user())) {
            if invited.iter().any(|other| same_user(other, uri)) {
                judge.pass(statement);
                judge.pass("5.2.6-12");
            } else if case.lossy
                || invited.is_empty()
                || told.iter().any(|other| same_user(other, uri))
                || case.seconds_captured_after(one.id) < WAIT_SECONDS && case.session.ended.is_none()
            {
                judge.undecided(statement, format!("needs the leg between the focus and {uri}"));
            } else {
                let what = format!("{uri} was in the session that {} woke up, and was not invited", one.user());
                judge.fail(statement, answer.id, what).also(one.id).also(last.message);
            }
        }
    }
}

/// How long a focus may take to invite everybody.
const WAIT_SECONDS: f64 = 10.0;
