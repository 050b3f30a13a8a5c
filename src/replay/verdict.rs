//! What became of the steps of a plan.

use serde::Serialize;

use super::judge::Difference;

/// What became of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// Done, or seen as expected.
    Expected,
    /// It happened, but something that matters was different.
    Different { differences: Vec<Difference> },
    /// It was expected and did not come.
    Missing { why: String },
    /// It was to be sent and could not be.
    NotRun { why: String },
    /// It need not happen, and did not.
    Skipped,
}

impl Outcome {
    /// Is all as it should be?
    pub fn is_good(&self) -> bool {
        matches!(self, Outcome::Expected | Outcome::Skipped)
    }

    /// `expected`, `different`, `missing`, `not-run`, `skipped`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Expected => "expected",
            Outcome::Different { .. } => "different",
            Outcome::Missing { .. } => "missing",
            Outcome::NotRun { .. } => "not-run",
            Outcome::Skipped => "skipped",
        }
    }
}

/// What became of one run of a plan.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// In step with the plan's steps; all are there.
    pub outcomes: Vec<Outcome>,
    /// What the far end sent that no step expected: leg and message.
    pub extras: Vec<(usize, String)>,
    /// What was done otherwise than the capture says, and why.
    pub notes: Vec<String>,
    /// The run was cut short: by the time limit, or by the user.
    pub stopped: Option<String>,
}

impl Verdict {
    pub fn is_good(&self) -> bool {
        self.stopped.is_none() && self.outcomes.iter().all(Outcome::is_good)
    }

    /// How many steps had this outcome.
    pub fn count(&self, name: &str) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.as_str() == name).count()
    }
}
