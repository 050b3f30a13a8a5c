use super::selection::{chooses, selections};
use crate::rules::pf::relayed::sent;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The client that a participating function goes on with is the first that its user writes with: a chat message, the sign
    /// of writing, or that something was read. A notification of delivery, which no user has asked for, chooses nobody.
    ///
    /// ## Why it matters
    /// The telephone in the drawer goes on, and the one in the hand is thrown out.
    ///
    /// ## Example
    /// Bob's tablet notifies of a delivery by itself, and his telephone gets a BYE: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.4
    pub CPM_MSRP_CLIENT_SELECTION: Error = "cpm-msrp-client-selection", ["5.2.4-2.a.i"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.4-2.a.i";
    for selection in selections(case) {
        let before =
            || selection.others.iter().flat_map(|leg| sent(case, leg, false)).filter(|one| one.first < selection.bye);
        let last = before().map(|one| one.first).max();
        let Some(last) = last.filter(|_| !case.lossy) else {
            judge.undecided(statement, format!("needs what the clients of {} send", selection.user));
            continue;
        };
        let is_chosen = before().any(|one| chooses(case, one));
        let what = || format!("the user {} has written nothing, and another client is ended", selection.user);
        judge.expect(statement, is_chosen, selection.bye, what).into_iter().for_each(|finding| _ = finding.also(last));
    }
}
