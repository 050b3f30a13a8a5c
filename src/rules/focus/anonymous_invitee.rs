use crate::rules::invite::answer::of_clients;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// Where groups may not have anonymous participants, the focus lets an invitee that answers with `Privacy: id` go again
    /// at once.
    ///
    /// ## Why it matters
    /// The others see a name that is none, against the rules of their network.
    ///
    /// ## Example
    /// The profile has `anonymity = false`, and Bob, who answered with `Privacy: id`, stays in: a warning.
    ///
    /// ## Source
    /// OMA CPM 7.2.3
    pub CPM_FOCUS_ANONYMOUS_INVITEE: Warning = "cpm-focus-anonymous-invitee", ["7.2.3-200", "7.2.3-200.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "7.2.3-200.s2";
    for answer in of_clients(case) {
        judge.pass("7.2.3-200");
        let one = answer.invitation;
        let asks = answer
            .values(Name::Privacy)
            .iter()
            .any(|value| value.split([';', ',']).any(|token| token.trim().eq_ignore_ascii_case("id")));
        if !asks {
            continue;
        }
        match case.profile.policy.anonymity {
            None => judge.undecided(statement, "needs policy.anonymity in the profile"),
            Some(true) => judge.pass(statement),
            Some(false) => {
                let is_let_go =
                    one.leg.ended.is_some_and(|(bye, _)| case.seconds_between(answer.id, bye) <= WAIT_SECONDS);
                let what = || format!("{} is anonymous, which is not allowed, and was not let go", one.user());
                judge
                    .expect(statement, is_let_go, answer.id, what)
                    .into_iter()
                    .for_each(|finding| _ = finding.expected("BYE"));
            }
        }
    }
}

/// How long a focus may take to end what it must not have.
const WAIT_SECONDS: f64 = 2.0;
