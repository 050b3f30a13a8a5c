//! The captures of `captures/` are what `captures/make.sh` makes.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use flate2::read::GzDecoder;

#[test]
fn the_sample_captures_are_what_the_script_makes() {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../captures");
    let made = tempfile::tempdir().expect("a temporary folder");
    let done = Command::new(captures.join("make.sh"))
        .arg(made.path())
        .env("SCENARIO", env!("CARGO_BIN_EXE_scenario"))
        .status()
        .expect("the script runs");
    assert!(done.success());

    let (kept, made) = (captures_in(&captures), captures_in(made.path()));
    assert!(kept.keys().eq(made.keys()), "{:?} and {:?}", kept.keys(), made.keys());
    for (name, bytes) in &kept {
        assert!(made[name] == *bytes, "{name} has drifted: run captures/make.sh, and look at what changes");
    }
}

/// The captures in a folder, inflated: how gzip packs the same bytes is a matter of its version.
fn captures_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let folders = [folder.to_owned(), folder.join("functions")];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder"));
    let entries = entries.map(|entry| entry.expect("an entry").path());
    let captures = entries.filter(|path| path.to_string_lossy().contains(".pcap"));
    let read = |path: std::path::PathBuf| {
        let mut bytes = fs::read(&path).expect("a capture");
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut inflated = vec![];
            GzDecoder::new(bytes.as_slice()).read_to_end(&mut inflated).expect("gzip");
            bytes = inflated;
        }
        (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), bytes)
    };
    captures.map(read).collect()
}
