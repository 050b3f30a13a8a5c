//! What the rules found, as programs and people want to read it: one file per format.
//!
//! All formats take their facts from [`Checked`], so that they cannot tell different things of one finding.

pub mod compact;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod matrix;
pub mod pretty;
pub mod sarif;

use std::ops::Range;

use crate::Analysis;
use crate::capture::{FileSummary, FrameId, FramePlace};
use crate::rules::{Finding, Outcome, Severity};
use crate::session::Session;
use crate::wire::{Kind, MessageId};

/// A capture set and what the rules say of it.
#[derive(Clone, Copy)]
pub struct Checked<'a> {
    pub analysis: &'a Analysis,
    pub outcome: &'a Outcome,
}

/// Bytes of a message around those that a finding means; text that is no UTF-8 is replaced, nothing is escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    pub before: String,
    /// Empty when all of the message is meant.
    pub marked: String,
    pub after: String,
    /// The line of the message with which it begins, counted from 1.
    pub first_line: usize,
    /// The message begins before the excerpt.
    pub cut_before: bool,
    /// It goes on after the excerpt, or the marked bytes go on.
    pub cut_after: bool,
}

/// Lines shown before and after the bytes that are meant.
const CONTEXT_LINES: usize = 3;

/// A line may be a whole document: no more bytes than this stand before or after.
const CONTEXT_BYTES: usize = 400;

/// Bytes of the message that are marked at most; more of them do not help.
const MARKED_BYTES: usize = 1_000;

impl<'a> Checked<'a> {
    /// The file, or the files of a merged set.
    pub fn path(&self) -> String {
        let names: Vec<String> = self.analysis.capture.files.iter().map(|file| file.input.to_string()).collect();
        names.join(" + ")
    }

    /// Were several files read as one capture?
    pub fn is_merged(&self) -> bool {
        self.analysis.capture.files.len() > 1
    }

    /// The frame's file and its number in it.
    pub fn place(&self, frame: FrameId) -> FramePlace {
        self.analysis.capture.table.place(frame)
    }

    /// The number of a message's first frame.
    pub fn frame(&self, id: MessageId) -> u32 {
        self.place(self.analysis.messages[id].frame).number
    }

    /// The file that a finding points into.
    pub fn file(&self, finding: &Finding) -> Option<&'a FileSummary> {
        let place = self.place(self.analysis.messages[finding.place.message].frame);
        self.analysis.capture.files.get(place.file as usize)
    }

    /// The frames of the evidence.
    pub fn frames(&self, finding: &Finding) -> Vec<FramePlace> {
        finding.frames(self.analysis).into_iter().map(|frame| self.place(frame)).collect()
    }

    /// The same in words: `frame 12`, `frames 12, 40`, `frames b.pcap 12, c.pcap 40`.
    pub fn frames_text(&self, finding: &Finding) -> String {
        let places = self.frames(finding);
        let one = |place: &FramePlace| match self.analysis.capture.files.get(place.file as usize) {
            Some(file) if self.is_merged() => format!("{} {}", file.input, place.number),
            _ => place.number.to_string(),
        };
        let word = if places.len() == 1 { "frame" } else { "frames" };
        format!("{word} {}", places.iter().map(one).collect::<Vec<_>>().join(", "))
    }

    pub fn session(&self, finding: &Finding) -> &'a Session {
        &self.analysis.sessions.sessions[finding.session]
    }

    /// `SIP` or `MSRP`.
    pub fn protocol(&self, id: MessageId) -> &'static str {
        match self.analysis.messages[id].kind {
            Kind::Sip(_) => "SIP",
            Kind::Msrp(_) => "MSRP",
        }
    }

    /// The first line of a message; not escaped.
    pub fn start_line(&self, id: MessageId) -> String {
        let head = self.analysis.messages.head(&self.analysis.messages[id]);
        let line = head.split(|&byte| byte == b'\r' || byte == b'\n').next().unwrap_or_default();
        String::from_utf8_lossy(line).into_owned()
    }

    /// The bytes that are meant, with some lines around them; of a message that is meant as a whole, its beginning.
    pub fn excerpt(&self, finding: &Finding) -> Excerpt {
        let messages = &self.analysis.messages;
        let raw = messages.raw(&messages[finding.place.message]);
        excerpt(&raw, finding.place.range.clone())
    }

    /// In step with the sessions: the places of their findings in the list.
    pub fn by_session(&self) -> Vec<Vec<usize>> {
        let mut by_session = vec![Vec::new(); self.analysis.sessions.sessions.len()];
        for (number, finding) in self.outcome.findings.iter().enumerate() {
            if let Some(own) = by_session.get_mut(finding.session) {
                own.push(number);
            }
        }
        by_session
    }

    /// How many findings are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.outcome.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

fn excerpt(raw: &[u8], range: Option<Range<usize>>) -> Excerpt {
    let range = range.unwrap_or(0..0);
    let start = range.start.min(raw.len());
    let end = range.end.clamp(start, raw.len());
    let marked_end = end.min(start + MARKED_BYTES);
    let (before, rest) = raw.split_at(start);
    let after = &rest[end - start..];
    let line_ends = before.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
    let from = line_ends.map(|(at, _)| at + 1).nth(CONTEXT_LINES).unwrap_or(0).max(start.saturating_sub(CONTEXT_BYTES));
    let lines = if end > start { CONTEXT_LINES } else { 3 * CONTEXT_LINES };
    let line_ends = after.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let to = line_ends.map(|(at, _)| at + 1).nth(lines).unwrap_or(after.len()).min(CONTEXT_BYTES);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Excerpt {
        before: text(&before[from..]),
        marked: text(&raw[start..marked_end]),
        after: if marked_end < end { String::new() } else { text(&after[..to]) },
        first_line: 1 + before[..from].iter().filter(|byte| **byte == b'\n').count(),
        cut_before: from > 0,
        cut_after: marked_end < end || to < after.len(),
    }
}

/// All findings of several captures, the worst first, else in order.
fn by_severity<'a>(checked: &'a [Checked<'a>]) -> Vec<(&'a Checked<'a>, &'a Finding)> {
    let mut findings: Vec<_> =
        checked.iter().flat_map(|one| one.outcome.findings.iter().map(move |finding| (one, finding))).collect();
    findings.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.severity));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_has_the_lines_around_and_an_end() {
        let raw = b"a\r\nb\r\nc\r\nd\r\ne: value\r\nf\r\ng\r\nh\r\ni\r\nj\r\n";
        let found = excerpt(raw, Some(15..20));
        assert_eq!((found.before.as_str(), found.marked.as_str()), ("b\r\nc\r\nd\r\ne: ", "value"));
        assert_eq!(found.after, "\r\nf\r\ng\r\nh\r\n");
        assert!(found.cut_before && found.cut_after);
        assert_eq!(found.first_line, 2);
    }

    #[test]
    fn ranges_beyond_the_message_and_endless_lines_do_no_harm() {
        let raw = vec![0xffu8; 10_000];
        let found = excerpt(&raw, Some(5_000..20_000));
        assert_eq!(found.marked.chars().count(), MARKED_BYTES);
        assert_eq!(found.before.chars().count(), CONTEXT_BYTES);
        assert_eq!(excerpt(b"", Some(5..9)), Excerpt { first_line: 1, ..Excerpt::default() });
        assert_eq!(excerpt(b"xy", None).after, "xy");
    }
}
