use crate::rules::invite::answer::of_focus;
use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::{Direction, Outcome};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// Who calls a pre-defined group while its session runs, joins that session: both 200s have the same Group Session
    /// Identity.
    ///
    /// ## Why it matters
    /// Two sessions of one group split its members: each half talks to itself.
    ///
    /// ## Example
    /// Alice and Bob call `sip:club@groups.example.com`, and get `sip:conf1@…` and `sip:conf2@…`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5
    pub CPM_FOCUS_PREDEFINED_SINGLE_SESSION: Error = "cpm-focus-predefined-single-session", ["5.2.5-6.e"], check;
}

/// Legs of a capture that are compared with each other.
const MAX_LEGS: usize = 20_000;

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-6.e";
    for answer in of_focus(case) {
        let one = answer.invitation;
        if !matches!(one.purpose, Purpose::PreDefined | Purpose::JoinIn) {
            continue;
        }
        let (Some(focus), Some(called)) =
            (case.focus_contact(answer.id, &answer.message), one.leg.request_uri.as_ref())
        else {
            continue;
        };
        if called.key == focus.key {
            continue;
        }
        let legs = case.sessions().legs.iter().take(MAX_LEGS);
        let of_group = legs.filter(|leg| {
            leg.direction == Direction::ClientToFocus
                && leg.outcome == Outcome::Established
                && leg.request_uri.as_ref().is_some_and(|uri| uri.key == called.key)
        });
        // It was up when the other one was answered.
        let mut earlier = of_group.filter(|leg| {
            leg.answered.is_some_and(|(other, _)| other < answer.id)
                && leg.ended.is_none_or(|(bye, _)| bye > answer.id)
                && leg.participant().map(|who| &who.key) != one.leg.participant().map(|who| &who.key)
        });
        let other = earlier.find(|leg| leg.focus.as_ref().is_some_and(|(known, _)| known.key != focus.key));
        match other {
            Some(leg) => {
                let what = format!("{} gave {} a second session, {}", called.uri, one.user(), focus.uri);
                let finding = judge.fail(statement, answer.place(Name::Contact), what);
                let known = leg.focus.as_ref().map(|(known, _)| known.uri.clone());
                known.into_iter().for_each(|known| _ = finding.expected(known));
                leg.answered.into_iter().for_each(|(other, _)| _ = finding.also(other));
            }
            None => judge.pass(statement),
        }
    }
}
