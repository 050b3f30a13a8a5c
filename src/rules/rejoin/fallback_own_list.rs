use super::fallback::{earlier_way_in, fallbacks};
use crate::rules::invite::invitation::{Purpose, originating, same_user, without_headers};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A group that is made anew has the people of the old one on its list, and not the one who makes it.
    ///
    /// ## Why it matters
    /// Who is left out does not know that the conversation goes on without him.
    ///
    /// ## Example
    /// The old group was made for Bob and Carol by Alice; Bob's new INVITE lists Carol and Bob: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.4
    pub CPM_REJOIN_FALLBACK_LIST: Warning = "cpm-rejoin-fallback-list", ["5.2.1.4-B.a", "5.2.1.4-B.a.i", "5.2.1.4-B.a.ii", "5.2.1.4-B.a.iii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let all = case.invitations();
    let after_refusal = fallbacks(case);
    for (at, one) in all.iter().enumerate().filter(|(_, one)| one.purpose == Purpose::AdHoc) {
        let earlier = earlier_way_in(&all[..at], one);
        if earlier.is_none() && !after_refusal.iter().any(|(_, new)| new.id == one.id) {
            continue;
        }
        let list = one.recipients();
        let names_itself = list.iter().any(|uri| same_user(uri, one.user()));
        let what = || format!("{} lists itself in the group that it makes anew", one.user());
        judge.expect("5.2.1.4-B.a.iii", !names_itself, one.place(Name::ContentType), what);
        let Some(origin) = originating(&all[..at], one.id).filter(|origin| !origin.recipients().is_empty()) else {
            judge.undecided("5.2.1.4-B.a", "needs the list of the old group");
            continue;
        };
        let old = origin.recipients();
        let expected =
            old.iter().map(|uri| without_headers(uri)).chain([origin.user()]).filter(|uri| !same_user(uri, one.user()));
        let missing = expected.clone().find(|uri| !list.iter().any(|other| same_user(other, uri)));
        // A group that is only alike may have others.
        match missing {
            None => ["5.2.1.4-B.a", "5.2.1.4-B.a.i", "5.2.1.4-B.a.ii"].into_iter().for_each(|id| judge.pass(id)),
            Some(_) => judge.undecided("5.2.1.4-B.a", "needs to know that the list was taken from the message store"),
        }
    }
}
