//! Bodies with present identifiers: SDP with our addresses, multiparts, CPIM and XML; lengths inside follow.

use std::net::SocketAddr;

use super::identifiers::{Identifiers, Scope};
use crate::wire::media_type::MediaType;
use crate::wire::msrp::session_id;
use crate::wire::text::line_end;
use crate::wire::{cpim, multipart};

/// What SDP of ours says.
#[derive(Clone, Debug)]
pub struct OwnMedia {
    /// Where MSRP connections of far ends arrive; of the first relay, when there is one.
    pub address: SocketAddr,
    /// The whole `a=path`.
    pub path: String,
}

/// The body with everything that is known put in. `media`: for the MSRP stream of an SDP in it.
pub fn rewrite(ids: &Identifiers, leg: usize, content_type: &str, body: &[u8], media: Option<&OwnMedia>) -> Vec<u8> {
    let media_type = MediaType::parse(content_type);
    if media_type.is("application/sdp") {
        return sdp(ids, leg, body, media);
    }
    if media_type.is("message/cpim") {
        return cpim(ids, leg, body);
    }
    if media_type.is_multipart() {
        return parts(ids, leg, &media_type, body, media);
    }
    // What users write stays as it is, and so do pictures.
    let is_text = content_type.is_empty() || media_type.essence().ends_with("xml") || media_type.is("message/sipfrag");
    if is_text && std::str::from_utf8(body).is_ok() { ids.rewrite(leg, body) } else { body.to_vec() }
}

fn parts(ids: &Identifiers, leg: usize, media_type: &MediaType<'_>, body: &[u8], media: Option<&OwnMedia>) -> Vec<u8> {
    let Ok(multipart) = multipart::parse(body, media_type) else { return ids.rewrite(leg, body) };
    let mut out = Vec::with_capacity(body.len() + 64);
    let mut done = 0;
    for part in multipart.leaves().filter(|part| part.body.start <= part.body.end) {
        let content_type = part.headers.get("Content-Type").unwrap_or_default();
        let new = rewrite(ids, leg, &content_type, part.body(), media);
        let head = body.get(done..part.body.start).unwrap_or_default();
        out.extend_from_slice(&with_length(&ids.rewrite(leg, head), new.len()));
        out.extend_from_slice(&new);
        done = part.body.end.max(done);
    }
    out.extend_from_slice(body.get(done..).unwrap_or_default());
    out
}

fn cpim(ids: &Identifiers, leg: usize, body: &[u8]) -> Vec<u8> {
    let Ok(message) = cpim::parse(body) else { return ids.rewrite(leg, body) };
    let content_type = message.content_headers.get("Content-Type").unwrap_or_default();
    let inner = rewrite(ids, leg, &content_type, message.body(), None);
    let head = ids.rewrite(leg, body.get(..message.body.start).unwrap_or_default());
    let mut out = with_length(&head, inner.len());
    out.extend_from_slice(&inner);
    out
}

/// The head with the number of its last Content-Length line made right; a head without one stays without.
fn with_length(head: &[u8], len: usize) -> Vec<u8> {
    const NAME: &[u8] = b"content-length:";
    let mut found = None;
    let mut at = 0;
    while at < head.len() {
        if head.get(at..at + NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)) {
            found = Some(at + NAME.len());
        }
        at = line_end(head, at).max(at + 1);
    }
    let Some(start) = found else { return head.to_vec() };
    let digits = start + head[start..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let end = digits + head[digits..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    [&head[..digits], len.to_string().as_bytes(), &head[end..]].concat()
}

/// SDP with our address and path in the MSRP stream. The stream stays refused where its port is 0.
fn sdp(ids: &Identifiers, leg: usize, body: &[u8], media: Option<&OwnMedia>) -> Vec<u8> {
    let Some(media) = media else { return ids.rewrite(leg, body) };
    let mut out = Vec::with_capacity(body.len() + 32);
    let (mut at, mut in_msrp) = (0, false);
    while at < body.len() {
        let end = line_end(body, at).max(at + 1);
        let line = &body[at..end];
        at = end;
        let text = String::from_utf8_lossy(line);
        let content = text.trim_end_matches(['\r', '\n']);
        let ending = &text[content.len()..];
        let words: Vec<&str> = content.split(' ').collect();
        let ip = media.address.ip();
        let version = if ip.is_ipv6() { "IP6" } else { "IP4" };
        let new = match content.get(..2) {
            Some("o=") if words.len() >= 6 => format!("{} IN {version} {ip}", words[..3].join(" ")),
            Some("c=") => format!("c=IN {version} {ip}"),
            Some("m=") => {
                in_msrp = words.get(2).is_some_and(|proto| proto.to_ascii_uppercase().ends_with("MSRP"));
                if in_msrp && words.len() >= 4 && words[1] != "0" {
                    // Over TLS it would need our certificate: the stream is offered in the clear.
                    format!("{} {} TCP/MSRP {}", words[0], media.address.port(), words[3..].join(" "))
                } else {
                    content.to_owned()
                }
            }
            Some("a=") if in_msrp && content.starts_with("a=path:") => format!("a=path:{}", media.path),
            Some("a=") if in_msrp && content.starts_with("a=fingerprint:") => continue,
            _ => {
                out.extend_from_slice(&ids.rewrite(leg, line));
                continue;
            }
        };
        out.extend_from_slice(new.as_bytes());
        out.extend_from_slice(ending.as_bytes());
    }
    out
}

/// Gives new names to what a message of ours names for the first time: MSRP Message-ID, imdn.Message-ID.
pub fn name_messages(ids: &mut Identifiers, leg: usize, message: &crate::wire::msrp::Message<'_>) {
    if let Some(id) = message.header("Message-ID") {
        ids.name(leg, Scope::Leg(leg), &id);
    }
    if let Some(id) = imdn_message_id(message) {
        ids.name(leg, Scope::Everywhere, &id);
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
    use super::*;

    #[test]
    fn lengths_follow_at_every_level() {
        let mut ids = Identifiers::new(1, vec![]);
        ids.learn(Scope::Everywhere, "conf-77", "conference-1");
        let media =
            OwnMedia { address: "127.0.0.1:2855".parse().unwrap(), path: "msrp://127.0.0.1:2855/n1;tcp".into() };
        let sdp = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\nc=IN IP4 10.0.0.1\r\nm=message 9 TCP/TLS/MSRP *\r\na=path:msrps://10.0.0.1:9/x;tcp\r\n";
        let body = format!(
            "--b\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}\r\n--b\r\nContent-Type: text/xml\r\n\
             Content-Length: 16\r\n\r\n<a>conf-77</a>\r\n\r\n--b--\r\n",
            sdp.len()
        );
        let new = rewrite(&ids, 0, "multipart/mixed;boundary=b", body.as_bytes(), Some(&media));
        let text = String::from_utf8(new).unwrap();
        assert!(text.contains("c=IN IP4 127.0.0.1\r\n"), "{text}");
        assert!(text.contains("m=message 2855 TCP/MSRP *\r\na=path:msrp://127.0.0.1:2855/n1;tcp\r\n"), "{text}");
        assert!(text.contains("Content-Length: 21\r\n\r\n<a>conference-1</a>\r\n\r\n--b--"), "{text}");
        let media_type = MediaType::parse("multipart/mixed;boundary=b");
        assert!(multipart::parse(text.as_bytes(), &media_type).unwrap().defects.is_empty());
    }

    #[test]
    fn what_a_user_writes_stays() {
        let mut ids = Identifiers::new(1, vec![]);
        ids.learn(Scope::Everywhere, "msg-0001", "msg-9");
        let cpim = "From: <sip:a@x>\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: msg-0001\r\n\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nmsg-0001";
        let new = String::from_utf8(rewrite(&ids, 0, "message/cpim", cpim.as_bytes(), None)).unwrap();
        assert!(
            new.contains("imdn.Message-ID: msg-9\r\n") && new.ends_with("Content-Length: 8\r\n\r\nmsg-0001"),
            "{new}"
        );
    }
}
