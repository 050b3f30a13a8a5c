//! The conformance matrix in JSON: what became of every statement of the specification, per session.

use serde::Serialize;

use super::Checked;
use crate::report::json::CaptureDocument;
use crate::rules::catalogue;
use crate::session::Session;

/// `{ "capture": {…}, "sessions": [ { "id": "s1", "statements": [ … ] } ] }`
#[derive(Serialize)]
pub struct MatrixDocument<'a> {
    capture: CaptureDocument<'a>,
    sessions: Vec<SessionMatrix<'a>>,
}

#[derive(Serialize)]
struct SessionMatrix<'a> {
    id: &'a str,
    statements: Vec<StatementDocument<'a>>,
}

/// A statement that applies to the session.
#[derive(Serialize)]
struct StatementDocument<'a> {
    id: &'static str,
    clause: &'static str,
    keyword: &'static str,
    actor: &'static str,
    rule: &'static str,
    summary: &'static str,
    /// `pass`, `fail` or `undecided`.
    verdict: &'static str,
    passed: u32,
    failed: u32,
    undecided: u32,
    /// What would decide it.
    needs: &'a [String],
}

impl<'a> MatrixDocument<'a> {
    /// The matrix of the sessions that are wanted.
    pub fn new(checked: &Checked<'a>, wants: impl Fn(&Session) -> bool) -> MatrixDocument<'a> {
        let sessions = checked.analysis.sessions.sessions.iter().zip(&checked.outcome.statements);
        let sessions = sessions.filter(|(session, _)| wants(session)).map(|(session, told)| {
            let statements = told.iter().filter_map(|(id, tally)| {
                let (statement, verdict) = (catalogue::find(id)?, tally.verdict()?);
                Some(StatementDocument {
                    id: statement.id,
                    clause: statement.clause(),
                    keyword: statement.keyword,
                    actor: statement.actor,
                    rule: statement.rule,
                    summary: statement.summary,
                    verdict: verdict.as_str(),
                    passed: tally.passed,
                    failed: tally.failed,
                    undecided: tally.undecided,
                    needs: &tally.reasons,
                })
            });
            SessionMatrix { id: &session.id, statements: statements.collect() }
        });
        MatrixDocument { capture: CaptureDocument::new(checked.analysis), sessions: sessions.collect() }
    }
}
