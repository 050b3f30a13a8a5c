//! Findings that are known: kept in a file, so that only new ones are shown.

use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::Analysis;
use crate::capture::AtomicFile;
use crate::rules::Finding;

/// Known findings with how often each occurs: a multiset, so that a second one of the same kind is new.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    schema: Schema,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
enum Schema {
    #[default]
    #[serde(rename = "rcshark.baseline/1")]
    One,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The file's name without its folders: a checkout may stand anywhere.
    capture: String,
    rule: String,
    fingerprint: String,
    /// For who reads the file.
    message: String,
    count: usize,
    /// Of these, how many were met in this run.
    #[serde(skip)]
    met: usize,
}

impl Baseline {
    pub fn read(path: &Path) -> anyhow::Result<Baseline> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{}: no baseline", path.display()))
    }

    /// Replaces the file at once, entries in order, so that changes of it read well.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let save = || -> std::io::Result<()> {
            let mut file = AtomicFile::create(path)?;
            serde_json::to_writer_pretty(&mut file, self)?;
            std::io::Write::write_all(&mut file, b"\n")?;
            file.save()
        };
        save().with_context(|| format!("{}: cannot be written", path.display()))
    }

    pub fn capture_name(analysis: &Analysis) -> String {
        let name = |file: &crate::capture::FileSummary| {
            let input = file.input.to_string();
            Path::new(&input).file_name().map_or(input.clone(), |name| name.to_string_lossy().into_owned())
        };
        analysis.capture.files.iter().map(name).collect::<Vec<_>>().join(" + ")
    }

    pub fn add(&mut self, capture: &str, finding: &Finding) {
        let fingerprint = finding.fingerprint();
        match self.entries.iter_mut().find(|entry| entry.capture == capture && entry.fingerprint == fingerprint) {
            Some(entry) => entry.count += 1,
            None => self.entries.push(Entry {
                capture: capture.to_owned(),
                rule: finding.rule.name.to_owned(),
                fingerprint,
                message: finding.message.clone(),
                count: 1,
                met: 0,
            }),
        }
    }

    /// Is it known? Each entry accepts as many as it counts.
    pub fn accepts(&mut self, capture: &str, finding: &Finding) -> bool {
        let fingerprint = finding.fingerprint();
        let is_it = |entry: &&mut Entry| {
            entry.fingerprint == fingerprint && entry.capture == capture && entry.met < entry.count
        };
        match self.entries.iter_mut().find(is_it) {
            Some(entry) => {
                entry.met += 1;
                true
            }
            None => false,
        }
    }

    /// How many known findings did not occur.
    pub fn stale(&self) -> usize {
        self.entries.iter().map(|entry| entry.count - entry.met).sum()
    }

    /// Those that occurred.
    pub fn pruned(mut self) -> Baseline {
        self.entries.iter_mut().for_each(|entry| entry.count = entry.met);
        self.entries.retain(|entry| entry.count > 0);
        self
    }

    /// How many findings it accepts.
    pub fn len(&self) -> usize {
        self.entries.iter().map(|entry| entry.count).sum()
    }
}
