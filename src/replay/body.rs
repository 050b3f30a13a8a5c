//! Bodies with present identifiers: SDP with our addresses, multiparts, CPIM and XML; lengths inside follow. A captured body is taken
//! apart once; each copy writes it with what it calls things.

use std::net::SocketAddr;

use super::digits;
use super::identifiers::Identifiers;
use super::originals::{Originals, Text};
use crate::wire::media_type::MediaType;
use crate::wire::msrp::session_id;
use crate::wire::text::line_end;
use crate::wire::{cpim, multipart};

/// What SDP of ours says.
#[derive(Clone, Debug)]
pub struct OwnMedia<'a> {
    /// Where MSRP connections of far ends arrive; of the first relay, when there is one.
    pub address: SocketAddr,
    /// The whole `a=path`.
    pub path: &'a str,
    /// Over TLS: that of our certificate.
    pub fingerprint: Option<&'a str>,
}

/// A captured body, taken apart.
#[derive(Debug)]
pub enum Body {
    /// What users write stays as it is, and so do pictures.
    Kept(Vec<u8>),
    Text(Text),
    Sdp(Sdp),
    /// CPIM and multiparts: bodies, each behind its head, and what follows the last one.
    Enveloped {
        parts: Vec<(Head, Body)>,
        rest: Vec<u8>,
    },
}

/// What stands before a body, with the digits of its last Content-Length line left out; a head without one stays without.
#[derive(Debug)]
pub struct Head {
    before: Text,
    after_length: Option<Text>,
}

/// A session description: as a whole, and by lines for one with media of ours.
#[derive(Debug)]
pub struct Sdp {
    whole: Text,
    lines: Vec<(Line, String)>,
}

#[derive(Debug)]
enum Line {
    Text(Text),
    /// `o=`, with user, id and version.
    Origin(String),
    Connection,
    /// `m=` of a stream that is not refused: what stands before the port, and the formats.
    Media(String, String),
    Path,
}

impl Body {
    pub fn cut(originals: &Originals, content_type: &str, body: &[u8]) -> Body {
        let media_type = MediaType::parse(content_type);
        if media_type.is("application/sdp") {
            return Body::Sdp(Sdp::cut(originals, body));
        }
        if media_type.is("message/cpim") {
            let Ok(message) = cpim::parse(body) else { return Body::Text(originals.cut(body)) };
            let inner_type = message.content_headers.get("Content-Type").unwrap_or_default();
            let head = Head::cut(originals, body.get(..message.body.start).unwrap_or_default());
            let inner = Body::cut(originals, &inner_type, message.body());
            return Body::Enveloped { parts: vec![(head, inner)], rest: vec![] };
        }
        if media_type.is_multipart() {
            let Ok(multipart) = multipart::parse(body, &media_type) else { return Body::Text(originals.cut(body)) };
            let mut parts = vec![];
            let mut done = 0;
            for part in multipart.leaves().filter(|part| part.body.start <= part.body.end) {
                let inner_type = part.headers.get("Content-Type").unwrap_or_default();
                let head = Head::cut(originals, body.get(done..part.body.start).unwrap_or_default());
                parts.push((head, Body::cut(originals, &inner_type, part.body())));
                done = part.body.end.max(done);
            }
            return Body::Enveloped { parts, rest: body.get(done..).unwrap_or_default().to_vec() };
        }
        let is_text =
            content_type.is_empty() || media_type.essence().ends_with("xml") || media_type.is("message/sipfrag");
        match is_text && std::str::from_utf8(body).is_ok() {
            true => Body::Text(originals.cut(body)),
            false => Body::Kept(body.to_vec()),
        }
    }

    /// Writes the body with everything that is known put in. `media`: for the MSRP stream of an SDP in it.
    pub fn write(&self, ids: &Identifiers, leg: usize, media: Option<&OwnMedia<'_>>, out: &mut Vec<u8>) {
        match self {
            Body::Kept(bytes) => out.extend_from_slice(bytes),
            Body::Text(text) => ids.write(leg, text, out),
            Body::Sdp(sdp) => sdp.write(ids, leg, media, out),
            Body::Enveloped { parts, rest } => {
                let mut inner = vec![];
                for (head, body) in parts {
                    inner.clear();
                    body.write(ids, leg, media, &mut inner);
                    ids.write(leg, &head.before, out);
                    if let Some(after) = &head.after_length {
                        digits::number(out, inner.len());
                        ids.write(leg, after, out);
                    }
                    out.extend_from_slice(&inner);
                }
                out.extend_from_slice(rest);
            }
        }
    }
}

impl Head {
    fn cut(originals: &Originals, head: &[u8]) -> Head {
        const NAME: &[u8] = b"content-length:";
        let mut found = None;
        let mut at = 0;
        while at < head.len() {
            if head.get(at..at + NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)) {
                found = Some(at + NAME.len());
            }
            at = line_end(head, at).max(at + 1);
        }
        let Some(start) = found else { return Head { before: originals.cut(head), after_length: None } };
        let digits = start + head[start..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let end = digits + head[digits..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        Head { before: originals.cut(&head[..digits]), after_length: Some(originals.cut(&head[end..])) }
    }
}

impl Sdp {
    fn cut(originals: &Originals, body: &[u8]) -> Sdp {
        let mut lines = vec![];
        let (mut at, mut in_msrp) = (0, false);
        while at < body.len() {
            let end = line_end(body, at).max(at + 1);
            let line = &body[at..end];
            at = end;
            let text = String::from_utf8_lossy(line);
            let content = text.trim_end_matches(['\r', '\n']);
            let ending = text[content.len()..].to_owned();
            let words: Vec<&str> = content.split(' ').collect();
            let line = match content.get(..2) {
                Some("o=") if words.len() >= 6 => Line::Origin(words[..3].join(" ")),
                Some("c=") => Line::Connection,
                Some("m=") => {
                    in_msrp = words.get(2).is_some_and(|proto| proto.to_ascii_uppercase().ends_with("MSRP"));
                    match in_msrp && words.len() >= 4 && words[1] != "0" {
                        true => Line::Media(words[0].to_owned(), words[3..].join(" ")),
                        // The stream stays refused.
                        false => Line::Text(Text::plain(content)),
                    }
                }
                Some("a=") if in_msrp && content.starts_with("a=path:") => Line::Path,
                // Ours stands behind the path.
                Some("a=") if in_msrp && content.starts_with("a=fingerprint:") => continue,
                _ => Line::Text(originals.cut(content.as_bytes())),
            };
            lines.push((line, ending));
        }
        Sdp { whole: originals.cut(body), lines }
    }

    fn write(&self, ids: &Identifiers, leg: usize, media: Option<&OwnMedia<'_>>, out: &mut Vec<u8>) {
        let Some(media) = media else { return ids.write(leg, &self.whole, out) };
        let mut buffer = itoa::Buffer::new();
        let (ip, port) = (digits::ip_text(media.address.ip()), buffer.format(media.address.port()));
        let proto = if media.fingerprint.is_some() { " TCP/TLS/MSRP " } else { " TCP/MSRP " };
        let version = if media.address.is_ipv6() { "IP6" } else { "IP4" };
        for (line, ending) in &self.lines {
            let mut put = |parts: &[&str]| parts.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
            match line {
                Line::Text(text) => ids.write(leg, text, out),
                Line::Origin(before) => put(&[before, " IN ", version, " ", &ip]),
                Line::Connection => put(&["c=IN ", version, " ", &ip]),
                Line::Media(kind, formats) => put(&[kind, " ", port, proto, formats]),
                Line::Path => put(&["a=path:", media.path]),
            }
            out.extend_from_slice(ending.as_bytes());
            if let (Line::Path, Some(fingerprint)) = (line, media.fingerprint) {
                let line = ["a=fingerprint:", fingerprint, ending].concat();
                out.extend_from_slice(line.as_bytes());
            }
        }
    }
}

/// The imdn.Message-ID of an MSRP message that carries CPIM.
pub fn imdn_message_id(message: &crate::wire::msrp::Message<'_>) -> Option<String> {
    let content_type = message.header("Content-Type")?;
    if !MediaType::parse(content_type.as_ref()).is("message/cpim") {
        return None;
    }
    cpim::parse(message.body()).ok()?.message_id().map(|id| id.into_owned())
}

/// The session-id of the far end of a path.
pub fn path_session_id(path: &str) -> Option<&str> {
    session_id(path.split_ascii_whitespace().next_back()?)
}

#[cfg(test)]
mod tests {
    use super::super::fresh::Fresh;
    use super::super::identifiers::Scope;
    use super::*;

    fn rewritten(known: [&str; 2], content_type: &str, body: &str, media: Option<&OwnMedia<'_>>) -> String {
        let originals = Originals::new([known[0].to_owned()], vec![]);
        let taken_apart = Body::cut(&originals, content_type, body.as_bytes());
        let mut ids = Identifiers::new(originals.into(), 1, vec![], Fresh::default());
        ids.learn(Scope::Everywhere, known[0], known[1]);
        let mut out = vec![];
        taken_apart.write(&ids, 0, media, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn own_media<'a>(path: &'a str, fingerprint: Option<&'a str>) -> OwnMedia<'a> {
        OwnMedia { address: "127.0.0.1:2855".parse().unwrap(), path, fingerprint }
    }

    #[test]
    fn over_tls_it_says_whose_certificate_is_ours() {
        let sdp = "v=0\r\nm=message 9 TCP/MSRP *\r\na=path:msrp://10.0.0.1:9/x;tcp\r\na=fingerprint:SHA-1 00\r\na=setup:active\r\n";
        let media = own_media("msrps://127.0.0.1:2855/n1;tcp", Some("SHA-256 AB:CD"));
        let lines = "m=message 2855 TCP/TLS/MSRP *\r\na=path:msrps://127.0.0.1:2855/n1;tcp\r\na=fingerprint:SHA-256 AB:CD\r\na=setup:active\r\n";
        assert!(rewritten(["", ""], "application/sdp", sdp, Some(&media)).ends_with(lines));
    }

    #[test]
    fn lengths_follow_at_every_level() {
        let media = own_media("msrp://127.0.0.1:2855/n1;tcp", None);
        let sdp = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\nc=IN IP4 10.0.0.1\r\nm=message 9 TCP/TLS/MSRP *\r\na=path:msrps://10.0.0.1:9/x;tcp\r\n";
        let body = format!(
            "--b\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}\r\n--b\r\nContent-Type: text/xml\r\n\
             Content-Length: 16\r\n\r\n<a>conf-77</a>\r\n\r\n--b--\r\n",
            sdp.len()
        );
        let text = rewritten(["conf-77", "conference-1"], "multipart/mixed;boundary=b", &body, Some(&media));
        assert!(text.contains("c=IN IP4 127.0.0.1\r\n"), "{text}");
        assert!(text.contains("m=message 2855 TCP/MSRP *\r\na=path:msrp://127.0.0.1:2855/n1;tcp\r\n"), "{text}");
        assert!(text.contains("Content-Length: 21\r\n\r\n<a>conference-1</a>\r\n\r\n--b--"), "{text}");
        let media_type = MediaType::parse("multipart/mixed;boundary=b");
        assert!(multipart::parse(text.as_bytes(), &media_type).unwrap().defects.is_empty());
    }

    #[test]
    fn what_a_user_writes_stays() {
        let cpim = "From: <sip:a@x>\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: msg-0001\r\n\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nmsg-0001";
        let new = rewritten(["msg-0001", "msg-9"], "message/cpim", cpim, None);
        assert!(
            new.contains("imdn.Message-ID: msg-9\r\n") && new.ends_with("Content-Length: 8\r\n\r\nmsg-0001"),
            "{new}"
        );
    }
}
