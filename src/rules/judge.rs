//! What a rule says to: takes down verdicts and findings of one session.

use std::borrow::Cow;

use super::case::Case;
use super::catalogue::{self, statements};
use super::finding::{Actor, Finding, Place, statement};
use super::rule::{Rule, Severity};
use crate::wire::MessageId;

/// Undecided reasons kept per statement; they mostly say the same.
const MAX_REASONS: usize = 4;

/// What became of a statement in one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    Pass,
    Fail,
    Undecided,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Undecided => "undecided",
        }
    }
}

/// How often a statement was kept, broken, or could not be decided in one session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u32,
    pub failed: u32,
    pub undecided: u32,
    /// What was missing, each reason once.
    pub reasons: Vec<String>,
}

impl Tally {
    /// Fail when it was broken once; pass when it was kept wherever the capture decides it.
    pub fn verdict(&self) -> Option<Verdict> {
        match self {
            Tally { failed: 1.., .. } => Some(Verdict::Fail),
            Tally { passed: 1.., .. } => Some(Verdict::Pass),
            Tally { undecided: 1.., .. } => Some(Verdict::Undecided),
            _ => None,
        }
    }
}

/// A rule that is to be run.
pub struct AtWork {
    pub rule: &'static Rule,
    severity: Severity,
    /// Its statements, with their places in [`catalogue::statements`].
    places: Vec<(&'static str, Option<usize>)>,
}

impl AtWork {
    pub fn new(rule: &'static Rule, severity: Severity) -> AtWork {
        AtWork { rule, severity, places: rule.statements.iter().map(|&id| (id, catalogue::place(id))).collect() }
    }
}

/// Takes down what the rules say of one session.
pub struct Judge {
    /// Index of the session, and its first message.
    session: usize,
    first: MessageId,
    rule: Option<&'static Rule>,
    severity: Severity,
    findings: Vec<Finding>,
    /// In step with [`catalogue::statements`].
    tallies: Vec<Tally>,
    /// The statements of the rule, and others that it spoke of, with their places.
    known: Vec<(&'static str, Option<usize>)>,
}

impl Judge {
    pub(super) fn new(case: &Case<'_>) -> Judge {
        let (session, first) = (case.index, case.first_message().unwrap_or(MessageId(0)));
        let tallies = vec![Tally::default(); statements().len()];
        Judge { session, first, rule: None, severity: Severity::Note, findings: Vec::new(), tallies, known: Vec::new() }
    }

    pub(super) fn begin(&mut self, next: &AtWork) {
        (self.rule, self.severity) = (Some(next.rule), next.severity);
        self.known.clear();
        self.known.extend_from_slice(&next.places);
    }

    fn place(&mut self, id: &'static str) -> Option<usize> {
        if let Some((_, place)) = self.known.iter().find(|(known, _)| *known == id) {
            return *place;
        }
        let place = catalogue::place(id);
        self.known.push((id, place));
        place
    }

    /// The statement was kept.
    pub fn pass(&mut self, id: &'static str) {
        if let Some(place) = self.place(id) {
            self.tallies[place].passed += 1;
        }
    }

    /// The capture does not show whether the statement was kept; `missing` says what would decide it: `needs the leg of Bob`.
    pub fn undecided<'t>(&mut self, id: &'static str, missing: impl Into<Cow<'t, str>>) {
        let Some(place) = self.place(id) else { return };
        let tally = &mut self.tallies[place];
        tally.undecided += 1;
        let missing = missing.into();
        if tally.reasons.len() < MAX_REASONS && !tally.reasons.iter().any(|reason| *reason == missing) {
            tally.reasons.push(missing.into_owned());
        }
    }

    /// The statement was broken at `place`; `message` is one sentence without a full stop that names the value found.
    pub fn fail(&mut self, id: &'static str, place: impl Into<Place>, message: impl Into<String>) -> &mut Finding {
        let statement = statement(id);
        let index = self.place(id);
        let tally = index.map(|index| &mut self.tallies[index]);
        tally.into_iter().for_each(|tally| tally.failed += 1);
        self.push(Some(id), Actor::of(statement), place.into(), message.into())
    }

    /// The statement says the same as the one that was just failed, or passed, and is so, too.
    pub fn same(&mut self, id: &'static str, kept: bool) {
        if let Some(place) = self.place(id) {
            let tally = &mut self.tallies[place];
            *(if kept { &mut tally.passed } else { &mut tally.failed }) += 1;
        }
    }

    /// As [`Judge::fail`], but so slight that the statement still counts as kept.
    pub fn remark(
        &mut self,
        id: &'static str,
        severity: Severity,
        place: impl Into<Place>,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.pass(id);
        self.push(Some(id), Actor::of(statement(id)), place.into(), message.into()).severity(severity)
    }

    /// What an RFC asks was broken.
    pub fn report(&mut self, actor: Actor, place: impl Into<Place>, message: impl Into<String>) -> &mut Finding {
        self.push(None, actor, place.into(), message.into())
    }

    /// Passes the statement when `kept`, else fails it at `place`.
    pub fn expect(
        &mut self,
        id: &'static str,
        kept: bool,
        place: impl Into<Place>,
        message: impl FnOnce() -> String,
    ) -> Option<&mut Finding> {
        if kept {
            self.pass(id);
            return None;
        }
        Some(self.fail(id, place, message()))
    }

    fn push(&mut self, id: Option<&'static str>, actor: Actor, place: Place, message: String) -> &mut Finding {
        let rule = self.rule.unwrap_or(&PANICKED);
        self.findings.push(Finding {
            rule,
            severity: self.severity,
            statement: id.map(statement),
            session: self.session,
            actor,
            message,
            place,
            evidence: Vec::new(),
            expected: None,
            found: None,
        });
        self.findings.last_mut().expect("it was pushed above")
    }

    /// The rule at work is broken itself.
    pub(super) fn panicked(&mut self) {
        let name = self.rule.map_or("", |rule| rule.name);
        self.rule = None;
        self.severity = PANICKED.severity;
        let first = self.first;
        self.report(Actor::Unknown, first, format!("the rule {name} failed on this session; please report it"));
    }

    pub(super) fn finish(mut self) -> (Vec<Finding>, Vec<(&'static str, Tally)>) {
        self.findings.sort_by_key(|finding| (finding.place.message, finding.rule.name, finding.message.clone()));
        let tallies = statements().iter().zip(self.tallies);
        let told =
            tallies.filter(|(_, tally)| tally.verdict().is_some()).map(|(statement, tally)| (statement.id, tally));
        (self.findings, told.collect())
    }
}

/// Stands for a rule that panicked: its own check never runs.
static PANICKED: Rule = Rule {
    name: "rule-failed",
    severity: Severity::Warning,
    statements: &[],
    raw_documentation: "## What it checks\nA rule that stops with an error of its own is told here. The other rules are not touched by it.\n\
                    ## Source\nrcshark\n",
    check: |_, _| (),
};
