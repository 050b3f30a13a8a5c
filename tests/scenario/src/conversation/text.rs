//! SIP and MSRP messages as editable text.
//!
//! A message is its start line, its headers in order, and a body that may nest: a multipart, a CPIM wrapper. Lengths
//! (`Content-Length` at every level, MSRP `Byte-Range`) are computed when the message becomes bytes, unless the header
//! is there already: whoever writes it wants it as it is.

use std::borrow::Cow;
use std::io::Write as _;

pub type Name = Cow<'static, str>;

/// Headers in order, names as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<(Name, String)>);

impl Headers {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Adds a header at the end.
    pub fn add(&mut self, name: impl Into<Name>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Replaces the value of the first header of that name, or adds it.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        match self.0.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            Some((_, old)) => *old = value.into(),
            None => self.add(name, value),
        }
    }

    /// Removes every header of that name; false if there was none.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.0.len() < before
    }

    fn write(&self, out: &mut Vec<u8>) {
        for (name, value) in &self.0 {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// A body with the headers that describe it (Content-Type and its kin).
#[derive(Clone, Debug)]
pub struct Entity {
    pub headers: Headers,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    Bytes(Vec<u8>),
    /// RFC 2046 §5.1.
    Multipart {
        boundary: String,
        parts: Vec<Entity>,
    },
    /// RFC 3862: message headers, then an entity of its own.
    Cpim {
        headers: Headers,
        inner: Box<Entity>,
    },
}

impl Entity {
    pub fn new(content_type: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let mut headers = Headers::default();
        headers.add("Content-Type", content_type);
        Self { headers, content: Content::Bytes(bytes.into()) }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.add(name, value);
        self
    }

    pub fn multipart(boundary: String, parts: Vec<Entity>) -> Self {
        let mut headers = Headers::default();
        headers.add("MIME-Version", "1.0");
        headers.add("Content-Type", format!("multipart/mixed;boundary=\"{boundary}\""));
        Self { headers, content: Content::Multipart { boundary, parts } }
    }

    pub fn cpim(headers: Headers, inner: Entity) -> Self {
        let mut outer = Self::new("message/cpim", Vec::new());
        outer.content = Content::Cpim { headers, inner: Box::new(inner) };
        outer
    }

    /// One more header in the envelope of a CPIM message.
    pub fn with_cpim(mut self, name: &'static str, value: &str) -> Self {
        if let Content::Cpim { headers, .. } = &mut self.content {
            headers.add(name, value);
        }
        self
    }

    /// The body's bytes, inner lengths computed.
    pub fn body(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.content.write(&mut out);
        out
    }

    /// Headers, the computed Content-Length, the empty line, the body.
    fn write_whole(&self, out: &mut Vec<u8>) {
        let body = self.body();
        self.headers.write(out);
        write_length(&self.headers, body.len(), "Content-Length", out);
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&body);
    }

    fn replace(&mut self, from: &str, to: &str) -> bool {
        let in_headers = replace_in_headers(&mut self.headers, from, to);
        let in_content = match &mut self.content {
            Content::Bytes(bytes) => replace_in_bytes(bytes, from, to),
            Content::Multipart { parts, .. } => parts.iter_mut().fold(false, |any, part| part.replace(from, to) | any),
            Content::Cpim { headers, inner } => replace_in_headers(headers, from, to) | inner.replace(from, to),
        };
        in_headers | in_content
    }
}

impl Content {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Content::Bytes(bytes) => out.extend_from_slice(bytes),
            Content::Multipart { boundary, parts } => {
                for part in parts {
                    out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
                    part.write_whole(out);
                    out.extend_from_slice(b"\r\n");
                }
                out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
            }
            Content::Cpim { headers, inner } => {
                headers.write(out);
                out.extend_from_slice(b"\r\n");
                inner.write_whole(out);
            }
        }
    }
}

/// A SIP request or response (RFC 3261 §7).
#[derive(Clone, Debug)]
pub struct Sip {
    pub start: String,
    pub headers: Headers,
    pub body: Option<Entity>,
}

impl Sip {
    pub fn to_bytes(&self) -> Vec<u8> {
        let body = self.body.as_ref().map(Entity::body).unwrap_or_default();
        let mut out = Vec::with_capacity(1024 + body.len());
        out.extend_from_slice(self.start.as_bytes());
        out.extend_from_slice(b"\r\n");
        self.headers.write(&mut out);
        if let Some(entity) = &self.body {
            entity.headers.write(&mut out);
        }
        let length_name = if self.headers.get("v").is_some() { "l" } else { "Content-Length" };
        write_length(&self.headers, body.len(), length_name, &mut out);
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&body);
        out
    }

    /// What it is in a label: the method, or the status code and the method it answers.
    pub fn what(&self) -> String {
        let method = self.headers.get("CSeq").and_then(|cseq| cseq.split(' ').nth(1)).unwrap_or("?");
        match self.start.strip_prefix("SIP/2.0 ") {
            Some(status) => format!("{} {method}", status.split(' ').next().unwrap_or("?")),
            None => self.start.split(' ').next().unwrap_or("?").to_owned(),
        }
    }
}

/// One MSRP request or response (RFC 4975), or the chunks of one, sent back to back.
#[derive(Clone, Debug)]
pub struct Msrp {
    /// `SEND`, `REPORT`, `200 OK`, `481 Session-does-not-exist`, …
    pub start: String,
    pub headers: Headers,
    pub body: Option<Entity>,
    /// Never empty. The last chunk takes what is left of the body, so a body may be edited freely.
    pub chunks: Vec<Chunk>,
}

#[derive(Clone, Debug)]
pub struct Chunk {
    pub transaction: String,
    /// Bytes of the body in this chunk; ignored for the last.
    pub bytes: usize,
    /// Writes the end of the Byte-Range as `*` (RFC 4975 §7.1.1: the chunk may be interrupted).
    pub open_range: bool,
    /// Counts, but is not sent: with [`super::Conversation::split`], or to leave a hole.
    pub omit: bool,
    /// The continuation flag; `None` writes `+` for all but the last, which gets `$`.
    pub flag: Option<char>,
}

impl Chunk {
    pub fn whole(transaction: String) -> Self {
        Self { transaction, bytes: 0, open_range: false, omit: false, flag: None }
    }
}

impl Msrp {
    pub fn to_bytes(&self) -> Vec<u8> {
        let body = self.body.as_ref().map(Entity::body);
        let total = body.as_ref().map_or(0, Vec::len);
        let mut out = Vec::with_capacity(total + 400 * self.chunks.len());
        let mut start = 0;
        for (index, chunk) in self.chunks.iter().enumerate() {
            let last = index + 1 == self.chunks.len();
            let end = if last { total } else { (start + chunk.bytes).min(total) };
            if !chunk.omit {
                self.write_chunk(chunk, body.as_deref().map(|body| &body[start..end]), start, total, last, &mut out);
            }
            start = end;
        }
        out
    }

    fn write_chunk(
        &self,
        chunk: &Chunk,
        body: Option<&[u8]>,
        start: usize,
        total: usize,
        last: bool,
        out: &mut Vec<u8>,
    ) {
        let length = body.map_or(0, <[u8]>::len);
        out.extend_from_slice(b"MSRP ");
        out.extend_from_slice(chunk.transaction.as_bytes());
        out.push(b' ');
        out.extend_from_slice(self.start.as_bytes());
        out.extend_from_slice(b"\r\n");
        for (name, value) in &self.headers.0 {
            write(out, format_args!("{name}: {value}\r\n"));
            // The Byte-Range of a SEND follows its Message-ID.
            if name == "Message-ID" && self.start == "SEND" && self.headers.get("Byte-Range").is_none() {
                if chunk.open_range {
                    write(out, format_args!("Byte-Range: {}-*/{total}\r\n", start + 1));
                } else {
                    write(out, format_args!("Byte-Range: {}-{}/{total}\r\n", start + 1, start + length));
                }
            }
        }
        if let (Some(bytes), Some(entity)) = (body, &self.body) {
            entity.headers.write(out);
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(bytes);
            out.extend_from_slice(b"\r\n");
        }
        let flag = chunk.flag.unwrap_or(if last { '$' } else { '+' });
        write(out, format_args!("-------{}{flag}\r\n", chunk.transaction));
    }
}

/// Replaces text in the start line, the headers and every textual part of the body; false if it is nowhere.
pub trait Replace {
    fn replace(&mut self, from: &str, to: &str) -> bool;
}

impl Replace for Sip {
    fn replace(&mut self, from: &str, to: &str) -> bool {
        replace_in_text(&mut self.start, from, to)
            | replace_in_headers(&mut self.headers, from, to)
            | self.body.as_mut().is_some_and(|body| body.replace(from, to))
    }
}

impl Replace for Msrp {
    fn replace(&mut self, from: &str, to: &str) -> bool {
        replace_in_text(&mut self.start, from, to)
            | replace_in_headers(&mut self.headers, from, to)
            | self.body.as_mut().is_some_and(|body| body.replace(from, to))
    }
}

fn write_length(headers: &Headers, length: usize, name: &str, out: &mut Vec<u8>) {
    if headers.get("Content-Length").is_none() && headers.get("l").is_none() {
        write(out, format_args!("{name}: {length}\r\n"));
    }
}

/// Writing to a `Vec` cannot fail.
fn write(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

fn replace_in_text(text: &mut String, from: &str, to: &str) -> bool {
    let found = text.contains(from);
    if found {
        *text = text.replace(from, to);
    }
    found
}

fn replace_in_headers(headers: &mut Headers, from: &str, to: &str) -> bool {
    headers.0.iter_mut().fold(false, |any, (_, value)| replace_in_text(value, from, to) | any)
}

fn replace_in_bytes(bytes: &mut Vec<u8>, from: &str, to: &str) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains(from) => {
            *bytes = text.replace(from, to).into_bytes();
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn lengths_follow_edits_at_every_level_unless_given() {
        let body =
            Entity::multipart("b".into(), vec![Entity::new("text/plain", "one"), Entity::new("text/plain", "two")]);
        let mut sip =
            Sip { start: "INVITE sip:a@example.net SIP/2.0".into(), headers: Headers::default(), body: Some(body) };
        assert!(sip.replace("two", "fourteen"));
        let whole = text(sip.to_bytes());
        assert!(whole.contains("Content-Length: 8\r\n\r\nfourteen\r\n--b--"), "{whole}");
        let body_start = whole.find("\r\n\r\n").expect("empty line") + 4;
        assert!(whole.contains(&format!("Content-Length: {}\r\n\r\n--b", whole.len() - body_start)), "{whole}");

        sip.headers.set("Content-Length", "7");
        assert!(
            text(sip.to_bytes()).starts_with("INVITE sip:a@example.net SIP/2.0\r\nContent-Length: 7\r\nMIME-Version")
        );
    }

    #[test]
    fn chunks_share_the_body_and_number_its_bytes() {
        let mut headers = Headers::default();
        headers.add("Message-ID", "m");
        let chunks = vec![Chunk { bytes: 4, ..Chunk::whole("t1".into()) }, Chunk::whole("t2".into())];
        let msrp = Msrp { start: "SEND".into(), headers, body: Some(Entity::new("text/plain", "abcdef")), chunks };
        assert_eq!(
            text(msrp.to_bytes()),
            "MSRP t1 SEND\r\nMessage-ID: m\r\nByte-Range: 1-4/6\r\nContent-Type: text/plain\r\n\r\nabcd\r\n-------t1+\r\n\
             MSRP t2 SEND\r\nMessage-ID: m\r\nByte-Range: 5-6/6\r\nContent-Type: text/plain\r\n\r\nef\r\n-------t2$\r\n"
        );
    }
}
