//! The selected message, opened once: its bytes, what it is made of, and its lines.

use std::ops::Range;

use rcshark::Analysis;
use rcshark::view::{Node, label, outline};
use rcshark::wire::MessageId;

use crate::text::{clock, count, grouped, shown};

/// Bytes of one message that are shown; chunks of several megabytes occur.
pub const MAX_SHOWN_BYTES: usize = 4 * 1024 * 1024;

/// Longest line of the text; longer ones go on in the next.
const MAX_LINE_BYTES: usize = 512;

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
    /// Places of the lines of the text, without line ends.
    pub lines: Vec<Range<usize>>,
    /// The widest line, in bytes.
    pub widest: usize,
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
        let lines = lines(&raw);
        Some(MessageView {
            id,
            title: shown(&label(analysis, message)),
            about,
            left_out: len - raw.len(),
            nodes: outline(&raw),
            widest: lines.iter().map(Range::len).max().unwrap_or_default(),
            lines,
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
        self.lines.partition_point(|line| line.start <= byte).saturating_sub(1)
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

fn lines(raw: &[u8]) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    while start < raw.len() {
        let end = raw[start..].iter().position(|&byte| byte == b'\n').map_or(raw.len(), |at| start + at);
        let text_end = if end > start && raw.get(end - 1) == Some(&b'\r') { end - 1 } else { end };
        let mut from = start;
        while text_end - from > MAX_LINE_BYTES {
            lines.push(from..from + MAX_LINE_BYTES);
            from += MAX_LINE_BYTES;
        }
        lines.push(from..text_end);
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
        assert_eq!(lines(b"a\r\nbc\n\r\nd"), [0..1, 3..5, 6..6, 8..9]);
        let long = vec![b'x'; MAX_LINE_BYTES + 3];
        assert_eq!(lines(&long), [0..MAX_LINE_BYTES, MAX_LINE_BYTES..MAX_LINE_BYTES + 3]);
        assert!(lines(b"").is_empty());
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
