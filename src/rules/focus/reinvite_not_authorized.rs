use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A participant who may not change the media of the group is refused with 403.
    ///
    /// ## Why it matters
    /// Else anybody turns the stream of all others off.
    ///
    /// ## Example
    /// The profile has `media-handling-denied = ["sip:bob@*"]`, and Bob's re-INVITE is answered with 200: broken.
    ///
    /// ## Source
    /// OMA CPM 7.2.2
    pub CPM_FOCUS_REINVITE_NOT_AUTHORIZED: Error = "cpm-focus-reinvite-not-authorized", ["7.2.2-2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "7.2.2-2";
    for change in case.changes().iter().filter(|change| !change.is_from_focus && change.is_new) {
        let Some((answer, status)) = change.answer else { continue };
        match case.profile.policy.may_handle_media(change.user()) {
            None => judge.undecided(statement, "needs policy.media-handling-denied in the profile"),
            Some(true) => judge.pass(statement),
            Some(false) => {
                let what =
                    || format!("{} may not change the media, and its re-INVITE was answered {status}", change.user());
                let finding = judge.expect(statement, status == 403, answer, what);
                finding.into_iter().for_each(|finding| _ = finding.expected("403").also(change.id));
            }
        }
    }
}
