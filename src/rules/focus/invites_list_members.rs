use crate::rules::invite::answer::of_focus;
use crate::rules::invite::invitation::{Invitation, Purpose, same_user};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The focus invites everybody on the list of recipients.
    ///
    /// ## Why it matters
    /// Who is missing never learns of the group, and nobody notices.
    ///
    /// ## Example
    /// The list names Bob and Carol, and the focus invites Bob only: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5
    ///
    /// An invitee of whom there is neither an INVITE nor a word in any conference-info document was not invited. One who is
    /// in a document was: the leg was not captured, and the statement is undecided.
    pub CPM_FOCUS_INVITES_LIST_MEMBERS: Error = "cpm-focus-invites-list-members", ["5.2.5-5.d", "5.2.5-9", "5.2.5-6.f"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let all = case.invitations();
    for answer in of_focus(case) {
        let one = answer.invitation;
        if one.purpose == Purpose::PreDefined {
            judge.undecided("5.2.5-6.f", "needs the members of the pre-defined group, which no capture shows");
        }
        if !matches!(one.purpose, Purpose::AdHoc | Purpose::Extension) || one.message.is_body_cut() {
            continue;
        }
        let recipients = one.recipients();
        // An empty list is to be refused.
        if recipients.is_empty() {
            continue;
        }
        // Later on, others are added and the group is made again.
        let is_later = |other: &&Invitation<'_>| other.purpose == Purpose::Rejoin || other.purpose == Purpose::JoinIn;
        let until = all.iter().filter(is_later).map(|other| other.id).find(|&id| id > one.id);
        let referred = case.timeline.referrals.first().map(|referral| referral.at);
        let until = [until, referred].into_iter().flatten().min();
        let invited: Vec<&Invitation<'_>> = all
            .iter()
            .filter(|other| other.is_from_focus() && other.id > one.id && until.is_none_or(|until| other.id < until))
            .collect();
        let originator = one.user();
        for other in &invited {
            let is_meant =
                recipients.iter().any(|uri| same_user(uri, other.user())) || same_user(originator, other.user());
            // Whom nobody asked for is found by the rule on the Request-URI.
            if is_meant {
                judge.pass("5.2.5-5.d");
            }
        }
        for uri in recipients.iter().filter(|uri| !same_user(uri, originator)) {
            if invited.iter().any(|other| same_user(uri, other.user())) {
                judge.pass("5.2.5-9");
                continue;
            }
            // A leg that was not captured shows in the documents: whoever was invited was pending, at least.
            let key = case.key(crate::rules::invite::invitation::without_headers(uri));
            let listings = case.documents().iter().filter_map(|document| document.judged()?.users.as_ref());
            let mut entities = listings.flat_map(|users| &users.users).filter_map(|user| user.entity.as_ref());
            let is_told = entities.any(|entity| case.key(&entity.value) == key);
            if case.lossy
                || is_told
                || invited.is_empty()
                || case.documents().is_empty()
                || case.seconds_captured_after(one.id) < WAIT_SECONDS
            {
                judge.undecided("5.2.5-9", format!("needs the leg between the focus and {uri}"));
                continue;
            }
            let what = format!("{uri} is on the list of recipients, and was not invited");
            judge.fail("5.2.5-9", one.place(crate::wire::sip::Name::ContentType), what);
        }
    }
}

/// How long a focus may take to invite everybody.
const WAIT_SECONDS: f64 = 10.0;
