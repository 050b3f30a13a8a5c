//! `rcshark check`: what was broken, by whom, and the frames that prove it.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use hashbrown::HashSet;

use super::baseline::Baseline;
use super::style::{BAD, BOLD, DIM, WARN, count, paint, write_capture_name};
use super::table::{Cell, Table};
use super::{Common, FAILURE, FINDINGS, input};
use crate::Analysis;
use crate::capture::AtomicFile;
use crate::report::findings::json::CheckDocument;
use crate::report::findings::matrix::MatrixDocument;
use crate::report::findings::{Checked, compact, github, html, junit, pretty, sarif};
use crate::rules::{self, Outcome, Rule, Severity, Verdict, catalogue};
use crate::session::Session;

/// Findings: clauses of the specification and of the RFCs that were broken.
///
/// Exit code 0: nothing at or above --fail-on; 1: findings; 2: something could not be read.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  rcshark check capture.pcap\n  rcshark check captures/ --format sarif -o rcshark.sarif\n  \
    rcshark check captures/ --select cpm-cinfo --fail-on warning\n  \
    rcshark check captures/ --write-baseline known.json     accept what there is today\n  \
    rcshark check captures/ --baseline known.json           and see only what is new\n  \
    rcshark check capture.pcap --statements                 clause by clause: pass, fail, undecided\n  \
    rcshark check capture.pcap --statements --format json   the same for programs"
)]
pub struct Options {
    #[command(flatten)]
    common: Common,

    #[arg(long, value_enum, default_value_t = Format::Pretty)]
    format: Format,

    /// Write into this file, which is replaced once the new one is whole.
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,

    /// The least severity that makes the exit code 1.
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    fail_on: FailOn,

    /// Only these rules: names, or how names begin. Several with commas.
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    select: Vec<String>,

    /// Not these rules: names, or how names begin. Several with commas.
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    ignore: Vec<String>,

    /// Leave out the findings that stand in this file.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Write the findings into this file for --baseline; with --baseline, only those of it that still occur.
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,

    /// Print what became of every statement of the specification that applies, instead of the findings: as text, or with --format
    /// json. The page of --format html has both.
    #[arg(long, conflicts_with = "output")]
    statements: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The lines of the message with the offending bytes marked.
    Pretty,
    /// A line per finding.
    Compact,
    Json,
    /// SARIF 2.1.0, for code hosts.
    Sarif,
    /// JUnit XML, for CI systems.
    Junit,
    /// Annotations of GitHub Actions.
    Github,
    /// A page that needs nothing beside it.
    Html,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

impl FailOn {
    /// The least severity that counts.
    fn least(self) -> Option<Severity> {
        match self {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Note => Some(Severity::Note),
            FailOn::Never => None,
        }
    }
}

pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    if options.statements && !matches!(options.format, Format::Pretty | Format::Json) {
        bail!("--statements is text or JSON: --format html has the statements beside the findings");
    }
    let profile = options.common.profile()?;
    let rules = selected(&options.select, &options.ignore)?;
    let mut known = options.baseline.as_deref().map(Baseline::read).transpose()?;
    let mut found: Vec<(Analysis, Outcome)> = Vec::new();
    let complete = input::check_each(&options.common, &profile, &rules, |analysis, mut outcome| {
        outcome.findings.retain(|finding| options.common.wants(&analysis.sessions.sessions[finding.session]));
        found.push((analysis, outcome));
        Ok(())
    })?;
    let mut written = Baseline::default();
    for (analysis, outcome) in &mut found {
        let capture = Baseline::capture_name(analysis);
        if let Some(known) = &mut known {
            let before = outcome.findings.len();
            outcome.findings.retain(|finding| !known.accepts(&capture, finding));
            outcome.ignored += before - outcome.findings.len();
        } else {
            outcome.findings.iter().for_each(|finding| written.add(&capture, finding));
        }
    }
    if let Some(known) = known {
        let stale = known.stale();
        if stale > 0 && options.write_baseline.is_none() {
            let stale = count(stale, "finding");
            let _ = writeln!(
                io::stderr(),
                "rcshark: {stale} of the baseline did not occur any more; --write-baseline leaves out what is stale"
            );
        }
        written = known.pruned();
    }
    let checked: Vec<Checked<'_>> = found.iter().map(|(analysis, outcome)| Checked { analysis, outcome }).collect();
    match &options.output {
        Some(path) => {
            let mut file =
                AtomicFile::create(path).with_context(|| format!("{}: cannot be written", path.display()))?;
            write(&mut file, &checked, &rules, options, false)?;
            if complete {
                file.save().with_context(|| format!("{}: cannot be written", path.display()))?;
            }
        }
        None if options.statements && options.format == Format::Json => {
            let wants = |session: &Session| options.common.wants(session);
            let matrices: Vec<_> = checked.iter().map(|checked| MatrixDocument::new(checked, wants)).collect();
            let mut out = super::plain_stdout();
            serde_json::to_writer_pretty(&mut out, &matrices)?;
            writeln!(out)?;
            out.flush()?;
        }
        None if options.statements => {
            let mut out = options.common.stdout();
            checked.iter().try_for_each(|checked| write_statements(&mut out, checked, &options.common))?;
            out.flush()?;
        }
        None if matches!(options.format, Format::Pretty | Format::Compact) => {
            let mut out = options.common.stdout();
            let colour = options.common.color.choice() != anstream::ColorChoice::Never;
            write(&mut out, &checked, &rules, options, colour)?;
            out.flush()?;
        }
        None => {
            let mut out = super::plain_stdout();
            write(&mut out, &checked, &rules, options, false)?;
            out.flush()?;
        }
    }
    if let Some(path) = &options.write_baseline {
        written.write(path)?;
        let findings = count(written.len(), "finding");
        let _ = writeln!(io::stderr(), "rcshark: {findings} written to {}", path.display());
    }
    // What was just accepted is no failure.
    let accepted = options.write_baseline.is_some() && options.baseline.is_none();
    let bad = checked.iter().flat_map(|checked| &checked.outcome.findings);
    let is_bad = !accepted
        && bad.into_iter().any(|finding| options.fail_on.least().is_some_and(|least| finding.severity >= least));
    let code = match (complete, is_bad) {
        (false, _) => ExitCode::from(FAILURE),
        (true, true) => ExitCode::from(FINDINGS),
        (true, false) => ExitCode::SUCCESS,
    };
    // Freeing millions of small things takes longer than the system needs for all at once.
    std::mem::forget(found);
    Ok(code)
}

/// The rules that `--select` and `--ignore` leave; a name that is none is an error.
fn selected(select: &[String], ignore: &[String]) -> anyhow::Result<Vec<&'static Rule>> {
    let mut all = rules::all();
    for wanted in select.iter().chain(ignore) {
        if !all.iter().any(|rule| rule.name.starts_with(wanted.as_str())) {
            bail!("no rule is called {wanted}, and none begins so; `rcshark rules` lists them");
        }
    }
    let begins = |rule: &Rule, names: &[String]| names.iter().any(|name| rule.name.starts_with(name.as_str()));
    all.retain(|rule| (select.is_empty() || begins(rule, select)) && !begins(rule, ignore));
    Ok(all)
}

fn write(
    out: &mut impl Write,
    checked: &[Checked<'_>],
    rules: &[&'static Rule],
    options: &Options,
    colour: bool,
) -> anyhow::Result<()> {
    match options.format {
        Format::Pretty => {
            checked.iter().try_for_each(|checked| pretty::write(out, checked, colour))?;
            write_summary(out, checked)?;
        }
        Format::Compact => checked.iter().try_for_each(|checked| compact::write(out, checked))?,
        Format::Json => {
            let documents: Vec<CheckDocument<'_>> = checked.iter().map(CheckDocument::new).collect();
            serde_json::to_writer_pretty(&mut *out, &documents)?;
            writeln!(out)?;
        }
        Format::Sarif => sarif::write(out, checked, rules)?,
        Format::Junit => junit::write(out, checked, options.fail_on.least())?,
        Format::Github => github::write(out, checked)?,
        Format::Html => html::write(out, checked)?,
    }
    Ok(())
}

/// `3 captures, 12 sessions: 2 errors, 1 warning`
fn write_summary(out: &mut impl Write, checked: &[Checked<'_>]) -> io::Result<()> {
    let sessions: usize = checked.iter().map(|checked| checked.analysis.sessions.sessions.len()).sum();
    let (captures, sessions) = (count(checked.len(), "capture"), count(sessions, "session"));
    let findings = || checked.iter().flat_map(|checked| &checked.outcome.findings);
    let mut parts = Vec::new();
    for severity in Severity::ALL {
        let number = findings().filter(|finding| finding.severity == severity).count();
        if number > 0 {
            let style = match severity {
                Severity::Error => BAD,
                Severity::Warning => WARN,
                Severity::Note => DIM,
            };
            parts.push(paint(style, count(number, severity.as_str())));
        }
    }
    let ignored: usize = checked.iter().map(|checked| checked.outcome.ignored).sum();
    let accepted = if ignored > 0 { format!(" ({} accepted)", count(ignored, "finding")) } else { String::new() };
    let verdict = if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") };
    writeln!(out, "{captures}, {sessions}: {verdict}{accepted}")
}

/// The statements that apply, clause by clause, per session.
fn write_statements(out: &mut impl Write, checked: &Checked<'_>, common: &Common) -> anyhow::Result<()> {
    write_capture_name(out, checked.analysis, None)?;
    let sessions = checked.analysis.sessions.sessions.iter().zip(&checked.outcome.statements);
    for (session, statements) in sessions.filter(|(session, _)| common.wants(session)) {
        writeln!(out, "\n{}  {}", paint(BOLD, &session.id), session.kind.as_str())?;
        let mut table = Table::with_headings(&["statement", "verdict", "rule", "what it asks"]);
        for (id, tally) in statements {
            let (Some(statement), Some(verdict)) = (catalogue::find(id), tally.verdict()) else { continue };
            let style = match verdict {
                Verdict::Pass => DIM,
                Verdict::Fail => BAD,
                Verdict::Undecided => WARN,
            };
            let what = match verdict {
                Verdict::Undecided => format!("{} [{}]", statement.summary, tally.reasons.join("; ")),
                Verdict::Pass | Verdict::Fail => statement.summary.to_owned(),
            };
            table.push(vec![
                Cell::text(id),
                Cell::text(verdict.as_str()).style(style),
                Cell::text(statement.rule),
                Cell::text(&what),
            ]);
        }
        table.write(out, 2)?;
        let number = |verdict| statements.iter().filter(|(_, tally)| tally.verdict() == Some(verdict)).count();
        let (passed, failed) = (number(Verdict::Pass), number(Verdict::Fail));
        writeln!(out, "  {passed} pass, {failed} fail, {} undecided", number(Verdict::Undecided))?;
    }
    let decided: HashSet<&str> = checked.outcome.statements.iter().flatten().map(|(id, _)| *id).collect();
    let left = catalogue::statements().len() - decided.len();
    Ok(writeln!(out, "\n  {left} statements of the specification do not apply here, or are not checked yet")?)
}
