use super::kept::returns;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Direction;

rule! {
    /// ## What it checks
    /// Who comes back by itself gets in the session of its re-join what was kept for it.
    ///
    /// ## Why it matters
    /// The messages are lost, or come once more in a session that nobody has asked for.
    ///
    /// ## Example
    /// While Bob is away, the focus sends m1; he comes back and leaves again, and m1 was not among what he got: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4, 5.2.3.4.1.2
    pub CPM_DEFERRED_DELIVERY_IN_REJOIN_SESSION: Error = "cpm-deferred-delivery-in-rejoin-session", ["5.2.3.4-p4-B-use-rejoin", "5.2.3.4.1.2-p2-deferred"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (statement, same) = ("5.2.3.4-p4-B-use-rejoin", "5.2.3.4.1.2-p2-deferred");
    for back in returns(case).iter().filter(|back| back.leg.direction == Direction::ClientToFocus) {
        let user = back.lost.user();
        for (id, came) in &back.kept {
            let is_given = back.place(id).is_some();
            if is_given || back.is_over(case) {
                let message = || format!("message {id} was kept for {user}, and not delivered when it came back");
                let finding = judge.expect(statement, is_given, *came, message);
                finding.zip(back.leg.invited).into_iter().for_each(|(finding, invite)| _ = finding.also(invite));
                judge.same(same, is_given);
            } else {
                judge.undecided(statement, format!("needs all that is delivered to {user}"));
                judge.undecided(same, format!("needs all that is delivered to {user}"));
            }
        }
    }
}
