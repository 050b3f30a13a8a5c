//! The findings in JSON, as `check` and `analyze` print them.

use hashbrown::HashSet;
use serde::Serialize;

use super::Checked;
use crate::report::json::CaptureDocument;
use crate::rules::Finding;

/// `{ "capture": {…}, "findings": […] }`
#[derive(Serialize)]
pub struct CheckDocument<'a> {
    capture: CaptureDocument<'a>,
    findings: Vec<FindingDocument<'a>>,
    /// Findings that the profile or the baseline accepts.
    ignored: usize,
}

impl<'a> CheckDocument<'a> {
    pub fn new(checked: &Checked<'a>) -> CheckDocument<'a> {
        CheckDocument {
            capture: CaptureDocument::new(checked.analysis),
            findings: all(checked),
            ignored: checked.outcome.ignored,
        }
    }
}

/// One finding.
#[derive(Serialize)]
pub struct FindingDocument<'a> {
    rule: &'static str,
    severity: &'static str,
    statements: Vec<&'static str>,
    clause: &'static str,
    session: &'a str,
    actor: &'static str,
    message: &'a str,
    expected: Option<&'a str>,
    found: Option<&'a str>,
    frames: Vec<u32>,
    range: Option<RangeDocument>,
    fingerprint: String,
}

impl FindingDocument<'_> {
    /// Is it about one of these sessions?
    pub fn is_of(&self, sessions: &HashSet<&str>) -> bool {
        sessions.contains(self.session)
    }
}

/// Bytes of the message that begins in `frame`, counted from its first byte.
#[derive(Serialize)]
struct RangeDocument {
    frame: u32,
    start: usize,
    end: usize,
}

/// All findings of a capture, in order.
pub fn all<'a>(checked: &Checked<'a>) -> Vec<FindingDocument<'a>> {
    checked.outcome.findings.iter().map(|finding| document(checked, finding)).collect()
}

fn document<'a>(checked: &Checked<'a>, finding: &'a Finding) -> FindingDocument<'a> {
    let frame = checked.frame(finding.place.message);
    let range = finding.place.range.as_ref();
    FindingDocument {
        rule: finding.rule.name,
        severity: finding.severity.as_str(),
        statements: finding.statement.iter().map(|statement| statement.id).collect(),
        clause: finding.clause(),
        session: &checked.session(finding).id,
        actor: finding.actor.as_str(),
        message: &finding.message,
        expected: finding.expected.as_deref(),
        found: finding.found.as_deref(),
        frames: checked.frames(finding).iter().map(|place| place.number).collect(),
        range: range.map(|range| RangeDocument { frame, start: range.start, end: range.end }),
        fingerprint: finding.fingerprint(),
    }
}
