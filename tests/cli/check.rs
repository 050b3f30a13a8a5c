//! `rcshark check`, `rules` and `explain`: exit codes, formats, baseline, selection, profile.

use super::{Scratch, failure, json, run, sample, stdout};

const ROOT: &str = "cpm-cinfo-root";

/// A sample capture in which the first conference-info has the wrong namespace.
fn broken(scratch: &Scratch, name: &str) -> String {
    let mut bytes = sample("adhoc-msrp.pcap");
    let namespace = b"urn:ietf:params:xml:ns:conference-info";
    let at = bytes.windows(namespace.len()).position(|window| window == namespace).expect("a document");
    bytes[at + 4..at + 8].copy_from_slice(b"etsi");
    scratch.file(name, &bytes)
}

#[test]
fn findings_decide_the_exit_code() {
    let scratch = Scratch::new();
    let broken = broken(&scratch, "broken.pcap");
    for (args, code) in [
        (&["check", "adhoc-msrp.pcap"][..], 0),
        (&["check", &broken], 1),
        (&["check", &broken, "--fail-on", "never"], 0),
        (&["check", &broken, "--ignore", ROOT], 0),
        (&["check", &broken, "--select", "cpm-cinfo"], 1),
        (&["check", &broken, "--select", ROOT, "--fail-on", "note"], 1),
        (&["check", &broken, "--session", "s1"], 1),
        (&["check", &broken, "no-such-file.pcap"], 2),
    ] {
        assert_eq!(run(args).code, Some(code), "{args:?}");
    }
}

#[test]
fn a_finding_shows_the_offending_bytes() {
    let scratch = Scratch::new();
    let broken = broken(&scratch, "broken.pcap");
    let found = run(&["check", &broken, "--select", ROOT]).stdout;
    assert!(found.contains("error[cpm-cinfo-root]: the root of the conference-info is"), "{found}");
    assert!(found.contains("broken.pcap, frame 30"), "{found}");
    assert!(found.contains("rcshark explain cpm-cinfo-root"), "{found}");
    assert!(found.ends_with("1 capture, 1 session: 1 error\n"), "{found}");
    let compact = run(&["check", &broken, "--select", ROOT, "--format", "compact"]).stdout;
    assert_eq!(compact.lines().count(), 1, "{compact}");
}

#[test]
fn json_has_an_entry_per_capture_also_without_findings() {
    let clean = json(&["check", "adhoc-msrp.pcap", "--format", "json"]);
    assert_eq!(clean.as_array().map(Vec::len), Some(1));
    assert_eq!(clean[0]["findings"].as_array().map(Vec::len), Some(0));
    assert_eq!(clean[0]["capture"]["frames"], 104);
    let scratch = Scratch::new();
    let broken = broken(&scratch, "broken.pcap");
    let found = run(&["check", &broken, "--select", ROOT, "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&found.stdout).expect("JSON");
    let finding = &found[0]["findings"][0];
    assert_eq!((&finding["rule"], &finding["severity"]), (&ROOT.into(), &"error".into()));
    assert_eq!((&finding["clause"], &finding["statements"][0]), (&"9.2.14.3".into(), &"9.2.14.3-m-a".into()));
    assert_eq!((&finding["session"], &finding["actor"]), (&"s1".into(), &"controlling-function".into()));
    assert_eq!(finding["frames"], serde_json::json!([30]));
}

#[test]
fn the_document_of_analyze_has_findings_and_verdicts() {
    let scratch = Scratch::new();
    let broken = broken(&scratch, "broken.pcap");
    let document = json(&["analyze", &broken, "--format", "json"]);
    assert_eq!(document[0]["sessions"][0]["statements"]["9.2.14.3-m-a"], "fail");
    let findings = document[0]["findings"].as_array().expect("a list");
    assert!(findings.iter().any(|finding| finding["rule"] == ROOT));
    let clean = json(&["analyze", "adhoc-msrp.pcap", "--format", "json"]);
    assert_eq!(clean[0]["sessions"][0]["statements"]["9.2.14.3-m-a"], "pass");
    let elsewhere = json(&["analyze", &broken, "two-groups.pcap", "--format", "json", "--session", "s2"]);
    assert_eq!(elsewhere[0]["findings"].as_array().map(Vec::len), Some(0), "findings of other sessions are not shown");
}

#[test]
fn a_baseline_accepts_what_was_there_and_no_more() {
    let scratch = Scratch::new();
    let (broken, known) = (broken(&scratch, "broken.pcap"), scratch.path("known.json"));
    let accepted = run(&["check", &broken, "--write-baseline", &known]);
    assert_eq!(accepted.code, Some(0), "what was just accepted is no failure");
    let again = run(&["check", &broken, "--baseline", &known, "--fail-on", "note"]);
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), ""));
    assert!(again.stdout.contains("no findings ("), "{}", again.stdout);

    // One more of the same kind is new.
    let mut entries: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&known).unwrap()).unwrap();
    let count = entries["entries"][0]["count"].as_u64().unwrap();
    entries["entries"][0]["count"] = (count + 1).into();
    std::fs::write(&known, entries.to_string()).unwrap();
    let stale = run(&["check", &broken, "--baseline", &known]);
    assert!(stale.stderr.contains("1 finding of the baseline did not occur any more"), "{}", stale.stderr);
    let pruned = run(&["check", &broken, "--baseline", &known, "--write-baseline", &known]);
    assert_eq!(pruned.code, Some(0));
    let pruned: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&known).unwrap()).unwrap();
    assert_eq!(pruned["entries"][0]["count"], count);

    let bad = scratch.file("bad.json", b"{\"schema\": \"other/1\"}");
    assert!(failure(&["check", "adhoc-msrp.pcap", "--baseline", &bad]).contains("bad.json: no baseline"));
}

#[test]
fn a_profile_changes_severities_and_accepts_findings() {
    let scratch = Scratch::new();
    let broken = broken(&scratch, "broken.pcap");
    let check = |text: &str| {
        let profile = scratch.file("rcshark.toml", text.as_bytes());
        run(&["check", &broken, "--select", ROOT, "--profile", &profile])
    };
    let lower = check("[severity]\ncpm-cinfo-root = \"warning\"\n");
    assert!(lower.code == Some(0) && lower.stdout.contains("warning[cpm-cinfo-root]"), "{}", lower.stdout);
    assert!(check("[severity]\ncpm-cinfo-root = \"off\"\n").stdout.ends_with("no findings\n"));
    let accepted = check("[[ignore]]\nrule = \"cpm-cinfo-*\"\nreason = \"known\"\n");
    assert!(accepted.stdout.ends_with("no findings (1 finding accepted)\n"), "{}", accepted.stdout);
    let unknown = check("[timings]\nnotfy = 3\n");
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(2), ""));
    assert!(
        unknown.stderr.contains("rcshark.toml: no profile") && unknown.stderr.contains("line 2"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn an_unknown_rule_is_an_error() {
    assert!(
        failure(&["check", "adhoc-msrp.pcap", "--select", "cpm-nothing"]).contains("no rule is called cpm-nothing")
    );
    assert!(failure(&["explain", "cinfo-roo"]).contains("did you mean cpm-cinfo-root?"));
    assert!(failure(&["explain", "nothing"]).contains("neither a rule nor a statement"));
}

#[test]
fn rules_are_listed_and_explained() {
    let list = stdout(&["rules"]);
    assert!(list.contains("cpm-cinfo-root"), "{list}");
    let explained = stdout(&["explain", ROOT]);
    for part in ["What it checks", "Why it matters", "Example", "Source", "9.2.14.3-n-3 (SHALL"] {
        assert!(explained.contains(part), "{part}: {explained}");
    }
    assert!(stdout(&["explain", "9.2.14.3-n-3"]).contains("Decided by the rule:"));
    let coverage = stdout(&["rules", "--coverage"]);
    assert!(coverage.contains("710 statements: 293 on the wire, 315 partly, 102 inside a node"), "{coverage}");
    let all = json(&["rules", "--format", "json"]);
    assert!(all.as_array().unwrap().iter().any(|rule| rule["name"] == ROOT && rule["family"] == "cinfo"));
    assert!(stdout(&["check", "adhoc-msrp.pcap", "--statements"]).contains("9.2.14.3-m-a"));
    let matrix = json(&["check", "functions/deferred.pcapng", "--statements", "--format", "json"]);
    let statements = matrix[0]["sessions"][0]["statements"].as_array().expect("statements");
    let find = |id: &str| statements.iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("no {id}"));
    let kept = find("5.2.3.4.1.1-d.i");
    assert_eq!((&kept["verdict"], &kept["rule"]), (&"pass".into(), &"cpm-deferred-delivery-order".into()));
    assert_eq!(find("5.2.1.1-1")["needs"][0], "needs conference-factories in the profile");
}

#[test]
fn the_page_of_all_rules_is_current() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md")).unwrap();
    let current = stdout(&["rules", "--format", "markdown"]);
    assert!(page == current, "docs/rules.md is stale: cargo run -- rules --format markdown > docs/rules.md");
}
