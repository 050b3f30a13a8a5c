//! A message taken apart for people: start line, header fields, and what its body is made of, each with the bytes it stands in.
//!
//! In comes the raw message; out come nodes in the order of their bytes, nested by depth. Names and values are as on the wire: they
//! are to be escaped where they are shown.

use std::borrow::Cow;
use std::ops::Range;

use crate::wire::media_type::MediaType;
use crate::wire::text::HeaderSpan;
use crate::wire::{cpim, msrp, multipart, sip, xml};

/// More nodes than this nobody reads; a conference-info document of thousands of users has more.
const MAX_NODES: usize = 20_000;

/// Bodies inside of bodies that are taken apart; deeper ones are only named.
const MAX_DEPTH: usize = 40;

/// One thing in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// 0 for what stands directly in the message.
    pub depth: usize,
    pub name: String,
    /// Empty for what only holds others.
    pub value: String,
    /// Counted from the first byte of the message.
    pub range: Range<usize>,
    /// Does it hold others, such as a body, rather than being a field?
    pub is_group: bool,
    /// Is it a header field of the message itself, not of its body?
    pub is_header: bool,
}

/// Takes the bytes of one message apart; empty for what is neither SIP nor MSRP.
pub fn outline(raw: &[u8]) -> Vec<Node> {
    let mut outline = Outline { raw, nodes: Vec::new(), left_out: 0 };
    if let Some(message) = sip::Message::parse(raw) {
        outline.sip(&message);
    } else if let Some(message) = msrp::Message::parse(raw) {
        outline.msrp(&message);
    }
    if outline.left_out > 0 {
        let name = format!("… {} more, not shown", outline.left_out);
        let end = raw.len();
        outline.nodes.push(Node {
            depth: 0,
            name,
            value: String::new(),
            range: end..end,
            is_group: false,
            is_header: false,
        });
    }
    outline.nodes
}

struct Outline<'a> {
    raw: &'a [u8],
    nodes: Vec<Node>,
    left_out: usize,
}

impl Outline<'_> {
    fn push(&mut self, depth: usize, name: impl Into<String>, value: impl Into<String>, range: Range<usize>) -> bool {
        if self.nodes.len() >= MAX_NODES {
            self.left_out += 1;
            return false;
        }
        let (name, value) = (name.into(), value.into());
        self.nodes.push(Node { depth, name, value, range, is_group: false, is_header: false });
        true
    }

    fn group(&mut self, depth: usize, name: impl Into<String>, value: impl Into<String>, range: Range<usize>) {
        if self.push(depth, name, value, range)
            && let Some(last) = self.nodes.last_mut()
        {
            last.is_group = true;
        }
    }

    fn text(&self, range: Range<usize>) -> Cow<'_, str> {
        String::from_utf8_lossy(self.raw.get(range).unwrap_or_default())
    }

    fn field(&mut self, depth: usize, name: &str, range: Range<usize>) {
        let value = self.text(range.clone()).into_owned();
        self.push(depth, name, value, range);
    }

    fn sip(&mut self, message: &sip::Message<'_>) {
        let line = first_line(self.raw);
        match message.start_line().clone() {
            sip::StartLine::Request { method, uri, version } => {
                self.group(0, "Request-Line", self.text(line.clone()).into_owned(), line);
                self.field(1, "Method", method);
                self.field(1, "Request-URI", uri);
                self.field(1, "SIP-Version", version);
            }
            sip::StartLine::Status { code, reason, version, .. } => {
                self.group(0, "Status-Line", self.text(line.clone()).into_owned(), line);
                self.field(1, "SIP-Version", version);
                self.field(1, "Status-Code", code);
                self.field(1, "Reason-Phrase", reason);
            }
        }
        for header in message.headers() {
            self.header(0, header.span, true);
        }
        let content_type = message.header(sip::Name::ContentType).unwrap_or_default();
        self.whole_body(&content_type, message.body_range());
        let trailing = message.body_range().end..self.raw.len();
        if !trailing.is_empty() {
            self.push(0, "Behind the body", format!("{} bytes", trailing.len()), trailing);
        }
    }

    fn msrp(&mut self, message: &msrp::Message<'_>) {
        let line = first_line(self.raw);
        match message.start_line().clone() {
            msrp::StartLine::Request { transaction_id, method } => {
                self.group(0, "Request start", self.text(line.clone()).into_owned(), line);
                self.field(1, "Transaction-ID", transaction_id);
                self.field(1, "Method", method);
            }
            msrp::StartLine::Response { transaction_id, status, comment } => {
                self.group(0, "Response start", self.text(line.clone()).into_owned(), line.clone());
                self.field(1, "Transaction-ID", transaction_id.clone());
                let code = transaction_id.end + 1;
                self.push(1, "Status-Code", status.to_string(), code..(code + 3).min(line.end));
                self.field(1, "Comment", comment);
            }
        }
        for &header in message.header_spans() {
            self.header(0, header, true);
        }
        let content_type = message.header("Content-Type").unwrap_or_default();
        let body = message.body_range();
        let is_later_chunk = message.byte_range().is_some_and(|range| range.start > 1);
        if is_later_chunk && !body.is_empty() {
            self.push(0, "Body", format!("{} bytes of a later chunk", body.len()), body.clone());
        } else {
            self.whole_body(&content_type, body.clone());
        }
        // The end-line: seven dashes, the transaction identifier, the flag.
        let rest = body.end..self.raw.len();
        if let Some(at) = self.raw.get(rest.clone()).and_then(|rest| memchr::memmem::find(rest, b"-------")) {
            let start = rest.start + at;
            let end = start + first_line(&self.raw[start..]).end;
            self.field(0, "End-line", start..end);
        }
    }

    fn whole_body(&mut self, content_type: &str, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let essence = MediaType::parse(content_type).essence().to_owned();
        let about = format!("{essence}, {} bytes", range.len());
        self.group(0, "Body", about, range.clone());
        self.body(1, content_type, range);
    }

    fn header(&mut self, depth: usize, span: HeaderSpan, is_header: bool) {
        let value = unfolded(&self.text(span.value.range()));
        let name = self.text(span.name.range()).into_owned();
        let parameters = parameters(self.raw, span.value.range());
        let pushed = self.push(depth, name, value, span.line.range());
        if pushed && let Some(last) = self.nodes.last_mut() {
            last.is_header = is_header;
            last.is_group = parameters.len() > 1;
        }
        if parameters.len() > 1 {
            for range in parameters {
                let text = self.text(range.clone()).into_owned();
                match text.split_once('=') {
                    Some((name, value)) if !name.contains(['<', '"', ':', ' ']) => {
                        self.push(depth + 1, name.trim(), value.trim(), range)
                    }
                    _ => self.push(depth + 1, "value", text.trim(), range),
                };
            }
        }
    }

    /// What is inside of a body of this content type.
    fn body(&mut self, depth: usize, content_type: &str, range: Range<usize>) {
        let whole = self.raw;
        let Some(raw) = whole.get(range.clone()).filter(|raw| !raw.is_empty()) else { return };
        let media_type = MediaType::parse(content_type);
        let essence = media_type.essence().to_ascii_lowercase();
        if depth > MAX_DEPTH {
            self.push(depth, essence, format!("{} bytes", raw.len()), range);
        } else if media_type.is_multipart() {
            match multipart::parse(raw, &media_type) {
                Ok(parsed) => self.parts(depth, &parsed, range.start),
                Err(_) => self.plain(depth, range),
            }
        } else if essence == "message/cpim" {
            self.cpim(depth, raw, range);
        } else if essence.ends_with("xml") {
            self.xml(depth, raw, range);
        } else if essence == "application/sdp" {
            self.lines(depth, range, sdp_name, '=');
        } else if essence == "message/sipfrag" || essence == "application/im-iscomposing" {
            self.lines(depth, range, |name| name.to_owned(), ':');
        } else {
            self.plain(depth, range);
        }
    }

    fn parts(&mut self, depth: usize, parsed: &multipart::Multipart<'_>, base: usize) {
        let moved = |range: &Range<usize>| range.start + base..range.end + base;
        for (number, part) in parsed.parts.iter().enumerate() {
            let content_type = part.headers.get("Content-Type").unwrap_or_default().into_owned();
            let about = MediaType::parse(content_type.as_str()).essence().to_owned();
            self.group(depth, format!("Part {}", number + 1), about, moved(&part.range));
            for span in part.headers.spans() {
                self.header(depth + 1, shifted(*span, base), false);
            }
            self.body(depth + 1, &content_type, moved(&part.body));
        }
    }

    fn cpim(&mut self, depth: usize, raw: &[u8], range: Range<usize>) {
        let Ok(message) = cpim::parse_first_chunk(raw) else { return self.plain(depth, range) };
        let base = range.start;
        self.group(depth, "CPIM headers", String::new(), base..base + message.body.start.min(raw.len()));
        let spans = message.wrapper.iter().flat_map(|headers| headers.spans()).copied();
        let spans = spans.chain(message.headers.iter().map(|header| header.span));
        for span in spans.chain(message.content_headers.spans().iter().copied()) {
            self.header(depth + 1, shifted(span, base), false);
        }
        let content_type = message.content_headers.get("Content-Type").unwrap_or_default().into_owned();
        let body = message.body.start + base..message.body.end + base;
        if !body.is_empty() {
            let about = MediaType::parse(content_type.as_str()).essence().to_owned();
            self.group(depth, "Content", about, body.clone());
            self.body(depth + 1, &content_type, body);
        }
    }

    fn xml(&mut self, depth: usize, raw: &[u8], range: Range<usize>) {
        match xml::parse(raw) {
            Ok(document) => {
                // A tree as deep as its document: walked with a list, not by recursion.
                let mut open = vec![(depth, &document.root)];
                while let Some((depth, element)) = open.pop() {
                    let moved = |at: &Range<usize>| at.start + range.start..at.end + range.start;
                    self.group(depth, format!("<{}>", element.name), element.text.trim(), moved(&element.range));
                    for attribute in &element.attributes {
                        self.push(
                            depth + 1,
                            format!("@{}", attribute.name),
                            &*attribute.value,
                            moved(&attribute.range),
                        );
                    }
                    open.extend(element.children.iter().rev().map(|child| (depth + 1, child)));
                }
            }
            Err(error) => {
                self.push(depth, "Not XML", error.to_string(), range.clone());
                self.plain(depth, range);
            }
        }
    }

    fn lines(&mut self, depth: usize, range: Range<usize>, name: impl Fn(&str) -> String, separator: char) {
        let mut start = range.start;
        while start < range.end {
            let line = first_line(&self.raw[start..range.end]);
            let place = start..start + line.end;
            if !place.is_empty() {
                let text = self.text(place.clone()).into_owned();
                match text.split_once(separator) {
                    Some((left, right)) => self.push(depth, name(left), right.trim(), place),
                    None => self.push(depth, "line", text, place),
                };
            }
            let rest = &self.raw[start + line.end..range.end];
            let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            start += line.end + ends.max(1);
        }
    }

    fn plain(&mut self, depth: usize, range: Range<usize>) {
        match std::str::from_utf8(&self.raw[range.clone()]) {
            Ok(text) => self.push(depth, "Text", text, range.clone()),
            Err(_) => self.push(depth, "Data", format!("{} bytes", range.len()), range.clone()),
        };
    }
}

/// Up to the first line end.
fn first_line(raw: &[u8]) -> Range<usize> {
    0..memchr::memchr2(b'\r', b'\n', raw).unwrap_or(raw.len())
}

fn unfolded(text: &str) -> String {
    if !text.contains(['\r', '\n']) {
        return text.to_owned();
    }
    text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn shifted(mut span: HeaderSpan, by: usize) -> HeaderSpan {
    for part in [&mut span.name, &mut span.value, &mut span.line] {
        part.start = part.start.saturating_add(by as u32);
    }
    span
}

/// The pieces of a header value between semicolons that stand outside of quotes and angle brackets.
fn parameters(raw: &[u8], value: Range<usize>) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let (mut start, mut quoted, mut bracketed) = (value.start, false, false);
    for at in value.clone() {
        match raw.get(at) {
            Some(b'"') => quoted = !quoted,
            Some(b'<') if !quoted => bracketed = true,
            Some(b'>') if !quoted => bracketed = false,
            Some(b';') if !quoted && !bracketed => {
                pieces.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(start..value.end);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// RFC 4566 §5 calls the lines so.
fn sdp_name(letter: &str) -> String {
    let name = match letter {
        "v" => "version",
        "o" => "origin",
        "s" => "session name",
        "i" => "title",
        "c" => "connection",
        "b" => "bandwidth",
        "t" => "time",
        "m" => "media",
        "a" => "attribute",
        _ => return letter.to_owned(),
    };
    format!("{letter} ({name})")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(raw: &[u8]) -> Vec<String> {
        let line = |node: &Node| format!("{}{}={}", " ".repeat(node.depth), node.name, node.value);
        outline(raw).iter().map(line).collect()
    }

    #[test]
    fn a_request_with_its_parameters_and_sdp() {
        let raw = b"INVITE sip:a@b SIP/2.0\r\nTo: <sip:c;x=y>;tag=1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\na=path:msrp://x\r\n";
        assert_eq!(
            lines(raw),
            [
                "Request-Line=INVITE sip:a@b SIP/2.0",
                " Method=INVITE",
                " Request-URI=sip:a@b",
                " SIP-Version=SIP/2.0",
                "To=<sip:c;x=y>;tag=1",
                " value=<sip:c;x=y>",
                " tag=1",
                "Content-Type=application/sdp",
                "Body=application/sdp, 22 bytes",
                " v (version)=0",
                " a (attribute)=path:msrp://x",
            ]
        );
    }

    #[test]
    fn the_bytes_of_an_element_inside_of_cpim() {
        let raw = b"MSRP d93k SEND\r\nContent-Type: message/cpim\r\n\r\nFrom: <sip:a>\r\n\r\nContent-Type: message/imdn+xml\r\n\r\n<imdn><message-id>7</message-id></imdn>\r\n-------d93k$\r\n";
        let nodes = outline(raw);
        let id = nodes.iter().find(|node| node.name == "<message-id>").expect("the element is there");
        assert_eq!(&raw[id.range.clone()], b"<message-id>7</message-id>");
        assert_eq!(id.value, "7");
        let from = nodes.iter().find(|node| node.name == "From").expect("the header is there");
        assert_eq!(&raw[from.range.clone()], b"From: <sip:a>");
        assert_eq!(nodes.last().map(|node| node.value.as_str()), Some("-------d93k$"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_apart_inside_of_their_bounds(start in prop::sample::select(vec![
            "INVITE sip:a SIP/2.0\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n--b\r\n",
            "MSRP d93k SEND\r\nContent-Type: message/cpim\r\n\r\n",
            "SIP/2.0 200 OK\r\nc: application/sdp\r\n",
            "INVITE sip:a SIP/2.0\r\nContent-Type: application/x+xml\r\n\r\n<a>",
        ]), rest in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut raw = start.as_bytes().to_vec();
            raw.extend(rest);
            for node in outline(&raw) {
                prop_assert!(node.range.start <= node.range.end && node.range.end <= raw.len(), "{node:?}");
            }
        }
    }
}
