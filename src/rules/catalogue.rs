//! The catalogue: every normative statement of the specification, and the rule that decides it.

use std::sync::LazyLock;

use hashbrown::HashMap;

use super::rule::Severity;

/// One normative statement.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// Clause and step, such as `9.2.14.3-n-3`.
    pub id: &'static str,
    /// `SHALL`, `MAY`, …
    pub keyword: &'static str,
    /// Whom it binds: `client`, `controlling-function` or `participating-function`.
    pub actor: &'static str,
    pub observable: Observable,
    pub severity: Severity,
    /// The name of the rule that decides it.
    pub rule: &'static str,
    pub summary: &'static str,
}

/// Can a capture decide a statement?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Observable {
    Wire,
    /// Only with certain legs, or with settings of the profile.
    Partial,
    /// It happens inside a node.
    Internal,
}

impl Observable {
    pub fn as_str(self) -> &'static str {
        match self {
            Observable::Wire => "wire",
            Observable::Partial => "partial",
            Observable::Internal => "internal",
        }
    }
}

impl Statement {
    /// The clause that it stands in: `9.2.14.3` of `9.2.14.3-n-3`.
    pub fn clause(&self) -> &'static str {
        self.id.split_once('-').map_or(self.id, |(clause, _)| clause)
    }
}

static STATEMENTS: LazyLock<Vec<Statement>> = LazyLock::new(|| {
    let lines = include_str!("catalogue.tsv").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(read).collect()
});

static BY_ID: LazyLock<HashMap<&str, usize>> =
    LazyLock::new(|| statements().iter().enumerate().map(|(index, statement)| (statement.id, index)).collect());

fn read(line: &'static str) -> Option<Statement> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    Some(Statement {
        id: next()?,
        keyword: next()?,
        actor: next()?,
        observable: match next()? {
            "wire" => Observable::Wire,
            "partial" => Observable::Partial,
            _ => Observable::Internal,
        },
        severity: Severity::parse(next()?)?,
        rule: next()?,
        summary: next()?,
    })
}

/// All statements, clause by clause.
pub fn statements() -> &'static [Statement] {
    &STATEMENTS
}

/// Its place in [`statements`].
pub fn place(id: &str) -> Option<usize> {
    BY_ID.get(id).copied()
}

pub fn find(id: &str) -> Option<&'static Statement> {
    place(id).map(|index| &statements()[index])
}
