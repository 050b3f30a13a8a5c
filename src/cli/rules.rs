//! `rcshark rules`: the list of rules, what they cover of the specification, and their documentation as one page.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::plain_stdout;
use super::style::{BOLD, DIM, paint};
use super::table::{Cell, Table};
use crate::rules::catalogue::{self, Observable, Statement};
use crate::rules::{self, FAMILIES, Rule};

/// The rules of `check`: names, severities, what they ask.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  rcshark rules\n  rcshark rules --coverage          every statement of the specification, and the rule that decides it\n  \
    rcshark rules --format markdown   the documentation of all rules as one page\n  rcshark explain cpm-cinfo-root    one rule"
)]
pub struct Options {
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Instead, every statement of the specification with the rule that decides it.
    #[arg(long, conflicts_with = "format")]
    coverage: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Markdown,
}

#[derive(Serialize)]
struct RuleDocument {
    name: &'static str,
    family: &'static str,
    severity: &'static str,
    statements: &'static [&'static str],
    source: &'static str,
    summary: String,
    documentation: String,
}

pub fn run(options: &Options) -> anyhow::Result<bool> {
    if options.coverage {
        write_coverage(&mut text_stdout())?;
        return Ok(true);
    }
    match options.format {
        Format::Text => write_list(&mut text_stdout())?,
        Format::Json => {
            let mut out = plain_stdout();
            let documents: Vec<RuleDocument> = families().map(|(family, rule)| document(family, rule)).collect();
            serde_json::to_writer_pretty(&mut out, &documents)?;
            writeln!(out)?;
            out.flush()?;
        }
        Format::Markdown => {
            let mut out = plain_stdout();
            out.write_all(markdown().as_bytes())?;
            out.flush()?;
        }
    }
    Ok(true)
}

/// Standard output with colours where they can be shown.
pub fn text_stdout() -> impl Write {
    anstream::AutoStream::auto(io::stdout())
}

fn families() -> impl Iterator<Item = (&'static str, &'static Rule)> {
    FAMILIES.iter().flat_map(|family| family.rules.iter().map(|rule| (family.name, *rule)))
}

fn document(family: &'static str, rule: &'static Rule) -> RuleDocument {
    RuleDocument {
        name: rule.name,
        family,
        severity: rule.severity.as_str(),
        statements: rule.statements,
        source: rule.source(),
        summary: rule.summary(),
        documentation: rule.documentation(),
    }
}

fn write_list(out: &mut impl Write) -> io::Result<()> {
    for (index, family) in FAMILIES.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        writeln!(out, "{gap}{}  {}", paint(BOLD, family.name), paint(DIM, family.about))?;
        let mut table = Table::default();
        for rule in family.rules {
            table.push(vec![
                Cell::text(rule.name),
                Cell::text(rule.severity.as_str()).style(DIM),
                Cell::text(&rule.summary()),
            ]);
        }
        table.write(out, 2)?;
    }
    Ok(())
}

/// Which rule decides which statement, clause by clause.
fn write_coverage(out: &mut impl Write) -> io::Result<()> {
    let mut table = Table::with_headings(&["statement", "keyword", "seen", "rule", "what it asks"]);
    let mut decided = 0;
    for statement in catalogue::statements() {
        let rule = covered_by(statement);
        decided += usize::from(rule.is_some());
        let rule = match (rule, statement.observable) {
            (Some(rule), _) => rule.name.to_owned(),
            (None, Observable::Internal) => "(inside a node)".to_owned(),
            (None, _) => "(not yet)".to_owned(),
        };
        table.push(vec![
            Cell::text(statement.id),
            Cell::text(statement.keyword),
            Cell::text(statement.observable.as_str()),
            Cell::text(&rule),
            Cell::text(statement.summary).style(DIM),
        ]);
    }
    table.write(out, 0)?;
    let count = |observable| catalogue::statements().iter().filter(|one| one.observable == observable).count();
    let (wire, partial) = (count(Observable::Wire), count(Observable::Partial));
    let internal = count(Observable::Internal);
    let all = catalogue::statements().len();
    writeln!(
        out,
        "\n{all} statements: {wire} on the wire, {partial} partly, {internal} inside a node; {decided} have a rule"
    )
}

/// The rule that decides a statement.
fn covered_by(statement: &Statement) -> Option<&'static Rule> {
    rules::find(statement.rule).filter(|rule| rule.statements.contains(&statement.id))
}

/// The documentation of all rules as one page; `docs/rules.md` is this text.
pub fn markdown() -> String {
    let mut page = String::from("# Rules\n\nMade by `rcshark rules --format markdown`.\n");
    for family in FAMILIES {
        page.push_str(&format!("\n## {}: {}\n", family.name, family.about));
        for rule in family.rules {
            page.push_str(&format!("\n### {}\n\nSeverity: {}.", rule.name, rule.severity));
            if !rule.statements.is_empty() {
                page.push_str(&format!(" Statements: {}.", rule.statements.join(", ")));
            }
            let text = rule.documentation().replace("\n## ", "\n#### ");
            page.push_str(&format!("\n\n#### {}\n", text.trim_start_matches("## ")));
        }
    }
    page
}
