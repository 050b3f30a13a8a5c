//! Opening what the user named: file by file or merged, with progress, and going on after one that cannot be read.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Common;
use crate::capture::{self, FrameReader, Input, OpenError, OpenOptions, Problems, Progress};
use crate::report::findings::Checked;
use crate::report::json::Document;
use crate::rules::{self, Outcome, Profile, Rule};
use crate::{Analysis, analyze};

/// Analyses every capture the user named, one after another (all as one with `--merge`), and hands each to `each`.
///
/// What cannot be opened is explained on stderr and the others are still read; `false` says that there was such a one,
/// or that `--session` names none in any of them.
pub fn for_each(common: &Common, mut each: impl FnMut(&Analysis) -> anyhow::Result<()>) -> anyhow::Result<bool> {
    read_each(
        common,
        |frames| (analyze(frames), ()),
        |analysis, ()| {
            each(&analysis)?;
            // Freeing millions of small things at the end of a set takes longer than the system needs for all at once.
            std::mem::forget(analysis);
            Ok(())
        },
    )
}

/// As [`for_each`], with what the rules say; `each` may keep the analyses.
pub fn check_each(
    common: &Common,
    profile: &Profile,
    rules: &[&'static Rule],
    each: impl FnMut(Analysis, Outcome) -> anyhow::Result<()>,
) -> anyhow::Result<bool> {
    read_each(common, |frames| rules::analyze_and_check(frames, profile, rules), each)
}

fn read_each<T>(
    common: &Common,
    read: impl Fn(FrameReader) -> (Analysis, T),
    mut each: impl FnMut(Analysis, T) -> anyhow::Result<()>,
) -> anyhow::Result<bool> {
    let named = named(common);
    let mut complete = true;
    let mut sets: Vec<Vec<Input>> = Vec::new();
    if common.merge {
        sets.push(named);
    } else {
        for input in named {
            let mut problems = Problems::default();
            match capture::expand(&[input], &mut problems) {
                Ok(files) => sets.extend(files.into_iter().map(|file| vec![file])),
                Err(error) => complete = explain(&error),
            }
            for problem in problems.finish() {
                let _ = writeln!(io::stderr(), "rcshark: {}", crate::view::terminal(&problem.detail));
            }
        }
    }
    let mut found = false;
    for set in sets {
        let progress: Arc<Progress> = Arc::default();
        let options =
            OpenOptions { filter: common.bpf.clone(), progress: Arc::clone(&progress), ..OpenOptions::default() };
        match with_progress_bar(&progress, || Ok(read(capture::open(&set, &options)?))) {
            Ok((analysis, more)) => {
                found |= common.concerns(&analysis);
                each(analysis, more)?;
            }
            Err(error) => complete = explain(&error),
        }
    }
    if let (Some(wanted), false, true) = (&common.session, found, complete) {
        let wanted = crate::view::terminal(wanted);
        let _ = writeln!(io::stderr(), "rcshark: no session {wanted} here; `rcshark sessions` lists what there is");
        complete = false;
    }
    Ok(complete)
}

/// Writes the JSON documents of everything the user named: one array, a document per capture, each as soon as it is there.
pub fn write_documents(common: &Common) -> anyhow::Result<bool> {
    let mut documents = Documents::new(common);
    let complete = check_each(common, &common.profile()?, &rules::all(), |analysis, outcome| {
        documents.write(&analysis, &outcome)?;
        std::mem::forget(analysis);
        Ok(())
    })?;
    documents.finish()?;
    Ok(complete)
}

/// An array of documents on standard output.
pub struct Documents<'a> {
    common: &'a Common,
    out: BufWriter<Stdout>,
    separator: &'static str,
}

impl<'a> Documents<'a> {
    pub fn new(common: &'a Common) -> Documents<'a> {
        Documents { common, out: super::plain_stdout(), separator: "[" }
    }

    pub fn write(&mut self, analysis: &Analysis, outcome: &Outcome) -> anyhow::Result<()> {
        let checked = Checked { analysis, outcome };
        write!(self.out, "{}", std::mem::replace(&mut self.separator, ",\n"))?;
        serde_json::to_writer_pretty(&mut self.out, &Document::new(&checked, |session| self.common.wants(session)))?;
        Ok(())
    }

    pub fn finish(mut self) -> anyhow::Result<()> {
        writeln!(self.out, "{}]", if self.separator == "[" { "[" } else { "" })?;
        Ok(self.out.flush()?)
    }
}

/// Says on stderr what is wrong; returns false, for "not complete".
fn explain(error: &OpenError) -> bool {
    let _ = writeln!(io::stderr(), "rcshark: {}", crate::view::terminal(&error.to_string()));
    false
}

/// Opens everything the user named as one capture set.
pub fn open(common: &Common) -> Result<FrameReader, OpenError> {
    capture::open(&named(common), &OpenOptions { filter: common.bpf.clone(), ..OpenOptions::default() })
}

fn named(common: &Common) -> Vec<Input> {
    common.files.iter().cloned().map(Input::from).collect()
}

/// How long reading may take before a bar is shown.
const PATIENCE: Duration = Duration::from_millis(300);

/// Shows on a terminal how far the reading is, once it takes noticeable time.
fn with_progress_bar<T>(progress: &Progress, work: impl FnOnce() -> T) -> T {
    if !io::stderr().is_terminal() {
        return work();
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            std::thread::park_timeout(PATIENCE);
            if done.load(Ordering::Acquire) {
                return;
            }
            let bar = ProgressBar::with_draw_target(Some(progress.total_bytes()), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            while !done.load(Ordering::Acquire) {
                bar.set_length(progress.total_bytes());
                bar.set_position(progress.read_bytes());
                std::thread::park_timeout(Duration::from_millis(80));
            }
            bar.finish_and_clear();
        });
        let result = work();
        done.store(true, Ordering::Release);
        watcher.thread().unpark();
        result
    })
}
