use crate::rules::invite::change::Modification;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Outcome;

rule! {
    /// ## What it checks
    /// A re-INVITE that asks for other streams is passed on: the focus sends one to every other participant, soon after.
    ///
    /// ## Why it matters
    /// Else two sides of one group use different media, and some hear what others cannot.
    ///
    /// ## Example
    /// Alice adds `m=audio`, the focus answers 200 and tells Bob nothing: broken.
    ///
    /// ## Source
    /// OMA CPM 7.2.2
    ///
    /// A re-INVITE with the streams as they were only keeps the session alive, and stays on its leg.
    pub CPM_FOCUS_REINVITE_FANOUT: Error = "cpm-focus-reinvite-fanout", ["7.2.2-3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "7.2.2-3";
    for one in Modification::all(case.changes()) {
        let asked = one.asked;
        // One that is refused at once is not passed on.
        let is_refused = asked.answer.is_none_or(|(_, status)| status >= 300);
        if is_refused && one.passed_on.is_empty() {
            continue;
        }
        let mut told: Vec<&str> = Vec::new();
        for (_, leg) in case.legs().filter(|(_, leg)| leg.outcome == Outcome::Established) {
            let Some(who) = leg.participant().filter(|who| !told.contains(&who.key.as_str())) else { continue };
            let is_up =
                leg.established.is_some_and(|ack| ack < asked.id) && leg.ended.is_none_or(|(bye, _)| bye > asked.id);
            if !is_up || asked.leg.participant().is_some_and(|asking| asking.key == who.key) {
                continue;
            }
            told.push(&who.key);
            let first = one.passed_on.get(who.key.as_str()).and_then(|changes| changes.first());
            let waited = first.map(|first| case.seconds_between(asked.id, first.id));
            if waited.is_some_and(|waited| waited <= WAIT_SECONDS) {
                judge.pass(statement);
            } else if case.lossy || case.seconds_captured_after(asked.id) < WAIT_SECONDS && asked.answer.is_none() {
                judge.undecided(statement, format!("needs the leg between the focus and {}", who.uri));
            } else {
                let what = format!("the change that {} asks for was not passed on to {}", asked.user(), who.uri);
                let finding = judge.fail(statement, asked.id, what);
                asked.answer.into_iter().for_each(|(answer, _)| _ = finding.also(answer));
            }
        }
    }
}

/// How long a focus may take to pass a change on.
const WAIT_SECONDS: f64 = 5.0;
