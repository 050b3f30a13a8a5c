//! The corpus, and the JSON document of an analysis as scripts see it.

use std::fs;
use std::path::{Path, PathBuf};

use rcshark::analyze;
use rcshark::capture::{Input, OpenOptions, open};
use rcshark::report::findings::Checked;
use rcshark::report::json::Document;
use rcshark::rules::{self, Profile};
use serde_json::Value;

/// The captures of a folder that have a truth file beside them, with its content, in the order of their names.
pub fn with_truth(folder: &Path) -> Vec<(PathBuf, Value)> {
    let mut found: Vec<(PathBuf, Value)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| {
            let capture = PathBuf::from(path.to_str()?.strip_suffix(".truth.json")?);
            Some((capture, serde_json::from_slice(&fs::read(path).unwrap()).unwrap()))
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

/// The document of one capture set; several files are merged.
pub fn document(files: &[PathBuf]) -> Value {
    let inputs: Vec<Input> = files.iter().cloned().map(Input::from).collect();
    let analysis = analyze(open(&inputs, &OpenOptions::default()).unwrap());
    let outcome = rules::check(&analysis, &Profile::default(), &rules::all());
    serde_json::to_value(Document::new(&Checked { analysis: &analysis, outcome: &outcome }, |_| true)).unwrap()
}

/// The members of a list; none of what is no list.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A text; empty for what is none.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
