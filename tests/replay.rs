//! Replay over real sockets: rcshark against itself, against servers that answer wrongly, and against SIPp and Kamailio.

#![allow(clippy::print_stdout, reason = "tests say what they skip")]

#[path = "replay/facts.rs"]
mod facts;
#[path = "replay/pair.rs"]
mod pair;

use std::path::{Path, PathBuf};

fn captures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("captures")
}

/// Captures of a folder, and the group sessions in each.
fn groups_in(folder: &Path) -> Vec<(PathBuf, Vec<String>)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().contains(".pcap") && !path.to_string_lossy().ends_with(".json"))
        .collect();
    files.sort();
    let groups = |path: &PathBuf| {
        let analysis = facts::read(path);
        let groups = analysis.sessions.sessions.iter().filter(|one| one.kind == rcshark::session::SessionKind::Group);
        groups.map(|session| session.id.clone()).collect()
    };
    files.iter().map(|path| (path.clone(), groups(path))).collect()
}

/// Replays every group session of a folder and compares the results with the originals.
fn replay_all(folder: &Path, part: usize, parts: usize) {
    let all = groups_in(folder);
    for (path, sessions) in all.iter().enumerate().filter(|(index, _)| index % parts == part).map(|(_, one)| one) {
        let original = facts::read(path);
        for id in sessions {
            let what = format!("{} {id}", path.display());
            let pair = pair::play(path, id, &[]);
            pair.assert_good(&what);
            let index = facts::session(&original, Some(id));
            for saved in &pair.saved {
                let result = facts::read(saved);
                let replayed = facts::session(&result, None);
                // Where packets are missing the replay shows more than the original.
                let lossy = !original.problems.is_empty();
                let told = |lines: Vec<String>| -> Vec<String> {
                    lines.into_iter().map(|line| line.replace("None", "Some(200)")).collect()
                };
                let compare = |name: &str, before: Vec<String>, after: Vec<String>| {
                    if lossy {
                        let (before, after) = (told(before), told(after));
                        let gone: Vec<&String> = before.iter().filter(|line| !after.contains(line)).collect();
                        assert!(gone.is_empty(), "{what}: {name}: {gone:#?} are not among {after:#?}");
                    } else {
                        assert_eq!(before, after, "{what}: {name}");
                    }
                };
                type Facts = fn(&rcshark::Analysis, usize) -> Vec<String>;
                let facts: [(&str, Facts); 3] = [
                    ("timelines", facts::timelines),
                    ("deliveries", facts::deliveries),
                    ("notifications", facts::notifications),
                ];
                for (name, read) in facts {
                    compare(name, read(&original, index), read(&result, replayed));
                }
                assert!(result.problems.is_empty(), "{what}: {:?}", result.problems[0].detail);
            }
        }
    }
}

#[test]
fn the_sample_captures_are_replayed_and_lead_to_the_same() {
    replay_all(&captures(), 0, 1);
}

#[test]
fn the_corpus_is_replayed_and_leads_to_the_same() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/group");
    if corpus.is_dir() {
        replay_all(&corpus, 0, 1);
    } else {
        println!("skipped: no corpus at {}", corpus.display());
    }
}
