use crate::rules::invite::extended::replaced;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Outcome;

rule! {
    /// ## What it checks
    /// A client that accepts an INVITE with Session-Replaces ends the 1-1 session that it names, within half a minute of the
    /// ACK, unless the other side has done so.
    ///
    /// ## Why it matters
    /// Else both sessions are open, and nobody knows into which one to write.
    ///
    /// ## Example
    /// Bob accepts the group, and his 1-1 session with Alice stays up: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.2
    pub CPM_BYE_SESSION_REPLACES: Error = "cpm-bye-session-replaces", ["5.2.2-ack-3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.2-ack-3";
    let wait = case.profile.timings.sip_transaction;
    for one in case.invitations().iter().filter(|one| one.is_from_focus()) {
        let (Some(mut named), Some(ack)) = (replaced(case, one.leg), one.leg.established) else { continue };
        named.retain(|leg| leg.outcome == Outcome::Established);
        if named.is_empty() {
            judge.undecided(statement, "needs the 1-1 session that is replaced");
            continue;
        }
        for leg in named {
            match leg.ended {
                Some((bye, _)) if bye < ack || case.seconds_between(ack, bye) <= wait => judge.pass(statement),
                None if case.lossy || case.seconds_captured_after(ack) <= wait => {
                    judge.undecided(statement, "needs more of the 1-1 session after the ACK");
                }
                _ => {
                    let what = format!("{} did not end the 1-1 session that the group replaces", one.user());
                    let finding = judge.fail(statement, ack, what).expected("BYE");
                    finding.also(one.id);
                    leg.ended.into_iter().for_each(|(bye, _)| _ = finding.also(bye));
                }
            }
        }
    }
}
