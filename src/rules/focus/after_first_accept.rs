use crate::rules::invite::answer::{of_clients, of_focus};
use crate::rules::invite::invitation::{Purpose, same_user};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// The focus answers the INVITE that makes a group with 200 once the first invitee has accepted: not before, and soon
    /// after.
    ///
    /// ## Why it matters
    /// Who is told too early talks to nobody; who is told too late gives up.
    ///
    /// ## Example
    /// The focus sends 200 to Alice 300 ms before Bob accepts: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5
    pub CPM_FOCUS_200_AFTER_FIRST_ACCEPT: Error = "cpm-focus-200-after-first-accept", ["5.2.5-9.iii.1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-9.iii.1";
    for answer in of_focus(case) {
        let one = answer.invitation;
        if !matches!(one.purpose, Purpose::AdHoc | Purpose::Extension) {
            continue;
        }
        let accepted = of_clients(case).filter(|other| other.invitation.id > one.id).map(|other| other.id);
        let Some(first) = accepted.min() else { continue };
        // Packets so near may have been captured in another order.
        let is_early = case.seconds_between(answer.id, first) > REORDERED_SECONDS;
        // Somebody whose leg was not captured may have accepted.
        let is_seen = |uri: &String| {
            let invited = case.invitations().iter().filter(|other| other.is_from_focus() && other.id > one.id);
            invited.into_iter().any(|other| same_user(uri, other.user()))
        };
        if is_early && (case.lossy || !one.recipients().iter().all(is_seen)) {
            judge.undecided(statement, "needs the legs of all invitees");
            continue;
        }
        let waited = case.seconds_between(first, answer.id).max(0.0);
        let what = || match is_early {
            true => "200 to the originator before any invitee accepted".to_owned(),
            false => format!("200 to the originator {waited:.1} s after the first invitee accepted"),
        };
        let kept = !is_early && waited <= WAIT_SECONDS;
        let place: MessageId = answer.id;
        judge.expect(statement, kept, place, what).into_iter().for_each(|finding| _ = finding.also(first).also(one.id));
    }
}

/// How long a focus may take to pass the first acceptance on.
const WAIT_SECONDS: f64 = 5.0;

/// Two hosts and a capture between them.
const REORDERED_SECONDS: f64 = 0.01;
