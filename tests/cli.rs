//! The program as a user meets it: what it prints about the sample captures, and how it takes bad input.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tempfile::TempDir;

const SAMPLES: &[&str] = &[
    "adhoc-mixed.pcapng",
    "adhoc-msrp.pcap",
    "adhoc-notify.pcapng",
    "b2bua.pcapng.gz",
    "damaged.pcap",
    "extended.pcapng",
    "functions/deferred.pcapng",
    "functions/devices.pcap",
    "predefined.pcap.gz",
    "restart.pcap",
    "two-groups.pcap",
    "violations.pcapng.gz",
];

struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn captures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("captures")
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin!("rcshark"));
    command
        .current_dir(captures())
        .args(args)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env("COLUMNS", "100");
    command
}

fn finish(command: &mut Command) -> Run {
    let output = command.output().expect("the program runs");
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
    }
}

fn run(args: &[&str]) -> Run {
    finish(&mut command(args))
}

/// What a run prints that must go well.
fn stdout(args: &[&str]) -> String {
    let run = run(args);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "rcshark {}", args.join(" "));
    run.stdout
}

/// What a run says that must fail without printing anything.
fn failure(args: &[&str]) -> String {
    let run = run(args);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "rcshark {}: {}", args.join(" "), run.stderr);
    run.stderr
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&stdout(args)).expect("JSON")
}

/// A folder with one more file in it.
struct Scratch(TempDir);

impl Scratch {
    fn new() -> Scratch {
        Scratch(tempfile::tempdir().expect("a temporary folder"))
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        fs::write(self.path(name), bytes).expect("a file");
        self.path(name)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_string_lossy().into_owned()
    }
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(captures().join(name)).expect("a sample capture")
}

#[path = "cli/bad_input.rs"]
mod bad_input;
#[path = "cli/capture.rs"]
mod capture;
#[path = "cli/check.rs"]
mod check;
#[path = "cli/document.rs"]
mod document;
#[path = "cli/export.rs"]
mod export;
#[path = "cli/timeline.rs"]
mod timeline;

#[test]
fn every_sample_capture_in_every_command() {
    for sample in SAMPLES {
        for command in ["analyze", "sessions", "messages", "flow"] {
            let name = format!("{command}-{}", sample.replace(['.', '/'], "-"));
            insta::assert_snapshot!(name, stdout(&[command, sample]));
        }
    }
}

#[test]
fn documents_of_two_samples() {
    insta::assert_snapshot!("json-adhoc-msrp", without_verdicts(&["analyze", "--format", "json", "adhoc-msrp.pcap"]));
    insta::assert_snapshot!("json-extended", without_verdicts(&["sessions", "--format", "json", "extended.pcapng"]));
    insta::assert_snapshot!(
        "json-messages",
        stdout(&["messages", "--format", "json", "--session", "s2", "extended.pcapng"])
    );
}

/// A document as it is printed, but for the verdicts on hundreds of statements, of which each new rule changes some.
fn without_verdicts(args: &[&str]) -> String {
    let text = stdout(args);
    let mut is_verdict = false;
    let lines = text.lines().filter(|line| {
        let ends = is_verdict && line.starts_with("      }");
        let starts = *line == "      \"statements\": {";
        is_verdict = (is_verdict || starts) && !ends;
        !is_verdict || starts
    });
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn drawings_of_a_session() {
    let of = |format| stdout(&["flow", "--format", format, "adhoc-msrp.pcap"]);
    insta::assert_snapshot!("flow-mermaid", of("mermaid"));
    insta::assert_snapshot!("flow-svg", of("svg"));
    let several = failure(&["flow", "--format", "svg", "extended.pcapng"]);
    assert!(several.contains("choose one with --session"), "{several}");
}

#[test]
fn help_texts() {
    insta::assert_snapshot!("help", stdout(&["--help"]));
    for command in
        ["analyze", "sessions", "timeline", "messages", "flow", "check", "rules", "explain", "export", "capture"]
    {
        insta::assert_snapshot!(format!("help-{command}"), stdout(&[command, "--help"]));
    }
    insta::assert_snapshot!("fields", stdout(&["messages", "--fields"]));
}

#[test]
fn a_message_whole_and_a_filtered_list() {
    insta::assert_snapshot!("show", stdout(&["messages", "--show", "1", "adhoc-msrp.pcap"]));
    let raw = stdout(&["messages", "--show", "1", "--raw", "adhoc-msrp.pcap"]);
    assert!(raw.starts_with("INVITE sip:") && raw.contains("\r\n\r\n"), "{raw}");
    let list = stdout(&["messages", "--filter", "sip.status >= 400 or sip.method == BYE", "adhoc-notify.pcapng"]);
    insta::assert_snapshot!("filtered", list);
}

#[test]
fn a_wrong_expression_is_pointed_into() {
    let said = failure(&["messages", "--filter", "sip.metod == INVITE", "adhoc-msrp.pcap"]);
    insta::assert_snapshot!("wrong-field", said);
    insta::assert_snapshot!("wrong-end", failure(&["messages", "--filter", "sip.status >=", "adhoc-msrp.pcap"]));
}

#[test]
fn one_session_of_several_by_id_contribution_id_or_focus() {
    let document = json(&["analyze", "--format", "json", "extended.pcapng"]);
    let group = &document[0]["sessions"][1];
    let by = |name: &Value| stdout(&["analyze", "--session", name.as_str().expect("a text"), "extended.pcapng"]);
    let by_id = by(&group["id"]);
    assert!(by_id.contains("s2  group") && !by_id.contains("s1  one-to-one"), "{by_id}");
    assert_eq!(by_id, by(&group["contribution_ids"][0]));
    assert_eq!(by_id, by(&group["focus_uri"]));
}

#[test]
fn colours_where_they_are_wanted() {
    let coloured = stdout(&["analyze", "--color", "always", "adhoc-msrp.pcap"]);
    assert!(coloured.contains("\x1b["), "{coloured}");
    let plain = stdout(&["analyze", "--color", "never", "adhoc-msrp.pcap"]);
    assert!(!plain.contains('\x1b'), "{plain}");
    assert_eq!(stdout(&["analyze", "adhoc-msrp.pcap"]), plain);
    let forced = finish(command(&["analyze", "adhoc-msrp.pcap"]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"));
    assert_eq!(forced.stdout, plain);
}

#[test]
fn a_folder_stands_for_its_captures() {
    let Value::Array(documents) = json(&["analyze", "--format", "json", "."]) else { panic!("no array") };
    let paths: Vec<_> = documents.iter().filter_map(|document| document["capture"]["path"].as_str()).collect();
    assert_eq!(paths, SAMPLES.iter().map(|sample| format!("./{sample}")).collect::<Vec<_>>());
}

#[test]
fn standard_input_is_a_capture() {
    let input = fs::File::open(captures().join("b2bua.pcapng.gz")).expect("a sample capture");
    let run = finish(command(&["sessions", "-"]).stdin(input));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, stdout(&["sessions", "b2bua.pcapng.gz"]).replace("b2bua.pcapng.gz", "standard input"));
}

#[test]
fn merged_parts_are_the_whole() {
    // Every second frame in another file, as two nodes would have captured them.
    let whole = sample("adhoc-msrp.pcap");
    let (header, mut rest) = whole.split_at(24);
    let mut parts = [header.to_vec(), header.to_vec()];
    let mut number = 0;
    while let Some((head, _)) = rest.split_at_checked(16) {
        let captured = u32::from_le_bytes([head[8], head[9], head[10], head[11]]) as usize;
        let (frame, after) = rest.split_at(16 + captured);
        parts[number % 2].extend(frame);
        (rest, number) = (after, number + 1);
    }
    let scratch = Scratch::new();
    let [one, two] = [scratch.file("one.pcap", &parts[0]), scratch.file("two.pcap", &parts[1])];
    let sessions = |document: Value| -> Vec<Value> {
        let legs = document[0]["sessions"].as_array().expect("sessions").iter().map(|session| {
            let legs = session["legs"].as_array().expect("legs").iter().map(|leg| leg["call_id"].clone());
            let messages = session["messages"].as_array().expect("messages").iter().map(|one| one["sha256"].clone());
            legs.chain(messages).collect::<Value>()
        });
        legs.collect()
    };
    let merged = sessions(json(&["analyze", "--format", "json", "--merge", &one, &two]));
    assert_eq!(merged, sessions(json(&["analyze", "--format", "json", "adhoc-msrp.pcap"])));
}

#[test]
#[cfg(unix)]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = command(&["messages", "violations.pcapng.gz", "violations.pcapng.gz", "violations.pcapng.gz"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an end");
    assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]));
}
