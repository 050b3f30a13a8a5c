//! What a run led to: its result is analysed, judged and held against the original; then it is told.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use hashbrown::HashSet;

use super::{Format, Options, read_capture};
use crate::Analysis;
use crate::cli::{FINDINGS, plain_stdout};
use crate::replay::report::{self, NewFinding, Run, Summary};
use crate::replay::{Ended, Hub, Load, compare};
use crate::rules::{self, Profile};

/// A run that is over.
pub(super) struct Played {
    pub(super) hub: Hub,
    pub(super) seconds: f64,
    /// Most copies that were under way at once.
    pub(super) most_at_once: usize,
    /// It came to its end by itself.
    pub(super) is_whole: bool,
}

/// A result with more messages of strangers than this is a flood, and takes too long to be analysed.
const MAX_STRANGERS: u64 = 10_000;
/// A larger result is saved and not analysed: that is for `rcshark check`.
const MAX_ANALYSED_BYTES: u64 = 256 << 20;
/// Kinds of differences and findings that are told.
const MAX_TOLD: usize = 50;

/// Tells what became of a run. `result`: what was exchanged, if it was written.
pub(super) fn tell(
    options: &Options,
    played: Played,
    original: Option<(&Analysis, usize)>,
    result: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let hub = played.hub;
    let mut summary = Summary { seconds: played.seconds, ..Summary::default() };
    if hub.garbage_bytes > 0 {
        summary.notes.push(format!("{} bytes came that are no SIP or MSRP", hub.garbage_bytes));
    }
    if let Some(path) = result {
        let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
        if hub.strangers > MAX_STRANGERS {
            summary.notes.push(format!("{} messages were for nobody: the result is not analysed", hub.strangers));
        } else if bytes > MAX_ANALYSED_BYTES {
            summary.notes.push(format!("the result has {} MB and is not analysed", bytes >> 20));
        } else {
            match read_capture(path) {
                Ok(result) => {
                    summary.new_findings = new_findings(&result, original);
                    summary.differences = differences(options, &result, original);
                }
                Err(error) => summary.notes.push(format!("the result cannot be analysed: {error:#}")),
            }
        }
    }
    let ended = hub.end();
    if options.copies > 1 {
        summary.load = Some(Load::of(&ended, options.copies, played.seconds, played.most_at_once));
    }
    report(options, &ended, &summary)?;
    let good = played.is_whole && ended.iter().all(|run| run.verdict.is_good());
    // Freeing thousands of them takes longer than the system needs for all at once.
    std::mem::forget(ended);
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}

/// What became of everybody, beside the original: where all of it was played, and the original is whole. Of many copies, in how many.
fn differences(options: &Options, result: &Analysis, original: Option<(&Analysis, usize)>) -> Vec<String> {
    let whole_side =
        options.conditions.is_wanted() || options.roles.iter().any(|role| role == "clients" || role == "focus");
    let Some((analysis, session)) = original.filter(|(analysis, _)| whole_side && analysis.problems.is_empty()) else {
        return vec![];
    };
    if options.map.iter().any(|map| !map.is_empty()) || options.identities.is_some() {
        return vec![];
    }
    let count = result.sessions.sessions.len();
    if options.copies == 1 {
        return match count {
            1 => compare((analysis, session), (result, 0)),
            0 => vec!["there is no session in the result".to_owned()],
            _ => vec![format!("there are {count} sessions in the result")],
        };
    }
    let mut lines = vec![];
    if count != options.copies {
        lines.push(format!("there are {count} sessions in the result of {} copies", options.copies));
    }
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for copy in 0..count {
        compare((analysis, session), (result, copy)).into_iter().for_each(|line| *kinds.entry(line).or_default() += 1);
    }
    lines.extend(kinds.into_iter().map(|(line, times)| format!("{line} (in {times} of {count} sessions)")));
    cut(lines)
}

fn cut(mut lines: Vec<String>) -> Vec<String> {
    if let Some(more) = lines.len().checked_sub(MAX_TOLD).filter(|more| *more > 0) {
        lines.truncate(MAX_TOLD);
        lines.push(format!("and {more} others"));
    }
    lines
}

/// Findings of rules that the original session does not break: of each rule the first, with how many there are of it.
fn new_findings(result: &Analysis, original: Option<(&Analysis, usize)>) -> Vec<NewFinding> {
    let (profile, all) = (Profile::default(), rules::all());
    let known: HashSet<&str> = match original {
        Some((analysis, session)) => {
            let outcome = rules::check(analysis, &profile, &all);
            outcome.findings.iter().filter(|one| one.session == session).map(|one| one.rule.name).collect()
        }
        None => HashSet::new(),
    };
    let outcome = rules::check(result, &profile, &all);
    let is_one = result.sessions.sessions.len() <= 1;
    let mut told: Vec<NewFinding> = vec![];
    let mut more: BTreeMap<&str, usize> = BTreeMap::new();
    for one in outcome.findings.iter().filter(|one| !known.contains(one.rule.name)) {
        if !is_one && told.iter().any(|other| other.rule == one.rule.name) {
            *more.entry(one.rule.name).or_default() += 1;
            continue;
        }
        told.push(NewFinding {
            rule: one.rule.name.to_owned(),
            severity: one.severity.as_str().to_owned(),
            message: one.message.clone(),
            frames: one.frames(result).iter().map(|frame| result.capture.table.place(*frame).number).collect(),
        });
    }
    for finding in &mut told {
        if let Some(more) = more.get(finding.rule.as_str()) {
            finding.message.push_str(&format!(" (and {more} more of this rule)"));
        }
    }
    told
}

fn report(options: &Options, ended: &[Ended], summary: &Summary) -> anyhow::Result<()> {
    let runs: Vec<Run<'_>> = ended.iter().map(|run| Run { plan: run.plan(), verdict: &run.verdict }).collect();
    let mut out = plain_stdout();
    match options.format {
        Format::Text => out.write_all(report::text(&runs, summary).as_bytes())?,
        Format::Json => report::json(&mut out, &runs, summary)?,
        Format::Junit => report::junit(&mut out, &runs, summary)?,
    }
    out.flush()?;
    Ok(())
}
