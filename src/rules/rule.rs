//! What a rule is.

use std::fmt;

use super::case::Case;
use super::judge::Judge;

/// How bad it is that a rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Note,
    Warning,
    Error,
}

impl Severity {
    pub const ALL: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

    /// `error`, `warning` or `note`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    pub fn parse(text: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| severity.as_str() == text)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One check, with everything that is told about it. Made by [`rule!`].
#[derive(Debug)]
pub struct Rule {
    pub name: &'static str,
    /// Of its findings, where the check itself does not say otherwise.
    pub severity: Severity,
    /// The statements of the catalogue that it decides; none for what only RFCs ask.
    pub statements: &'static [&'static str],
    /// Markdown with the headings `What it checks`, `Why it matters`, `Example` and `Source`, as the doc comment has it: see
    /// [`Rule::documentation`].
    pub raw_documentation: &'static str,
    pub check: fn(&Case<'_>, &mut Judge),
}

impl Rule {
    /// The documentation without the indent of doc comments.
    pub fn documentation(&self) -> String {
        let lines = self.raw_documentation.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
        lines.collect::<Vec<_>>().join("\n").trim().to_owned()
    }

    /// The part of the documentation under this heading.
    pub fn section(&self, heading: &str) -> Option<String> {
        let text = format!("\n{}", self.documentation());
        let mut parts = text.split("\n## ").filter_map(|part| part.split_once('\n'));
        parts.find(|(title, _)| title.trim() == heading).map(|(_, text)| text.trim().to_owned())
    }

    /// The first sentence of the documentation: what is asked.
    pub fn summary(&self) -> String {
        let text = self.section("What it checks").unwrap_or_default();
        let first = text.split("\n\n").next().unwrap_or_default();
        let line = first.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.find(". ") {
            Some(end) => line[..=end].to_owned(),
            None => line,
        }
    }

    /// The first line of `Source`: the clause or RFC section that is cited with findings of a rule without statements.
    pub fn source(&self) -> &'static str {
        let mut lines = self.raw_documentation.lines().map(str::trim).skip_while(|line| *line != "## Source").skip(1);
        lines.find(|line| !line.is_empty()).unwrap_or_default()
    }
}

/// Turns a doc comment into a `static` [`Rule`], so that every reader of it (`explain`, the documentation, SARIF, the desktop
/// program) shows the same:
/// ```text
/// rule! {
///     /// ## What it checks
///     /// …
///     pub CPM_CINFO_ROOT: Error = "cpm-cinfo-root", ["9.2.14.3-n-3", "9.2.14.3-m-a"], check;
/// }
/// ```
macro_rules! rule {
    ($(#[doc = $line:literal])* pub $id:ident : $severity:ident = $name:literal, [$($statement:literal),* $(,)?], $check:path;) => {
        pub static $id: $crate::rules::Rule = $crate::rules::Rule {
            name: $name,
            severity: $crate::rules::Severity::$severity,
            statements: &[$($statement),*],
            raw_documentation: concat!($($line, "\n"),*),
            check: $check,
        };
    };
}
pub(super) use rule;
