use super::farewell::farewell;
use crate::rules::invite::answer::{of_focus, refusals_of_focus};
use crate::rules::invite::invitation::Purpose;
use crate::rules::pf::hop::is_deferred;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Whom the focus has sent away for good, with the cause 410 in its BYE, it does not let in again unless it invites him
    /// anew.
    ///
    /// ## Why it matters
    /// 410 tells the client to forget the group: a later 200 contradicts it.
    ///
    /// ## Example
    /// `BYE` with `Reason: SIP;cause=410` to Bob; his INVITE to the focus is answered with 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.3
    pub CPM_FOCUS_BYE_410_NO_RESTART: Warning = "cpm-focus-bye-410-no-restart", ["5.2.3.3-2.b.ii-meaning"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.3-2.b.ii-meaning";
    for answer in of_focus(case).chain(refusals_of_focus(case)) {
        // A participating function that has kept something lets its client in by itself.
        if answer.invitation.purpose != Purpose::Rejoin || is_deferred(case, answer.invitation.leg) {
            continue;
        }
        let Some((bye, 410)) = farewell(case, answer.invitation) else { continue };
        if answer.status < 300 && case.lossy {
            judge.undecided(statement, "needs what may be missing between the BYE and the re-join");
            continue;
        }
        let what = || format!("{} was let in after BYE with cause 410", answer.invitation.user());
        let finding = judge.expect(statement, answer.status >= 300, answer.id, what);
        finding.into_iter().for_each(|finding| _ = finding.expected("404 or 403").also(bye));
    }
}
