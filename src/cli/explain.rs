//! `rcshark explain`: the documentation of one rule, or a statement of the specification.

use std::io::Write;

use anyhow::bail;
use clap::Args;

use super::style::{BOLD, DIM, paint};
use crate::rules::catalogue::{self, Observable, Statement};
use crate::rules::{self, Rule};

/// What a rule checks, why it matters, and where that is written.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  rcshark explain cpm-cinfo-root\n  rcshark explain 9.2.14.3-n-3     a statement of the specification"
)]
pub struct Options {
    /// A rule name, or the id of a statement.
    #[arg(value_name = "RULE")]
    name: String,
}

pub fn run(options: &Options) -> anyhow::Result<bool> {
    let mut out = super::rules::text_stdout();
    let name = options.name.as_str();
    if let Some(rule) = rules::find(name) {
        write_rule(&mut out, rule)?;
    } else if let Some(statement) = catalogue::find(name) {
        write_statement(&mut out, statement)?;
    } else {
        let all = rules::all();
        let near: Vec<&str> = all.iter().map(|rule| rule.name).filter(|known| known.contains(name)).take(6).collect();
        match near.is_empty() {
            true => bail!("neither a rule nor a statement is called {name}; `rcshark rules` lists the rules"),
            false => bail!("no rule is called {name}; did you mean {}?", near.join(", ")),
        }
    }
    Ok(true)
}

fn write_rule(out: &mut impl Write, rule: &Rule) -> std::io::Result<()> {
    writeln!(out, "{}  {}\n", paint(BOLD, rule.name), paint(DIM, rule.severity))?;
    for line in rule.documentation().lines() {
        match line.strip_prefix("## ") {
            Some(heading) => writeln!(out, "{}", paint(BOLD, heading))?,
            None => writeln!(out, "{line}")?,
        }
    }
    if !rule.statements.is_empty() {
        writeln!(out, "\n{}", paint(BOLD, "Statements"))?;
    }
    for statement in rule.statements.iter().filter_map(|id| catalogue::find(id)) {
        writeln!(out, "{} ({}, {}): {}", statement.id, statement.keyword, statement.actor, statement.summary)?;
    }
    Ok(())
}

fn write_statement(out: &mut impl Write, statement: &Statement) -> std::io::Result<()> {
    writeln!(out, "{}  {}, {}\n", paint(BOLD, statement.id), statement.keyword, statement.actor)?;
    writeln!(out, "{}\n", statement.summary)?;
    match (rules::find(statement.rule), statement.observable) {
        (Some(rule), _) => {
            writeln!(out, "Decided by the rule:\n")?;
            write_rule(out, rule)
        }
        (None, Observable::Internal) => {
            writeln!(out, "It happens inside a node: no capture can show whether it was kept.")
        }
        (None, _) => writeln!(out, "No rule decides it yet ({} is planned).", statement.rule),
    }
}
