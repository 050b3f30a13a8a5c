//! Imports only go down: capture ← net ← wire ← session ← timeline ← {rules, view} ← report ← cli, and filter beside them.

use std::fs;
use std::path::{Path, PathBuf};

/// A layer, and what it may import. `Analysis` and `analyze` stand above the timeline: `view` and what is above use them.
const LAYERS: &[(&str, &[&str])] = &[
    ("capture", &[]),
    ("net", &["capture"]),
    ("wire", &["capture", "net"]),
    ("session", &["capture", "net", "wire"]),
    ("timeline", &["capture", "net", "wire", "session"]),
    ("rules", &["capture", "net", "wire", "session", "timeline", "Analysis", "analysis"]),
    ("filter", &["capture"]),
    ("view", &["capture", "net", "wire", "session", "timeline", "filter", "Analysis"]),
    ("replay", &["capture", "net", "wire", "session", "timeline", "Analysis", "view"]),
    ("report", &["capture", "net", "wire", "session", "timeline", "filter", "Analysis", "rules", "view"]),
    (
        "cli",
        &[
            "capture", "net", "wire", "session", "timeline", "filter", "Analysis", "analyze", "rules", "view",
            "replay", "report",
        ],
    ),
];

#[test]
fn imports_only_go_down() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = vec![];
    for (layer, allowed) in LAYERS {
        for file in sources(&src.join(layer)) {
            let text = fs::read_to_string(&file).expect("source text");
            for import in imports(&text).filter(|import| import != layer && !allowed.contains(&import.as_str())) {
                wrong.push(format!("{}: {layer} imports {import}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let folders = fs::read_dir(&src).expect("src").map(|entry| entry.expect("an entry").path());
    for folder in folders.filter(|path| path.is_dir()) {
        assert!(LAYERS.iter().any(|(layer, _)| folder.ends_with(layer)), "{} is no layer", folder.display());
    }
}

#[test]
fn an_import_that_goes_up_is_seen() {
    let text =
        "//! See [`crate::cli`].\nuse crate::{capture::Time, wire::{sip, msrp}};\nlet view = crate::view::terminal(x);";
    assert_eq!(imports(text).collect::<Vec<_>>(), ["capture", "wire", "view"]);
}

/// The first name of every path that begins with `crate::`, also inside a group; comments do not count.
fn imports(text: &str) -> impl Iterator<Item = String> {
    let code: String = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let paths: Vec<String> = code.split("crate::").skip(1).map(str::to_owned).collect();
    paths.into_iter().flat_map(|path| {
        let mut depth = 0;
        let Some(group) = path.strip_prefix('{') else { return vec![name(&path)] };
        let ends = |c: char| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth < 0 || (c == ',' && depth == 0)
        };
        let group = group.split(';').next().unwrap_or_default();
        group.split(ends).map(name).filter(|name| !name.is_empty()).collect()
    })
}

fn name(path: &str) -> String {
    path.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn sources(path: &Path) -> Vec<PathBuf> {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path());
        return entries.flat_map(|entry| sources(&entry)).collect();
    }
    if path.extension().is_some_and(|extension| extension == "rs") { vec![path.to_path_buf()] } else { vec![] }
}
