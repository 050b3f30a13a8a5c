//! JUnit XML, which every CI server reads: a suite per capture, a case per session and rule.
//!
//! There is no standard; the schema of Apache Ant's reports is the strictest of what is in use, and these files keep it.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::Checked;
use crate::capture::Time;
use crate::rules::{Finding, Severity, Tally, catalogue};

/// What a rule said of a session.
struct Case<'a> {
    rule: &'a str,
    findings: Vec<&'a Finding>,
    tally: Tally,
}

enum Verdict {
    Pass,
    Fail,
    Skipped(String),
}

/// A case fails when it has a finding of severity `fail_on` or worse, so that the report and the exit code say the same. Slighter
/// findings are told in `system-out`.
pub fn write(out: &mut impl Write, checked: &[Checked<'_>], fail_on: Option<Severity>) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites").write_inner_content(|xml| {
        for (number, one) in checked.iter().enumerate() {
            write_suite(xml, one, number, fail_on)?;
        }
        Ok(())
    })?;
    writeln!(out)
}

fn write_suite<W: Write>(
    xml: &mut Writer<W>,
    one: &Checked<'_>,
    number: usize,
    fail_on: Option<Severity>,
) -> io::Result<()> {
    let sessions = &one.analysis.sessions.sessions;
    let by_session = one.by_session();
    let cases: Vec<(&str, Case<'_>, Verdict)> = (0..sessions.len())
        .flat_map(|session| cases(one, session, &by_session[session]).into_iter().map(move |case| (session, case)))
        .map(|(session, case)| {
            let verdict = case.verdict(fail_on);
            (sessions[session].id.as_str(), case, verdict)
        })
        .collect();
    let count = |is: fn(&Verdict) -> bool| cases.iter().filter(|(.., verdict)| is(verdict)).count().to_string();
    let path = clean(&one.path());
    let suite = xml.create_element("testsuite").with_attributes([
        ("name", path.as_str()),
        ("package", "rcshark"),
        ("id", &number.to_string()),
        ("timestamp", &seconds(one.analysis.capture.first.unwrap_or_default())),
        ("hostname", "localhost"),
        ("tests", &cases.len().to_string()),
        ("failures", &count(|verdict| matches!(verdict, Verdict::Fail))),
        ("errors", "0"),
        ("skipped", &count(|verdict| matches!(verdict, Verdict::Skipped(_)))),
        // A check has no duration that is the same twice.
        ("time", "0"),
    ]);
    suite.write_inner_content(|xml| {
        xml.create_element("properties").write_empty()?;
        for (session, case, verdict) in &cases {
            write_case(xml, one, session, case, verdict)?;
        }
        let slight = cases.iter().filter(|(.., verdict)| !matches!(verdict, Verdict::Fail));
        let lines: Vec<String> =
            slight.flat_map(|(_, case, _)| case.findings.iter().map(|finding| line(one, finding))).collect();
        xml.create_element("system-out").write_text_content(BytesText::new(&lines.join("\n")))?;
        xml.create_element("system-err").write_empty()?;
        Ok(())
    })?;
    Ok(())
}

fn write_case<W: Write>(
    xml: &mut Writer<W>,
    one: &Checked<'_>,
    session: &str,
    case: &Case<'_>,
    verdict: &Verdict,
) -> io::Result<()> {
    let class = format!("rcshark.{session}");
    let element = xml.create_element("testcase").with_attributes([
        ("name", case.rule),
        ("classname", class.as_str()),
        ("time", "0"),
    ]);
    match verdict {
        Verdict::Pass => element.write_empty()?,
        Verdict::Skipped(reason) => element.write_inner_content(|xml| {
            xml.create_element("skipped").with_attribute(("message", clean(reason).as_str())).write_empty()?;
            Ok(())
        })?,
        Verdict::Fail => element.write_inner_content(|xml| {
            let worst = case.findings.iter().max_by_key(|finding| finding.severity);
            let kind = worst.map_or("", |finding| finding.severity.as_str());
            let message = match case.findings.as_slice() {
                [] => String::new(),
                [only] => clean(&only.message),
                [first, rest @ ..] => format!("{} (and {} more)", clean(&first.message), rest.len()),
            };
            let lines: Vec<String> = case.findings.iter().map(|finding| line(one, finding)).collect();
            xml.create_element("failure")
                .with_attributes([("message", message.as_str()), ("type", kind)])
                .write_text_content(BytesText::new(&lines.join("\n")))?;
            Ok(())
        })?,
    };
    Ok(())
}

impl Case<'_> {
    fn verdict(&self, fail_on: Option<Severity>) -> Verdict {
        if self.findings.iter().any(|finding| fail_on.is_some_and(|least| finding.severity >= least)) {
            return Verdict::Fail;
        }
        match &self.tally {
            Tally { passed: 0, failed: 0, undecided: 1.., reasons } => {
                Verdict::Skipped(format!("undecided: {}", reasons.join("; ")))
            }
            Tally { failed: 1.., .. } if self.findings.is_empty() => {
                Verdict::Skipped("broken, but its findings are known or ignored".to_owned())
            }
            _ => Verdict::Pass,
        }
    }
}

/// The rules that had something to say of a session, by name.
fn cases<'a>(one: &Checked<'a>, session: usize, own: &[usize]) -> Vec<Case<'a>> {
    let mut cases: std::collections::BTreeMap<&str, Case<'a>> = std::collections::BTreeMap::new();
    let empty = |rule: &'a str| Case { rule, findings: Vec::new(), tally: Tally::default() };
    for (id, tally) in one.outcome.statements.get(session).map(Vec::as_slice).unwrap_or_default() {
        let Some(statement) = catalogue::find(id) else { continue };
        let case = cases.entry(statement.rule).or_insert_with(|| empty(statement.rule));
        case.tally.passed += tally.passed;
        case.tally.failed += tally.failed;
        case.tally.undecided += tally.undecided;
        for reason in &tally.reasons {
            if !case.tally.reasons.contains(reason) {
                case.tally.reasons.push(reason.clone());
            }
        }
    }
    for finding in own.iter().map(|&number| &one.outcome.findings[number]) {
        cases.entry(finding.rule.name).or_insert_with(|| empty(finding.rule.name)).findings.push(finding);
    }
    cases.into_values().collect()
}

/// `error: … (frames 12, 40; 9.2.14.3)`.
fn line(one: &Checked<'_>, finding: &Finding) -> String {
    let line =
        format!("{}: {} ({}; {})", finding.severity, finding.message, one.frames_text(finding), finding.clause());
    clean(&line)
}

/// Characters that XML 1.0 cannot hold, not even as references, are written out.
fn clean(text: &str) -> String {
    crate::view::terminal(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// Ant's reports have whole seconds and no time zone.
fn seconds(time: Time) -> String {
    time.to_string().chars().take(19).collect()
}
