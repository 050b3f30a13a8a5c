//! The lines of a message around the bytes that are meant, fit to be shown: as many columns as there are bytes.

use std::ops::Range;

use crate::Analysis;
use crate::rules::Place;

/// Lines shown before the first one that is meant.
const LINES_BEFORE: usize = 1;

/// Lines shown at the most.
const MAX_LINES: usize = 8;

/// Bytes of a line that are shown: a document may be one line of a megabyte.
const MAX_LINE_BYTES: usize = 160;

/// Some lines of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Without control characters but the line ends; characters that are not ASCII stay where they are UTF-8.
    pub text: String,
    /// The number of the first line in the message, counted from 1.
    pub first_line: usize,
    /// What is meant, as a range of `text`; empty when the whole message is meant.
    pub marked: Range<usize>,
}

impl Excerpt {
    /// Cuts the lines around `place`; of a message that is meant as a whole, the start line.
    pub fn of(analysis: &Analysis, place: &Place) -> Excerpt {
        let message = &analysis.messages[place.message];
        let raw = analysis.messages.raw(message);
        let wanted = place.range.clone().unwrap_or(0..0);
        let start = wanted.start.min(raw.len());
        let end = wanted.end.clamp(start, raw.len());
        let mut excerpt = Excerpt { text: String::new(), first_line: 1, marked: 0..0 };
        let line_start = |at: usize| raw[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |lf| lf + 1);
        let mut at = line_start(start);
        for _ in 0..LINES_BEFORE {
            at = line_start(at.saturating_sub(1));
        }
        excerpt.first_line = 1 + raw[..at].iter().filter(|byte| **byte == b'\n').count();
        let mut mark_start = None;
        let mut mark_end = 0;
        for _ in 0..MAX_LINES {
            let line_end = raw[at..].iter().position(|byte| *byte == b'\n').map_or(raw.len(), |lf| at + lf);
            // Of a long line, the part around what is meant.
            let from =
                if start > at && start <= line_end { at.max(start.saturating_sub(MAX_LINE_BYTES / 2)) } else { at };
            let to = line_end.min(from + MAX_LINE_BYTES);
            let place_of = |offset: usize| show(&raw[from..offset.clamp(from, to)]).len();
            let base = excerpt.text.len();
            if start <= to && end >= from && place.range.is_some() {
                mark_start.get_or_insert(base + place_of(start));
                mark_end = base + place_of(end);
            }
            let line = show(&raw[from..to]);
            excerpt.text.push_str(line.trim_end());
            excerpt.text.push('\n');
            at = line_end + 1;
            if at >= raw.len() || (at >= end && mark_start.is_some()) || place.range.is_none() {
                break;
            }
        }
        let limit = excerpt.text.trim_end_matches('\n').len();
        if let Some(from) = mark_start {
            excerpt.marked = from.min(limit)..mark_end.clamp(from.min(limit), limit);
        }
        excerpt
    }
}

/// The bytes as text of one line, in which nothing moves the cursor.
fn show(bytes: &[u8]) -> String {
    let plain = |c: char| if c.is_control() || c == '\u{fffd}' { ' ' } else { c };
    let text: String = String::from_utf8_lossy(bytes).chars().map(plain).collect();
    crate::view::terminal(&text).into_owned()
}
