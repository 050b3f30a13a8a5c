//! What the rules found in a capture, with what is looked up often: which session, which message.

use std::collections::HashMap;

use rcshark::Analysis;
use rcshark::rules::{Outcome, Severity};
use rcshark::wire::MessageId;

use crate::text::count;

/// Findings by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tallies {
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
}

impl Tallies {
    pub fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Note => self.notes += 1,
        }
    }

    pub fn of(&self, severity: Severity) -> usize {
        match severity {
            Severity::Error => self.errors,
            Severity::Warning => self.warnings,
            Severity::Note => self.notes,
        }
    }

    pub fn sum(&self) -> usize {
        self.errors + self.warnings + self.notes
    }

    /// `2 errors, 1 note`; empty when there are none.
    pub fn text(&self) -> String {
        let parts = Severity::ALL.into_iter().filter(|&severity| self.of(severity) > 0);
        parts.map(|severity| count(self.of(severity) as u64, severity.as_str())).collect::<Vec<_>>().join(", ")
    }
}

#[derive(Default)]
pub struct Findings {
    pub outcome: Outcome,
    /// In step with the sessions.
    pub tallies: Vec<Tallies>,
    pub all: Tallies,
    /// In step with the sessions: the places of their findings in the list, the worst first.
    pub by_session: Vec<Vec<usize>>,
    /// The worst that is said of a message.
    pub of_message: HashMap<MessageId, Severity>,
}

impl Findings {
    pub fn new(outcome: Outcome, analysis: &Analysis) -> Findings {
        let sessions = analysis.sessions.sessions.len();
        let mut findings = Findings {
            tallies: vec![Tallies::default(); sessions],
            by_session: vec![Vec::new(); sessions],
            ..Findings::default()
        };
        for (place, finding) in outcome.findings.iter().enumerate() {
            findings.all.add(finding.severity);
            if let (Some(tallies), Some(own)) =
                (findings.tallies.get_mut(finding.session), findings.by_session.get_mut(finding.session))
            {
                tallies.add(finding.severity);
                own.push(place);
            }
            let worst = findings.of_message.entry(finding.place.message).or_insert(finding.severity);
            *worst = (*worst).max(finding.severity);
        }
        for own in &mut findings.by_session {
            own.sort_by_key(|&place| std::cmp::Reverse(outcome.findings[place].severity));
        }
        findings.outcome = outcome;
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tallies_are_told_in_words() {
        let mut tallies = Tallies::default();
        assert_eq!(tallies.text(), "");
        for severity in [Severity::Note, Severity::Error, Severity::Error] {
            tallies.add(severity);
        }
        assert_eq!(tallies.text(), "2 errors, 1 note");
        assert_eq!(tallies.sum(), 3);
    }
}
