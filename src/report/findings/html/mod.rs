//! One self-contained page: nothing is loaded, nothing is run, and it can be printed.

mod chart;
mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::Checked;
use crate::Analysis;
use crate::rules::{Actor, Finding, Severity, Verdict, catalogue};
use crate::session::Session;
use crate::timeline::{ChatMessage, SessionTimeline};
use crate::view::Names;
use text::{Inline, Lines, Markdown, Text};

/// What a page shows at most; a browser cannot show a page of some hundred megabytes. What is left out is counted on the page.
const MAX_SESSIONS: usize = 200;
const MAX_FINDINGS: usize = 1_000;
const MAX_MESSAGES: usize = 500;
const MAX_RECIPIENTS: usize = 40;
const MAX_PROBLEMS: usize = 200;

/// Of all captures together: the summary, then each capture with its sessions.
pub fn write(out: &mut impl Write, checked: &[Checked<'_>]) -> io::Result<()> {
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>rcshark: {}</title>\n<style>\n{}</style>\n</head>\n<body>\n",
        Text(&title(checked)),
        include_str!("style.css")
    )?;
    let pages: Vec<Page<'_>> = checked.iter().enumerate().map(|(number, one)| Page::new(*one, number)).collect();
    write_summary(out, checked, &pages)?;
    for page in &pages {
        page.write(out)?;
    }
    writeln!(out, "</body>\n</html>")
}

fn title(checked: &[Checked<'_>]) -> String {
    match checked {
        [only] => only.path(),
        _ => counted(checked.len(), "capture"),
    }
}

fn write_summary(out: &mut impl Write, checked: &[Checked<'_>], pages: &[Page<'_>]) -> io::Result<()> {
    writeln!(out, "<header>\n<h1>What rcshark found</h1>")?;
    let sessions: usize = checked.iter().map(|one| one.analysis.sessions.sessions.len()).sum();
    write!(out, "<p class=\"dim\">{}, {}", counted(checked.len(), "capture"), counted(sessions, "session"))?;
    writeln!(out, " · rcshark {}</p>\n<p>", env!("CARGO_PKG_VERSION"))?;
    for severity in Severity::ALL {
        let count: usize = checked.iter().map(|one| one.count(severity)).sum();
        let class = if count > 0 { severity.as_str() } else { "dim" };
        writeln!(out, "<span class=\"badge {class}\">{}</span>", counted(count, severity.as_str()))?;
    }
    let problems: usize = checked.iter().map(|one| one.analysis.problems.len()).sum();
    if problems > 0 {
        writeln!(out, "<span class=\"badge dim\">{}</span>", counted(problems, "problem of the capture"))?;
    }
    writeln!(out, "</p>\n</header>")?;
    writeln!(
        out,
        "<div class=\"wide\"><table>\n<tr><th>Capture<th>Session<th>Subject<th class=\"number\">Participants\
         <th class=\"number\">Messages<th class=\"number\">Errors<th class=\"number\">Warnings<th class=\"number\">Notes</tr>"
    )?;
    for page in pages {
        let (one, number) = (&page.checked, page.number);
        let path = one.path();
        if one.analysis.sessions.sessions.is_empty() {
            writeln!(out, "<tr><td>{}<td colspan=\"7\" class=\"dim\">no session</tr>", Text(&path))?;
        }
        for (row, &index) in page.shown.iter().enumerate() {
            let session = &one.analysis.sessions.sessions[index];
            let timeline = &one.analysis.timelines[index];
            write!(
                out,
                "<tr><td>{}<td class=\"nowrap\"><a href=\"#c{number}{id}\">{id}</a> <span class=\"dim\">{}</span>\
                 <td>{}<td class=\"number\">{}<td class=\"number\">{}",
                Text(if row == 0 { &path } else { "" }),
                session.kind.as_str(),
                Text(session.subject.as_deref().unwrap_or_default()),
                timeline.participants.len(),
                timeline.messages.len(),
                id = Text(&session.id),
            )?;
            for severity in Severity::ALL {
                let own = page.by_session[index].iter().map(|&number| &one.outcome.findings[number]);
                let count = own.filter(|finding| finding.severity == severity).count();
                let class = if count > 0 { severity.as_str() } else { "dim" };
                write!(out, "<td class=\"number {class}\">{count}")?;
            }
            writeln!(out, "</tr>")?;
        }
    }
    writeln!(out, "</table></div>")
}

/// A capture on the page.
struct Page<'a> {
    checked: Checked<'a>,
    number: usize,
    by_session: Vec<Vec<usize>>,
    /// The sessions on the page: of too many those with findings first.
    shown: Vec<usize>,
}

impl<'a> Page<'a> {
    fn new(checked: Checked<'a>, number: usize) -> Page<'a> {
        let by_session = checked.by_session();
        let mut shown: Vec<usize> = (0..by_session.len()).collect();
        if shown.len() > MAX_SESSIONS {
            shown.sort_by_key(|&index| by_session[index].is_empty());
            shown.truncate(MAX_SESSIONS);
            shown.sort_unstable();
        }
        Page { checked, number, by_session, shown }
    }

    fn analysis(&self) -> &'a Analysis {
        self.checked.analysis
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let capture = &self.analysis().capture;
        writeln!(out, "<section>\n<h2>{}</h2>\n<dl>", Text(&self.checked.path()))?;
        fact(out, "Frames", &capture.frames.to_string())?;
        if let (Some(first), Some(last)) = (capture.first, capture.last) {
            fact(out, "Captured", &format!("{first} to {last}"))?;
        }
        fact(out, "Messages", &self.analysis().messages.list.len().to_string())?;
        if self.checked.outcome.ignored > 0 {
            fact(out, "Ignored by the profile", &counted(self.checked.outcome.ignored, "finding"))?;
        }
        writeln!(out, "</dl>")?;
        for &index in &self.shown {
            self.write_session(out, index)?;
        }
        left_out(out, self.by_session.len(), MAX_SESSIONS, "sessions")?;
        self.write_problems(out)?;
        writeln!(out, "</section>")
    }

    fn write_session(&self, out: &mut impl Write, index: usize) -> io::Result<()> {
        let session = &self.analysis().sessions.sessions[index];
        let timeline = &self.analysis().timelines[index];
        let names = Names::new(timeline);
        let subject = session.subject.as_deref().map(|subject| format!(" “{subject}”")).unwrap_or_default();
        writeln!(
            out,
            "<article>\n<h3 id=\"c{}{id}\">{id} <span class=\"dim\">{}</span>{}</h3>",
            self.number,
            session.kind.as_str(),
            Text(&subject),
            id = Text(&session.id)
        )?;
        self.write_facts(out, session, timeline)?;
        if timeline.participants.is_empty() {
            writeln!(out, "<p class=\"dim\">The capture does not show who took part.</p>")?;
        }
        chart::write(out, &self.checked, (index, &self.by_session[index]), &names, &self.prefix())?;
        chart::write_legend(out)?;
        left_out(out, timeline.participants.len(), chart::MAX_LANES, "participants")?;
        self.write_deliveries(out, timeline, &names)?;
        self.write_findings(out, index)?;
        self.write_statements(out, index)?;
        writeln!(out, "</article>")
    }

    /// Of the ids of findings on the page.
    fn prefix(&self) -> String {
        format!("c{}f", self.number)
    }

    fn write_facts(&self, out: &mut impl Write, session: &Session, timeline: &SessionTimeline) -> io::Result<()> {
        writeln!(out, "<dl>")?;
        if let Some(focus) = &session.focus_uri {
            fact(out, "Focus", focus)?;
        }
        for id in &session.contribution_ids {
            fact(out, "Contribution-ID", id)?;
        }
        if let Some(id) = &session.conversation_id {
            fact(out, "Conversation-ID", id)?;
        }
        let ended = session.ended.map_or_else(|| "not captured".to_owned(), |ended| ended.to_string());
        fact(out, "Started", &session.started.to_string())?;
        fact(out, "Ended", &ended)?;
        if let Some(cause) = &session.end_cause {
            fact(out, "End cause", cause)?;
        }
        if timeline.runs.len() > 1 {
            fact(out, "Runs", &timeline.runs.len().to_string())?;
        }
        fact(out, "Legs", &session.legs.len().to_string())?;
        writeln!(out, "</dl>")
    }

    fn write_deliveries(&self, out: &mut impl Write, timeline: &SessionTimeline, names: &Names) -> io::Result<()> {
        if timeline.messages.is_empty() {
            return Ok(());
        }
        writeln!(out, "<h4>Delivery</h4>\n<div class=\"wide\"><table>")?;
        write!(out, "<tr><th class=\"number\">Frame<th>Time<th>From")?;
        for participant in timeline.participants.iter().take(MAX_RECIPIENTS) {
            write!(out, "<th>{}", Text(names.get(&participant.identity)))?;
        }
        writeln!(out, "</tr>")?;
        for message in timeline.messages.iter().take(MAX_MESSAGES) {
            let from = message.sender.map(|sender| names.get(&timeline.participants[sender].identity));
            let from = from.or_else(|| message.from.as_deref().map(|from| names.of_uri(from))).unwrap_or("unknown");
            let time = self.analysis().messages[message.sent].time.to_string();
            write!(
                out,
                "<tr><td class=\"number\">{}<td class=\"nowrap\">{}<td>{}",
                self.checked.frame(message.sent),
                time.get(11..23).unwrap_or(&time),
                Text(from)
            )?;
            let missing = timeline.missing(message);
            for participant in 0..timeline.participants.len().min(MAX_RECIPIENTS) {
                let (text, class) = delivery(message, participant, missing.contains(&participant));
                write!(out, "<td class=\"{class}\">{text}")?;
            }
            writeln!(out, "</tr>")?;
        }
        writeln!(out, "</table></div>")?;
        left_out(out, timeline.messages.len(), MAX_MESSAGES, "messages")?;
        left_out(out, timeline.participants.len(), MAX_RECIPIENTS, "recipients")
    }

    fn write_findings(&self, out: &mut impl Write, session: usize) -> io::Result<()> {
        let all = &self.checked.outcome.findings;
        let own: Vec<(usize, &Finding)> =
            self.by_session[session].iter().map(|&number| (number, &all[number])).collect();
        if own.is_empty() {
            return writeln!(out, "<h4>Findings</h4>\n<p class=\"good\">None: no rule was seen to be broken.</p>");
        }
        let mut room = MAX_FINDINGS;
        for severity in Severity::ALL {
            let mut by_rule: BTreeMap<&str, Vec<(usize, &Finding)>> = BTreeMap::new();
            for &(number, finding) in own.iter().filter(|(_, finding)| finding.severity == severity) {
                by_rule.entry(finding.rule.name).or_default().push((number, finding));
            }
            let count: usize = by_rule.values().map(Vec::len).sum();
            if count == 0 || room == 0 {
                continue;
            }
            writeln!(out, "<h4 class=\"{severity}\">{}</h4>", counted(count, severity.as_str()))?;
            for findings in by_rule.values() {
                let Some((_, first)) = findings.first() else { continue };
                writeln!(
                    out,
                    "<p class=\"rule\"><code>{}</code> <span class=\"dim\">{}</span></p>",
                    first.rule.name,
                    Inline(&first.rule.summary())
                )?;
                for (number, finding) in findings.iter().take(room) {
                    self.write_finding(out, *number, finding)?;
                }
                room = room.saturating_sub(findings.len());
                writeln!(
                    out,
                    "<details><summary>About <code>{}</code></summary><div class=\"text\">{}</div></details>",
                    first.rule.name,
                    Markdown(&first.rule.documentation())
                )?;
                if room == 0 {
                    break;
                }
            }
        }
        left_out(out, own.len(), MAX_FINDINGS, "findings")
    }

    fn write_finding(&self, out: &mut impl Write, number: usize, finding: &Finding) -> io::Result<()> {
        let id = finding.place.message;
        writeln!(
            out,
            "<div class=\"finding {}\" id=\"{}{number}\">\n<p class=\"what\">{}</p>",
            finding.severity,
            self.prefix(),
            Text(&finding.message)
        )?;
        let actor = match finding.actor {
            Actor::Client => " · by the client",
            Actor::ControllingFunction => " · by the controlling function",
            Actor::ParticipatingFunction => " · by the participating function",
            Actor::Unknown => "",
        };
        let clause = match finding.statement {
            Some(statement) => format!("clause {} ({}, {})", statement.clause(), statement.id, statement.keyword),
            None => finding.clause().to_owned(),
        };
        writeln!(
            out,
            "<p class=\"where\">{} · {}{actor}</p>",
            Text(&self.checked.frames_text(finding)),
            Text(&clause)
        )?;
        if finding.expected.is_some() || finding.found.is_some() {
            writeln!(out, "<dl>")?;
            for (name, text) in [("Expected", &finding.expected), ("Found", &finding.found)] {
                if let Some(text) = text {
                    fact(out, name, text)?;
                }
            }
            writeln!(out, "</dl>")?;
        }
        let excerpt = self.checked.excerpt(finding);
        write!(out, "<p class=\"where\">{} message in frame {}", self.checked.protocol(id), self.checked.frame(id))?;
        if excerpt.cut_before {
            write!(out, ", <code>{}</code>", Text(&self.checked.start_line(id)))?;
        }
        write!(out, "</p>\n<pre>{}", if excerpt.cut_before { "…\n" } else { "" })?;
        write!(out, "{}", Lines(&excerpt.before))?;
        if !excerpt.marked.is_empty() {
            write!(out, "<mark>{}</mark>", Lines(&excerpt.marked))?;
        }
        writeln!(out, "{}{}</pre>\n</div>", Lines(&excerpt.after), if excerpt.cut_after { "…" } else { "" })
    }

    fn write_statements(&self, out: &mut impl Write, session: usize) -> io::Result<()> {
        let Some(told) = self.checked.outcome.statements.get(session).filter(|told| !told.is_empty()) else {
            return Ok(());
        };
        let count = |verdict: Verdict| told.iter().filter(|(_, tally)| tally.verdict() == Some(verdict)).count();
        writeln!(
            out,
            "<details><summary>{}: {} kept, {} broken, {} undecided</summary>\n<table>\n\
             <tr><th>Clause<th>Verdict<th>What is asked</tr>",
            counted(told.len(), "statement"),
            count(Verdict::Pass),
            count(Verdict::Fail),
            count(Verdict::Undecided)
        )?;
        for (id, tally) in told {
            let (Some(statement), Some(verdict)) = (catalogue::find(id), tally.verdict()) else { continue };
            let class = match verdict {
                Verdict::Pass => "good",
                Verdict::Fail => "error",
                Verdict::Undecided => "dim",
            };
            write!(
                out,
                "<tr><td class=\"nowrap\">{}<td class=\"nowrap {class}\">{}<td>{} <span class=\"dim\">{}</span>",
                Text(id),
                verdict.as_str(),
                Text(statement.summary),
                Text(statement.rule)
            )?;
            for reason in &tally.reasons {
                write!(out, "<br><span class=\"dim\">undecided: {}</span>", Text(reason))?;
            }
            writeln!(out, "</tr>")?;
        }
        writeln!(out, "</table></details>")
    }

    fn write_problems(&self, out: &mut impl Write) -> io::Result<()> {
        let problems = &self.analysis().problems;
        if problems.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "<details><summary>{}</summary>\n<table>\n<tr><th>Kind<th class=\"number\">Frame<th>What could not be read</tr>",
            counted(problems.len(), "problem of the capture")
        )?;
        for problem in problems.iter().take(MAX_PROBLEMS) {
            let place = problem.frame.map(|frame| self.checked.place(frame));
            let file = place.filter(|_| self.checked.is_merged());
            let file = file.and_then(|place| self.analysis().capture.files.get(place.file as usize));
            let file = file.map(|file| format!("{}: ", file.input)).unwrap_or_default();
            writeln!(
                out,
                "<tr><td class=\"nowrap\">{}<td class=\"number\">{}<td>{}{}</tr>",
                problem.kind.as_str(),
                place.map(|place| place.number.to_string()).unwrap_or_default(),
                Text(&file),
                Text(&problem.detail)
            )?;
        }
        writeln!(out, "</table>")?;
        left_out(out, problems.len(), MAX_PROBLEMS, "problems")?;
        writeln!(out, "</details>")
    }
}

/// What became of a message on the way to one participant, and the class that colours it.
fn delivery(message: &ChatMessage, participant: usize, is_missing: bool) -> (String, &'static str) {
    if message.sender == Some(participant) {
        return match message.response {
            Some(status) if status >= 300 => (format!("sent, {status}"), "error"),
            _ => ("sent".to_owned(), "dim"),
        };
    }
    let Some(copy) = message.copies.iter().find(|copy| copy.participant == participant) else {
        return if is_missing { ("none".to_owned(), "error") } else { (String::new(), "") };
    };
    let (mut text, mut class) = match (copy.response, copy.displayed, copy.delivered) {
        (Some(status), ..) if status >= 300 => (status.to_string(), "error"),
        (_, Some(_), _) => ("displayed".to_owned(), "good"),
        (_, None, Some(_)) => ("delivered".to_owned(), "good"),
        (Some(status), ..) => (status.to_string(), ""),
        (None, ..) => ("no answer".to_owned(), "warning"),
    };
    if copy.deferred().is_some() {
        text.push_str(", later");
    }
    let duplicates = copy.duplicates().count();
    if duplicates > 0 {
        text.push_str(&format!(", {}x", duplicates + 1));
        class = "warning";
    }
    (text, class)
}

fn fact(out: &mut impl Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "<dt>{name}</dt><dd>{}</dd>", Text(value))
}

fn left_out(out: &mut impl Write, all: usize, most: usize, what: &str) -> io::Result<()> {
    if all <= most {
        return Ok(());
    }
    writeln!(out, "<p class=\"dim\">{} more {what} are not shown.</p>", all - most)
}

/// `1 finding`, `3 findings`, `2 problems of the capture`.
fn counted(number: usize, thing: &str) -> String {
    let (word, rest) = thing.split_once(' ').map_or((thing, String::new()), |(word, rest)| (word, format!(" {rest}")));
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {word}{plural}{rest}")
}
