//! SARIF 2.1.0, which code hosts and editors read.
//!
//! A finding stands in a message that may span frames, inside of a file that may be compressed: an offset in the file would mislead.
//! So the file is the physical location, the session and the frame the logical one, and the place in the message is among the
//! properties.

use std::io::{self, Write};

use hashbrown::HashMap;
use serde::Serialize;

use super::{Checked, by_severity};
use crate::capture::Input;
use crate::rules::{FAMILIES, Finding, Rule, Severity};
use crate::view::terminal;

/// Code hosts show no more results of a run than this.
pub const MAX_RESULTS: usize = 5_000;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    invocations: [Invocation; 1],
    results: Vec<Outcome<'a>>,
    column_kind: &'static str,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
    properties: DescriptorProperties,
}

#[derive(Serialize)]
struct Text {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct DescriptorProperties {
    tags: Vec<&'static str>,
    statements: &'static [&'static str],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
}

/// A `result`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    partial_fingerprints: Fingerprints,
    properties: Properties<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<PhysicalLocation>,
    logical_locations: [LogicalLocation; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "rcshark/v1")]
    rcshark: String,
}

#[derive(Serialize)]
struct Properties<'a> {
    clause: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<&'static str>,
    actor: &'static str,
    session: &'a str,
    /// What is pointed at: `MSRP SEND`, the frames of the evidence, and the bytes in the message.
    protocol: &'static str,
    frames: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<[usize; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<&'a str>,
}

/// One run for all captures: the rules with their documentation, and up to [`MAX_RESULTS`] findings, the worst first.
pub fn write(out: &mut impl Write, checked: &[Checked<'_>], rules: &[&Rule]) -> io::Result<()> {
    let indices: HashMap<&str, usize> = rules.iter().enumerate().map(|(index, rule)| (rule.name, index)).collect();
    let findings = by_severity(checked);
    let left_out = findings.len().saturating_sub(MAX_RESULTS);
    let too_many = || Notification {
        level: "warning",
        message: plain(format!("{left_out} of {} findings are left out, the slightest ones", findings.len())),
    };
    let driver = Driver {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: rules.iter().map(|rule| descriptor(rule)).collect(),
    };
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver },
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: (left_out > 0).then(too_many).into_iter().collect(),
            }],
            results: findings
                .iter()
                .take(MAX_RESULTS)
                .map(|(one, finding)| result(one, finding, indices.get(finding.rule.name).copied()))
                .collect(),
            column_kind: "utf16CodeUnits",
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn descriptor(rule: &Rule) -> Descriptor {
    let family = FAMILIES.iter().find(|family| family.rules.iter().any(|one| one.name == rule.name));
    let documentation = rule.documentation();
    Descriptor {
        id: rule.name,
        short_description: plain(rule.summary()),
        full_description: plain(rule.section("What it checks").unwrap_or_default()),
        help: Text { text: documentation.clone(), markdown: Some(documentation) },
        default_configuration: Configuration { level: rule.severity.as_str() },
        properties: DescriptorProperties {
            tags: family.map(|family| family.name).into_iter().collect(),
            statements: rule.statements,
        },
    }
}

fn result<'a>(one: &'a Checked<'a>, finding: &'a Finding, rule_index: Option<usize>) -> Outcome<'a> {
    let session = &one.session(finding).id;
    let id = finding.place.message;
    let frame = one.frame(id);
    let physical_location = one
        .file(finding)
        .map(|file| PhysicalLocation { artifact_location: ArtifactLocation { uri: uri(&file.input) } });
    Outcome {
        rule_id: finding.rule.name,
        rule_index,
        level: match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        message: plain(sentence(finding, &one.frames_text(finding))),
        locations: [Location {
            physical_location,
            logical_locations: [LogicalLocation {
                name: format!("frame {frame}"),
                fully_qualified_name: format!("{session}/frame {frame}"),
                kind: "resource",
            }],
        }],
        partial_fingerprints: Fingerprints { rcshark: finding.fingerprint() },
        properties: Properties {
            clause: finding.clause(),
            statement: finding.statement.map(|statement| statement.id),
            actor: finding.actor.as_str(),
            session,
            protocol: one.protocol(id),
            frames: one.frames(finding).into_iter().map(|place| place.number).collect(),
            range: finding.place.range.as_ref().map(|range| [range.start, range.end]),
            expected: finding.expected.as_deref(),
            found: finding.found.as_deref(),
        },
    }
}

/// The frames are in the sentence, since most programs show nothing else.
fn sentence(finding: &Finding, frames: &str) -> String {
    let text = format!("{} ({frames})", finding.message);
    let text = terminal(&text);
    // `[text](1)` is a link in a message (SARIF 3.11.6); text of a capture is none.
    if text.contains("](") { text.replace('[', "\\[").replace(']', "\\]") } else { text.into_owned() }
}

fn plain(text: String) -> Text {
    Text { text, markdown: None }
}

/// A relative path stays relative, so that the file is found in a checkout; an absolute one gets its scheme.
fn uri(input: &Input) -> String {
    let path = match input {
        Input::Path(path) => path.as_path(),
        Input::Recording { path, .. } => path,
        Input::Stdin => return "stdin".to_owned(),
    };
    let mut uri = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(byte.into()),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    match path.is_absolute() {
        true => format!("file:///{}", uri.trim_start_matches('/')),
        false => uri,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        let uri = |path: &str| uri(&Input::Path(path.into()));
        assert_eq!(uri("a b/c#1%.pcap"), "a%20b/c%231%25.pcap");
        assert_eq!(uri("odd:name.pcap"), "odd%3Aname.pcap");
        assert_eq!(uri("/tmp/ü.pcap"), "file:///tmp/%C3%BC.pcap");
    }
}
