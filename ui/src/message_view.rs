//! The selected message, opened once: its bytes, what it is made of, and its lines.

use std::ops::Range;

use rcshark::Analysis;
use rcshark::view::{Node, label, outline};
use rcshark::wire::MessageId;

use crate::text::{clock, count, grouped, shown};

/// Bytes of one message that are shown; chunks of several megabytes occur.
pub const MAX_SHOWN_BYTES: usize = 4 * 1024 * 1024;

/// Bytes in a line before it is known how many there is room for.
const USUAL_LINE_BYTES: usize = 512;

/// Bytes in a line of the hex view.
pub const HEX_BYTES: usize = 16;

pub struct MessageView {
    pub id: MessageId,
    /// What it is, where it came from and went to, and when.
    pub title: String,
    pub about: String,
    pub raw: Vec<u8>,
    /// Bytes that are not shown.
    pub left_out: usize,
    pub nodes: Vec<Node>,
    pub lines: Vec<Line>,
    /// Bytes in a line at most: longer ones go on in the next.
    pub line_bytes: usize,
}

/// A line of the text, or a piece of a long one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Without line ends.
    pub range: Range<usize>,
    /// Where the line begins of which it is a piece.
    pub begins: usize,
}

impl MessageView {
    /// `None` for a message that `analysis` does not have.
    pub fn new(analysis: &Analysis, id: MessageId) -> Option<MessageView> {
        if id.0 as usize >= analysis.messages.list.len() {
            return None;
        }
        let message = &analysis.messages[id];
        let len = message.len_bytes as usize;
        let raw = analysis.messages.bytes(message, 0..len.min(MAX_SHOWN_BYTES)).into_owned();
        let (source, destination) = analysis.messages.flow(message).ends(message.from_client);
        let frames: Vec<String> = analysis
            .messages
            .frames(message)
            .iter()
            .take(8)
            .map(|&frame| analysis.capture.table.place(frame).number.to_string())
            .collect();
        let cut = if message.incomplete { ", its end was not captured" } else { "" };
        let about = format!(
            "frame {} · {} UTC · {source} → {destination} · {}{cut}",
            frames.join(", "),
            clock(message.time),
            count(u64::from(message.len_bytes), "byte"),
        );
        Some(MessageView {
            id,
            title: shown(&label(analysis, message)),
            about,
            left_out: len - raw.len(),
            nodes: outline(&raw),
            lines: lines(&raw, USUAL_LINE_BYTES),
            line_bytes: USUAL_LINE_BYTES,
            raw,
        })
    }

    /// The smallest thing that holds this byte.
    pub fn node_at(&self, byte: usize) -> Option<usize> {
        let holds = |node: &&Node| node.range.contains(&byte);
        let smallest = self.nodes.iter().filter(holds).min_by_key(|node| node.range.len())?;
        self.nodes.iter().rposition(|node| std::ptr::eq(node, smallest))
    }

    /// The node of exactly these bytes, the innermost one.
    pub fn node_of(&self, range: &Range<usize>) -> Option<usize> {
        let exact = self.nodes.iter().rposition(|node| node.range == *range);
        exact.or_else(|| {
            let holds = |node: &&Node| node.range.start <= range.start && range.end <= node.range.end;
            let smallest = self.nodes.iter().filter(holds).min_by_key(|node| node.range.len())?;
            self.nodes.iter().rposition(|node| std::ptr::eq(node, smallest))
        })
    }

    /// The line in which this byte stands.
    pub fn line_of(&self, byte: usize) -> usize {
        self.lines.partition_point(|line| line.range.start <= byte).saturating_sub(1)
    }

    /// Breaks lines anew that are longer than `line_bytes`.
    pub fn wrap(&mut self, line_bytes: usize) {
        if self.line_bytes != line_bytes {
            self.line_bytes = line_bytes;
            self.lines = lines(&self.raw, line_bytes);
        }
    }

    /// The message as text for the clipboard: line ends stay, all else that could do harm is escaped.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.raw.len());
        for line in self.raw.split_inclusive(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line);
            text.push_str(&rcshark::view::terminal(line.trim_end_matches(['\r', '\n'])));
            text.push('\n');
        }
        if self.left_out > 0 {
            text.push_str(&format!("[{} bytes more]\n", grouped(self.left_out as u64)));
        }
        text
    }
}

fn lines(raw: &[u8], line_bytes: usize) -> Vec<Line> {
    let line_bytes = line_bytes.max(1);
    let mut lines = Vec::new();
    let mut start = 0;
    while start < raw.len() {
        let end = raw[start..].iter().position(|&byte| byte == b'\n').map_or(raw.len(), |at| start + at);
        let text_end = if end > start && raw.get(end - 1) == Some(&b'\r') { end - 1 } else { end };
        let mut from = start;
        while text_end - from > line_bytes {
            // Not inside of a character.
            let is_inside = |at: &usize| raw.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
            let cut = (from + line_bytes).saturating_sub(3).max(from + 1)..=from + line_bytes;
            let to = cut.rev().find(|at| !is_inside(at)).unwrap_or(from + line_bytes);
            lines.push(Line { range: from..to, begins: start });
            from = to;
        }
        lines.push(Line { range: from..text_end, begins: start });
        start = end + 1;
    }
    lines
}

/// A piece of a message as characters that can be shown, each with the byte it begins at; what does not print is a dot.
pub fn printable(raw: &[u8], range: Range<usize>) -> (String, Vec<usize>) {
    let bytes = raw.get(range.clone()).unwrap_or_default();
    let mut text = String::with_capacity(bytes.len());
    let mut places = Vec::with_capacity(bytes.len());
    let mut at = range.start;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            places.push(at);
            at += character.len_utf8();
            // Also what would turn the direction of writing.
            let is_plain = character == ' '
                || matches!(rcshark::view::terminal(character.encode_utf8(&mut [0; 4])), std::borrow::Cow::Borrowed(_));
            text.push(match character {
                '\t' => '→',
                other if is_plain => other,
                _ => '·',
            });
        }
        for _ in chunk.invalid() {
            places.push(at);
            text.push('·');
            at += 1;
        }
    }
    (text, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_their_ends_and_long_ones_go_on() {
        let ranges = |raw: &[u8]| lines(raw, 4).into_iter().map(|line| line.range).collect::<Vec<_>>();
        assert_eq!(ranges(b"a\r\nbc\n\r\nd"), [0..1, 3..5, 6..6, 8..9]);
        assert_eq!(lines(b"a\nbcdefg", 4)[2], Line { range: 6..8, begins: 2 });
        // Characters stay whole; what is none is cut anywhere.
        assert_eq!(ranges("aaa\u{e4}b".as_bytes()), [0..3, 3..6]);
        assert_eq!(ranges(&[0x80; 6]), [0..4, 4..6]);
        assert!(lines(b"", 4).is_empty());
    }

    #[test]
    fn every_character_knows_its_byte_and_none_does_harm() {
        let raw = b"a\xff\tZo\xc3\xab\x1b\xe2\x80\xae.";
        let (text, places) = printable(raw, 0..raw.len());
        assert_eq!(text, "a·→Zoë··.");
        assert_eq!(places, [0, 1, 2, 3, 4, 5, 7, 8, 11]);
        assert_eq!(printable(raw, 5..99), (String::new(), Vec::new()));
    }
}
