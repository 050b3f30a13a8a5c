use super::own::of_user;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// Where the subscription of a client is refused, the session may go on without it; its user is not told who is in.
    ///
    /// ## Why it matters
    /// It explains why the list of this user is empty.
    ///
    /// ## Example
    /// `SUBSCRIBE`, `403`, and the chat goes on: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.2
    pub CPM_SUBSCRIBE_FAILURE_CONTINUE: Note = "cpm-subscribe-failure-continue", ["5.2.1.2-resp-sub-fail"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.1.2-resp-sub-fail";
    for one in case.invitations().iter().filter(|one| one.leg.established.is_some()) {
        let until = one.leg.ended.map(|(bye, _)| bye);
        let own: Vec<_> = of_user(case, one)
            .filter(|subscription| {
                subscription
                    .messages
                    .first()
                    .is_some_and(|&first| first > one.id && until.is_none_or(|until| first < until))
            })
            .collect();
        let refused = own
            .iter()
            .find(|subscription| subscription.status >= 300 && !matches!(subscription.status, 401 | 407 | 422 | 423));
        let Some(refused) = refused.filter(|_| own.iter().all(|subscription| subscription.status >= 300)) else {
            continue;
        };
        let Some(&first) = refused.messages.first() else { continue };
        let goes_on = until.is_none_or(|bye| case.seconds_between(first, bye) > 1.0);
        if goes_on {
            let what = format!(
                "the subscription of {} was refused with {}: no notifications in this session",
                one.user(),
                refused.status
            );
            judge.remark(statement, Severity::Note, first, what).also(one.id);
        } else {
            judge.pass(statement);
        }
    }
}
