use crate::rules::dialog::unacknowledged::{Acknowledgement, acknowledgement};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The focus acknowledges the 200 of every participant that it has invited.
    ///
    /// ## Why it matters
    /// A client whose 200 is not acknowledged repeats it for half a minute, and then leaves.
    ///
    /// ## Example
    /// Carol sends 200 after 0.5, 1, 2, 4 s, and gets no ACK: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5; RFC 3261 §13.2.2.4
    ///
    /// The specification says that the focus forwards the ACK of the originator. It has a dialog of its own with every
    /// participant, and acknowledges each.
    pub CPM_FOCUS_ACK: Error = "cpm-focus-ack", ["5.2.5-ack-1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-ack-1";
    for one in case.invitations().iter().filter(|one| one.is_from_focus() && !one.is_deferred(case)) {
        match acknowledgement(case, one.leg) {
            Some((_, Acknowledgement::Seen)) => judge.pass(statement),
            Some((_, Acknowledgement::Unknown)) => judge.undecided(statement, "needs the ACK of the 200"),
            Some((answer, Acknowledgement::Missing)) => {
                let what = format!("the 200 of {} was not acknowledged", one.user());
                judge.fail(statement, answer, what).expected("ACK").also(one.id);
            }
            None => {}
        }
    }
}
