use super::away::left;
use super::kept::returns;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Direction;

rule! {
    /// ## What it checks
    /// What was kept for a client is delivered in the order in which it came.
    ///
    /// ## Why it matters
    /// An answer before its question.
    ///
    /// ## Example
    /// While Carol is away, the focus sends m1 and m2; her function delivers m2, then m1: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1
    pub CPM_DEFERRED_DELIVERY_ORDER: Error = "cpm-deferred-delivery-order", ["5.2.3.4.1.1-d.i"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-d.i";
    for back in returns(case).iter().filter(|back| back.leg.direction == Direction::FocusToClient) {
        let user = back.lost.user();
        let mut last: Option<(usize, &str)> = None;
        for (id, came) in &back.kept {
            let Some(place) = back.place(id) else {
                // Who leaves before the end wants no more.
                if left(case, back.leg).is_some() {
                    continue;
                }
                if back.is_over(case) {
                    judge.fail(statement, *came, format!("message {id} was kept for {user}, and never delivered"));
                } else {
                    judge.undecided(statement, format!("needs all that is delivered to {user}"));
                }
                continue;
            };
            match last.filter(|(earlier, _)| *earlier > place) {
                Some((_, earlier)) => {
                    let message = format!("message {id} came after {earlier}, and is delivered to {user} before it");
                    judge.fail(statement, back.given[place].1, message).also(*came);
                }
                None => {
                    judge.pass(statement);
                    last = Some((place, id));
                }
            }
        }
    }
}
