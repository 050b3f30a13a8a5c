//! The outcome of a run for people, programs and CI systems.

use std::fmt::Write as _;
use std::io::{self, Write};

use quick_xml::escape::escape;
use serde::Serialize;

use super::load::Load;
use super::plan::Plan;
use super::verdict::{Outcome, Verdict};

/// One run of a plan.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    pub plan: &'a Plan,
    pub verdict: &'a Verdict,
}

/// A finding of the result capture that the original does not have.
#[derive(Clone, Debug, Serialize)]
pub struct NewFinding {
    pub rule: String,
    pub severity: String,
    pub message: String,
    /// In the result capture.
    pub frames: Vec<u32>,
}

/// What one run led to, beyond its steps.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub seconds: f64,
    pub new_findings: Vec<NewFinding>,
    /// Where the result as a whole says something else than the original.
    pub differences: Vec<String>,
    /// What the whole run met, and no player.
    pub notes: Vec<String>,
    /// Of many copies.
    pub load: Option<Load>,
}

/// Most lines about steps of a run that are shown to people.
const MAX_LINES: usize = 60;

/// Copies that failed and are shown in full.
const MAX_COPIES_SHOWN: usize = 3;

/// For people.
pub fn text(runs: &[Run<'_>], summary: &Summary) -> String {
    let mut out = summary.load.as_ref().map(Load::to_text).unwrap_or_default();
    // Of many copies, a few that failed show how.
    let shown = runs.iter().filter(|run| summary.load.is_none() || !run.verdict.is_good());
    for run in shown.take(if summary.load.is_some() { MAX_COPIES_SHOWN } else { usize::MAX }) {
        let (plan, verdict) = (run.plan, run.verdict);
        let count = |name| verdict.count(name);
        let word = if verdict.is_good() { "all as expected" } else { "NOT as expected" };
        let _ = writeln!(
            out,
            "{} as {}: {word}: {} of {} steps expected, {} different, {} missing, {} not run, {} skipped",
            plan.session,
            plan.side.as_str(),
            count("expected"),
            plan.steps.len(),
            count("different"),
            count("missing"),
            count("not-run"),
            count("skipped")
        );
        if let Some(why) = &verdict.stopped {
            let _ = writeln!(out, "  stopped: {why}");
        }
        let bad = plan.steps.iter().zip(&verdict.outcomes).enumerate().filter(|(_, (_, outcome))| !outcome.is_good());
        let total = verdict.outcomes.iter().filter(|outcome| !outcome.is_good()).count();
        for (index, (step, outcome)) in bad.take(MAX_LINES) {
            let leg = &plan.legs[step.leg].name;
            let frame = if step.frame > 0 { format!(" (frame {})", step.frame) } else { String::new() };
            let _ = writeln!(out, "  {:>4} {leg}: {}{frame}: {}", index + 1, step.label, words(outcome));
        }
        if total > MAX_LINES {
            let _ = writeln!(out, "  … and {} more", total - MAX_LINES);
        }
        for (leg, what) in verdict.extras.iter().take(MAX_LINES) {
            let leg = plan.legs.get(*leg).map_or("", |leg| leg.name.as_str());
            let _ = writeln!(out, "  not expected by any step: {leg}: {what}");
        }
        for note in verdict.notes.iter().chain(&plan.left_out) {
            let _ = writeln!(out, "  note: {note}");
        }
    }
    for note in &summary.notes {
        let _ = writeln!(out, "  note: {note}");
    }
    for difference in &summary.differences {
        let _ = writeln!(out, "  other than the original: {difference}");
    }
    for finding in &summary.new_findings {
        let frames = finding.frames.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            out,
            "  {} that the original does not have: {}: {} (frames {frames} of the result)",
            finding.severity, finding.rule, finding.message
        );
    }
    out.lines().map(|line| format!("{}\n", crate::view::terminal(line))).collect()
}

/// An outcome in a few words.
pub fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Expected | Outcome::Skipped => outcome.as_str().to_owned(),
        Outcome::Different { differences } => {
            let each =
                differences.iter().map(|one| format!("{} is {:?} instead of {:?}", one.what, one.got, one.expected));
            format!("different: {}", each.collect::<Vec<_>>().join("; "))
        }
        Outcome::Missing { why } => format!("missing: {why}"),
        Outcome::NotRun { why } => format!("not run: {why}"),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    good: bool,
    seconds: f64,
    runs: Vec<RunDocument<'a>>,
    new_findings: &'a [NewFinding],
    differences: &'a [String],
    notes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    load: Option<&'a Load>,
}

#[derive(Serialize)]
struct RunDocument<'a> {
    session: &'a str,
    side: &'static str,
    good: bool,
    stopped: Option<&'a str>,
    steps: Vec<StepDocument<'a>>,
    extras: Vec<ExtraDocument<'a>>,
    notes: Vec<&'a str>,
}

#[derive(Serialize)]
struct StepDocument<'a> {
    step: usize,
    leg: &'a str,
    act: &'static str,
    label: &'a str,
    frame: Option<u32>,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

#[derive(Serialize)]
struct ExtraDocument<'a> {
    leg: &'a str,
    message: &'a str,
}

/// For programs: schema `rcshark.replay/1`.
pub fn json(out: &mut impl Write, runs: &[Run<'_>], summary: &Summary) -> io::Result<()> {
    let shown = runs.iter().filter(|run| summary.load.is_none() || !run.verdict.is_good());
    let documents = shown.map(|run| {
        let steps =
            run.plan.steps.iter().zip(&run.verdict.outcomes).enumerate().map(|(index, (step, outcome))| StepDocument {
                step: index + 1,
                leg: &run.plan.legs[step.leg].name,
                act: if step.act == super::plan::Act::Send { "send" } else { "expect" },
                label: &step.label,
                frame: Some(step.frame).filter(|frame| *frame > 0),
                outcome,
            });
        let extras = run
            .verdict
            .extras
            .iter()
            .map(|(leg, message)| ExtraDocument { leg: run.plan.legs.get(*leg).map_or("", |leg| &leg.name), message });
        RunDocument {
            session: &run.plan.session,
            side: run.plan.side.as_str(),
            good: run.verdict.is_good(),
            stopped: run.verdict.stopped.as_deref(),
            steps: steps.collect(),
            extras: extras.collect(),
            notes: run.verdict.notes.iter().chain(&run.plan.left_out).map(String::as_str).collect(),
        }
    });
    let document = Document {
        schema: "rcshark.replay/1",
        good: runs.iter().all(|run| run.verdict.is_good()),
        seconds: summary.seconds,
        runs: documents.collect(),
        new_findings: &summary.new_findings,
        differences: &summary.differences,
        notes: &summary.notes,
        load: summary.load.as_ref(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// For CI systems: a suite per run, a case per step.
pub fn junit(out: &mut impl Write, runs: &[Run<'_>], summary: &Summary) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rcshark replay\">")?;
    for run in runs {
        let failures = run.verdict.outcomes.iter().filter(|outcome| !outcome.is_good()).count();
        writeln!(
            out,
            "  <testsuite name=\"{} as {}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{}\" time=\"{:.3}\">",
            clean(&run.plan.session),
            run.plan.side.as_str(),
            run.plan.steps.len() + usize::from(run.verdict.stopped.is_some()),
            run.verdict.count("skipped"),
            summary.seconds
        )?;
        for (index, (step, outcome)) in run.plan.steps.iter().zip(&run.verdict.outcomes).enumerate() {
            let act = if step.act == super::plan::Act::Send { "send" } else { "expect" };
            let name = format!("{} {act} {}", index + 1, step.label);
            let class = &run.plan.legs[step.leg].name;
            write!(out, "    <testcase classname=\"{}\" name=\"{}\"", clean(class), clean(&name))?;
            match outcome {
                Outcome::Expected => writeln!(out, "/>")?,
                Outcome::Skipped => writeln!(out, "><skipped/></testcase>")?,
                bad => {
                    let (kind, words) = (bad.as_str(), words(bad));
                    writeln!(out, "><failure type=\"{kind}\" message=\"{}\"/></testcase>", clean(&words))?;
                }
            }
        }
        if let Some(why) = &run.verdict.stopped {
            writeln!(
                out,
                "    <testcase classname=\"run\" name=\"to the end\"><failure type=\"stopped\" message=\"{}\"/></testcase>",
                clean(why)
            )?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// Text that may stand in an XML attribute: characters that XML does not know are left out (XML 1.0 §2.2).
fn clean(text: &str) -> String {
    let known: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
    escape(known).into_owned()
}
