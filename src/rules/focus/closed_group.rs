use crate::rules::invite::answer::of_focus;
use crate::rules::invite::invitation::{Purpose, same_user};
use crate::rules::rule::rule;
use crate::rules::sdp::chatroom::{Closed, closed_since};
use crate::rules::{Case, Judge};
use crate::timeline::Referred;

rule! {
    /// ## What it checks
    /// Into a closed group nobody is let in who was not there from the beginning: neither by an INVITE of his own nor by the
    /// REFER of a participant.
    ///
    /// ## Why it matters
    /// Who opens a closed group trusts that it stays among those he has chosen.
    ///
    /// ## Example
    /// `a=chatroom:org.openmobilealliance.groupchat.closed`, and Eve's INVITE to the focus is answered with 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5
    ///
    /// That a closed group takes nobody else is defined outside of this specification, hence a warning.
    pub CPM_FOCUS_CLOSED_GROUP: Warning = "cpm-focus-closed-group", ["5.2.5-4.i", "5.2.5-4.ii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-4.i";
    let Some(Closed { invitation: maker, .. }) = closed_since(case) else { return };
    let recipients = maker.recipients();
    if recipients.is_empty() {
        judge.undecided(statement, "needs the list of recipients of the INVITE that made the closed group");
        return;
    }
    let is_member = |uri: &str| same_user(uri, maker.user()) || recipients.iter().any(|one| same_user(one, uri));
    judge.pass("5.2.5-4.ii");
    for answer in of_focus(case) {
        let one = answer.invitation;
        if !matches!(one.purpose, Purpose::Rejoin | Purpose::JoinIn) || one.leg.caller_anonymous {
            continue;
        }
        let what = || format!("{} was let into a closed group", one.user());
        let finding = judge.expect(statement, is_member(one.user()), answer.id, what);
        finding.into_iter().for_each(|finding| _ = finding.also(maker.id));
    }
    let additions = case.timeline.referrals.iter().filter(|one| one.asked == Referred::Invite);
    for referral in additions.filter(|one| one.answered.is_some_and(|(_, status)| status < 300)) {
        for target in &referral.targets {
            let what = || format!("REFER for {} into a closed group was accepted", target.uri);
            let finding = judge.expect(statement, is_member(&target.uri), referral.at, what);
            finding.into_iter().for_each(|finding| _ = finding.also(maker.id));
        }
    }
}
