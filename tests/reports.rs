//! The formats of `check`: they keep their schemas, tell every finding, and a hostile capture cannot break out of any of them.

// Says what is skipped.
#![allow(clippy::print_stdout)]

#[path = "support/junit.rs"]
mod schema;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use quick_xml::Reader;
use quick_xml::events::Event;
use rcshark::capture::{Input, OpenOptions, open};
use rcshark::report::findings::{Checked, github, html, junit, sarif};
use rcshark::rules::{self, Actor, Finding, Outcome, Place, Profile, Severity, catalogue};
use rcshark::wire::MessageId;
use rcshark::{Analysis, analyze};
use scenario::conversation::Conversation;
use scenario::output::Capture;
use scenario::packets::Packeting;
use scenario::script::{Info, Story};
use scenario::stories;
use serde_json::Value;

/// What somebody may put in a display name.
const HOSTILE: &str = "says \"<script>alert('1')</script>\" ]]>&\u{1b}[2J\u{0}\u{fffe}\r\n::error::[x](http://a)";

fn read(name: &str) -> Analysis {
    let path = Path::new("captures").join(name);
    analyze(open(&[Input::Path(path)], &OpenOptions::default()).expect("a capture"))
}

/// What the rules say, and `count` findings made up, of all severities and on messages all over the capture.
fn with_findings(analysis: &Analysis, count: usize) -> Outcome {
    let mut outcome = rules::check(analysis, &Profile::default(), &rules::all());
    let ids: Vec<(MessageId, u32)> =
        analysis.messages.iter().map(|(id, _)| (id, analysis.sessions.session_of[id.0 as usize])).collect();
    let ids: Vec<_> =
        ids.into_iter().filter(|(_, session)| (*session as usize) < analysis.sessions.sessions.len()).collect();
    let rule = rules::find("cpm-cinfo-root").expect("a rule");
    for number in 0..count {
        let (message, session) = ids[number * 7 % ids.len()];
        outcome.findings.push(Finding {
            rule,
            severity: Severity::ALL[number % 3],
            statement: rule.statements.first().and_then(|id| catalogue::find(id)),
            session: session as usize,
            actor: Actor::ControllingFunction,
            message: format!("finding {number} {HOSTILE}"),
            place: Place { message, range: (number % 2 == 0).then_some(10..40) },
            evidence: vec![ids[0].0],
            expected: Some(HOSTILE.to_owned()),
            found: None,
        });
    }
    outcome
}

fn sarif_of(checked: &[Checked<'_>]) -> Value {
    let mut bytes = Vec::new();
    sarif::write(&mut bytes, checked, &rules::all()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn sarif_keeps_its_schema() {
    let analyses = [read("restart.pcap"), read("violations.pcapng.gz")];
    let outcomes = analyses.each_ref().map(|analysis| with_findings(analysis, 10));
    let pairs = analyses.iter().zip(&outcomes);
    let checked: Vec<Checked<'_>> = pairs.map(|(analysis, outcome)| Checked { analysis, outcome }).collect();
    let log = sarif_of(&checked);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), outcomes.iter().map(|outcome| outcome.findings.len()).sum::<usize>());
    let rank = |result: &Value| Severity::parse(result["level"].as_str().unwrap()).unwrap();
    assert!(results.is_sorted_by_key(|result| std::cmp::Reverse(rank(result))));
    for result in results {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        assert_eq!(result["partialFingerprints"]["rcshark/v1"].as_str().unwrap().len(), 32);
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert!(uri.as_str().unwrap().starts_with("captures/"), "{uri}");
        assert!(!result["message"]["text"].as_str().unwrap().contains("[x]("));
    }
    for log in [log, sarif_of(&[])] {
        validate(&log);
    }
}

/// With the `jsonschema` of Python, where it is there.
fn validate(log: &Value) {
    let script = "import json, sys, jsonschema\n\
        schema = json.load(open('tests/schemas/sarif-2.1.0.json'))\n\
        errors = list(jsonschema.Draft7Validator(schema).iter_errors(json.load(sys.stdin)))\n\
        sys.exit('\\n'.join(error.message[:300] for error in errors) or 0)";
    let known = Command::new("python3").args(["-c", "import jsonschema"]).stderr(Stdio::null()).status();
    if !known.is_ok_and(|status| status.success()) {
        println!("skipped: no jsonschema for python3");
        return;
    }
    let mut python = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 runs");
    python.stdin.take().unwrap().write_all(log.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn sarif_ends_where_code_hosts_stop_to_read() {
    let analysis = read("adhoc-msrp.pcap");
    let outcome = with_findings(&analysis, sarif::MAX_RESULTS + 30);
    let log = sarif_of(&[Checked { analysis: &analysis, outcome: &outcome }]);
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), sarif::MAX_RESULTS);
    let told = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert_eq!(told, "30 of 5030 findings are left out, the slightest ones");
}

/// What a suite says of itself, and what is in it: tests, failures, skipped.
#[derive(Debug, Default, PartialEq, Eq)]
struct Suite {
    told: [usize; 3],
    counted: [usize; 3],
}

fn suites(xml: &[u8]) -> Vec<Suite> {
    let mut reader = Reader::from_reader(xml);
    let mut suites: Vec<Suite> = Vec::new();
    loop {
        let event = reader.read_event().expect("well-formed");
        match event {
            Event::Eof => return suites,
            Event::Start(element) | Event::Empty(element) => {
                let number = |name: &str| -> usize {
                    let value = element.try_get_attribute(name).unwrap().unwrap_or_else(|| panic!("no {name}")).value;
                    value.parse().unwrap()
                };
                match element.name().as_ref() {
                    "testsuite" => {
                        let timestamp = element.try_get_attribute("timestamp").unwrap().unwrap();
                        assert_eq!(timestamp.value.len(), "2026-03-01T10:00:00".len());
                        suites.push(Suite { told: ["tests", "failures", "skipped"].map(number), ..Suite::default() });
                    }
                    "testcase" => suites.last_mut().unwrap().counted[0] += 1,
                    "failure" => suites.last_mut().unwrap().counted[1] += 1,
                    "skipped" => suites.last_mut().unwrap().counted[2] += 1,
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

#[test]
fn junit_counts_what_it_holds() {
    let analyses = [read("two-groups.pcap"), read("damaged.pcap")];
    let outcomes = [with_findings(&analyses[0], 10), rules::check(&analyses[1], &Profile::default(), &rules::all())];
    let pairs = analyses.iter().zip(&outcomes);
    let checked: Vec<Checked<'_>> = pairs.map(|(analysis, outcome)| Checked { analysis, outcome }).collect();
    let mut xml = Vec::new();
    junit::write(&mut xml, &checked, Some(Severity::Error)).unwrap();
    schema::validate(&xml);
    let suites = suites(&xml);
    assert_eq!(suites.len(), 2);
    assert!(suites.iter().all(|suite| suite.told == suite.counted), "{suites:?}");
    assert!(suites[0].told[1] > 0 && suites[1].told[1] == 0, "{suites:?}");
    let text = String::from_utf8(xml).unwrap();
    assert!(!text.contains(|c: char| c.is_control() && c != '\n') && !text.contains('\u{fffe}'));
    // The slighter ones are not lost.
    for number in 0..10 {
        assert!(text.contains(&format!("finding {number} ")), "finding {number}");
    }
}

/// What the program prints of the samples, and of a capture with an odd name and an odd conference.
#[test]
fn junit_keeps_its_schema() {
    let story = stories::find("short").expect("a story");
    let mut conversation = Conversation::of(&(story.tell)(Story::new(11).info(Info::Msrp)));
    let label = conversation.message("info focus>A SEND").label.clone();
    let told = conversation.messages.iter_mut().find(|message| message.label == label).expect("a document");
    told.replace(" entity=\"sip:", " entity=\"odd\u{7f}\u{fffe}]]>&lt;&amp;'sip:");
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("\"it's\" <odd> & \u{1b}[1m ]]>.pcap");
    Capture::of(vec![conversation], &Packeting::default()).write(&odd).unwrap();
    for fail_on in ["error", "note", "never"] {
        let args = ["check", "--format", "junit", "--fail-on", fail_on, "captures/"];
        let output = Command::new(cargo_bin!("rcshark")).args(args).arg(&odd).output().unwrap();
        assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(suites(&output.stdout).len() > 10);
        assert!(String::from_utf8_lossy(&output.stdout).contains("odd\\x7f"), "the odd entity is not told");
        schema::validate(&output.stdout);
    }
}

#[test]
fn github_gets_a_line_per_finding_and_no_other() {
    let analysis = read("extended.pcapng");
    let outcome = with_findings(&analysis, 9);
    let mut text = Vec::new();
    github::write(&mut text, &[Checked { analysis: &analysis, outcome: &outcome }]).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.lines().count(), outcome.findings.len());
    assert!(text.lines().all(|line| {
        ["::error file=captures/extended.pcapng,title=cpm-", "::warning file=", "::notice file="]
            .iter()
            .any(|start| line.starts_with(start))
    }));
}

#[test]
fn the_page_stands_alone_and_is_not_moved() {
    let analyses = [read("restart.pcap"), read("damaged.pcap")];
    let outcomes = analyses.each_ref().map(|analysis| with_findings(analysis, 12));
    let pairs = analyses.iter().zip(&outcomes);
    let checked: Vec<Checked<'_>> = pairs.map(|(analysis, outcome)| Checked { analysis, outcome }).collect();
    let mut page = Vec::new();
    html::write(&mut page, &checked).unwrap();
    let page = String::from_utf8(page).unwrap();
    for forbidden in ["<script", "<img", "<link", "<iframe", "src=", "@import", "url(", "\u{1b}", "\u{0}"] {
        assert!(!page.contains(forbidden), "{forbidden:?} on the page");
    }
    assert!(page.contains("&lt;script&gt;"));
    // A finding is there once, and what leads to something leads somewhere.
    for (capture, outcome) in outcomes.iter().enumerate() {
        for number in 0..outcome.findings.len() {
            assert_eq!(page.matches(&format!("id=\"c{capture}f{number}\"")).count(), 1);
        }
    }
    for target in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        let id = target.strip_prefix('#').unwrap_or_else(|| panic!("{target} leads outside"));
        assert!(page.contains(&format!("id=\"{id}\"")), "{target} leads nowhere");
    }
}

#[test]
fn a_real_finding_is_shown_where_it_stands() {
    let story = stories::find("short").expect("a story");
    let mut conversation = Conversation::of(&(story.tell)(Story::new(11).info(Info::Msrp)));
    let label = conversation.message("info focus>A SEND").label.clone();
    let told = conversation.messages.iter_mut().find(|message| message.label == label).expect("a document");
    told.replace(" xmlns=\"urn:ietf:params:xml:ns:conference-info\"", "");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.pcap");
    Capture::of(vec![conversation], &Packeting::default()).write(&path).unwrap();
    let analysis = analyze(open(&[Input::Path(path)], &OpenOptions::default()).unwrap());
    let root = rules::find("cpm-cinfo-root").expect("the rule");
    let outcome = rules::check(&analysis, &Profile::default(), &[root]);
    let checked = [Checked { analysis: &analysis, outcome: &outcome }];
    let finding = outcome.findings.first().expect("a finding");
    let excerpt = checked[0].excerpt(finding);
    assert!(excerpt.marked.contains("conference-info"), "{excerpt:?}");

    let mut page = Vec::new();
    html::write(&mut page, &checked).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("<mark>") && page.contains("1 broken"), "no mark on the page");
    let log = sarif_of(&checked);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "cpm-cinfo-root");
    assert!(
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap().starts_with("file:///")
    );
    validate(&log);
    let mut xml = Vec::new();
    junit::write(&mut xml, &checked, Some(Severity::Error)).unwrap();
    assert_eq!(suites(&xml)[0].counted[1], 1);
}
