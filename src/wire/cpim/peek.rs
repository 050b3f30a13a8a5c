//! The fast way into the CPM message that everybody sends: plain header lines, `imdn` declared before it is used, nothing escaped or
//! folded. There may be hundreds of thousands of them, so nothing is copied and no list is made.
//!
//! Whatever is out of the ordinary, is left to [`super::parse_first_chunk`], with which this agrees wherever it says anything.

use super::{CORE_NAMESPACE, IMDN_NAMESPACE};
use crate::wire::text::{is_token_char, trim};

/// Most header lines that an ordinary message has, with room.
const MAX_LINES: usize = 64;

/// What nearly all readers want to know of a CPIM message; values as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peek<'a> {
    /// The first From, see [`super::Address::parse`].
    pub from: Option<&'a str>,
    pub to: Option<&'a str>,
    /// The Message-ID of RFC 5438 §6.3.
    pub message_id: Option<&'a str>,
    pub date_time: Option<&'a str>,
    /// Content-Type of the content.
    pub content_type: Option<&'a str>,
    /// Where the content begins.
    pub body_start: usize,
}

/// Reads the headers of an ordinary CPIM message, of which all headers must be there; `None` for any other.
pub fn peek(raw: &[u8]) -> Option<Peek<'_>> {
    let mut found = Peek::default();
    let mut lines = Lines { raw, at: 0, left: MAX_LINES };
    // The prefix that stands for the headers of RFC 5438.
    let mut imdn_prefix: Option<&[u8]> = None;
    let mut is_empty = true;
    while let Some((name, value)) = lines.next()? {
        is_empty = false;
        match name {
            b"From" => first(&mut found.from, value)?,
            b"To" => first(&mut found.to, value)?,
            b"DateTime" => first(&mut found.date_time, value)?,
            b"cc" | b"Subject" | b"Require" => {}
            b"NS" => {
                let (prefix, uri) = namespace(value)?;
                let (is_core, is_imdn) = (uri == CORE_NAMESPACE.as_bytes(), uri == IMDN_NAMESPACE.as_bytes());
                if is_core || imdn_prefix.is_some_and(|known| is_imdn || known == prefix) {
                    return None;
                }
                if is_imdn {
                    imdn_prefix = Some(prefix);
                }
            }
            _ => {
                let dot = name.iter().position(|byte| *byte == b'.')?;
                if imdn_prefix != Some(&name[..dot]) {
                    return None;
                }
                match &name[dot + 1..] {
                    b"Message-ID" => {
                        first(&mut found.message_id, value)?;
                        found.message_id.filter(|id| !id.bytes().any(|byte| byte == b'\\'))?;
                    }
                    other if other.eq_ignore_ascii_case(b"Message-ID") => return None,
                    _ => {}
                }
            }
        }
    }
    if is_empty {
        return None;
    }
    while let Some((name, value)) = lines.next()? {
        if name.eq_ignore_ascii_case(b"Content-Type") {
            first(&mut found.content_type, value)?;
        }
    }
    found.body_start = lines.at;
    Some(found)
}

/// Enters the value of the first header of a name; `None` where it is no text.
fn first<'a>(slot: &mut Option<&'a str>, value: &'a [u8]) -> Option<()> {
    if slot.is_none() {
        *slot = Some(std::str::from_utf8(value).ok()?);
    }
    Some(())
}

/// Prefix and URI of a declaration such as `imdn <urn:ietf:params:imdn>`.
fn namespace(value: &[u8]) -> Option<(&[u8], &[u8])> {
    // Nearly everybody calls it so.
    if value == b"imdn <urn:ietf:params:imdn>" {
        return Some((b"imdn", IMDN_NAMESPACE.as_bytes()));
    }
    let (prefix, uri) = value.strip_suffix(b">")?.split_at_checked(value.iter().position(|byte| *byte == b'<')?)?;
    let is_plain = |text: &[u8]| text.iter().all(u8::is_ascii_graphic) && !text.contains(&b'>');
    let (prefix, uri) = (prefix.trim_ascii_end(), &uri[1..]);
    (!prefix.is_empty() && is_plain(prefix) && is_plain(uri)).then_some((prefix, uri))
}

/// Header lines, one after the other.
struct Lines<'a> {
    raw: &'a [u8],
    at: usize,
    left: usize,
}

impl<'a> Lines<'a> {
    /// Name and value of the next header; `Some(None)` behind the blank line that ends them, `None` where something else stands.
    fn next(&mut self) -> Option<Option<(&'a [u8], &'a [u8])>> {
        self.left = self.left.checked_sub(1)?;
        let rest = self.raw.get(self.at..)?;
        // White space around the name is out of the ordinary.
        let name_len = rest.iter().position(|byte| !is_token_char(*byte))?;
        if name_len == 0 {
            self.at += if rest.starts_with(b"\n") { 1 } else { rest.starts_with(b"\r\n").then_some(2)? };
            return Some(None);
        }
        let (name, value) = rest.split_at(name_len);
        let value = value.strip_prefix(b":")?;
        let (value, end) = line(value)?;
        // So are parameters (RFC 3862 §3.3), and a line that begins with white space: it continues this one.
        let is_continued = matches!(rest.get(name_len + 1 + end), Some(b' ' | b'\t'));
        if is_continued || value.first() == Some(&b';') {
            return None;
        }
        self.at += name_len + 1 + end;
        // Nearly always one space stands before the value, and none behind it.
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let is_trimmed = !value.first().is_some_and(u8::is_ascii_whitespace) && !value.ends_with(b" ");
        let value = if is_trimmed && !value.ends_with(b"\t") { value } else { &value[trim(value, 0..value.len())] };
        Some(Some((name, value)))
    }
}

/// The line that `text` begins with, without its end, and where the next one begins; `None` where a CR stands alone.
fn line(text: &[u8]) -> Option<(&[u8], usize)> {
    let end = memchr::memchr2(b'\r', b'\n', text)?;
    let len = if text[end] == b'\n' { 1 } else { text[end..].starts_with(b"\r\n").then_some(2)? };
    Some((&text[..end], end + len))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse_first_chunk;
    use super::*;

    const ORDINARY: &str = "From: \"Alice\" <sip:alice@example.com>\r\nTo: <sip:group@example.com>\r\n\
        DateTime: 2026-03-01T10:00:00.123Z\r\nNS: x <urn:ietf:params:imdn>\r\nx.Message-ID: 34jk324j\r\n\
        x.Disposition-Notification: positive-delivery, display\r\n\r\n\
        Content-Type: text/plain;charset=UTF-8\r\nContent-Length: 2\r\n\r\nhi";

    /// The same by the full reader.
    fn read(raw: &[u8]) -> Option<[Option<String>; 4]> {
        let message = parse_first_chunk(raw).ok()?;
        let value = |name| message.first(CORE_NAMESPACE, name).map(|header| header.value().into_owned());
        let id = message.message_id().map(|id| id.into_owned());
        Some([
            value("From"),
            value("To"),
            id,
            message.content_headers.get("Content-Type").map(|value| value.into_owned()),
        ])
    }

    fn agrees(raw: &[u8]) {
        let Some(seen) = peek(raw) else { return };
        let values = [seen.from, seen.to, seen.message_id, seen.content_type].map(|value| value.map(str::to_owned));
        assert_eq!(Some(values), read(raw), "{}", String::from_utf8_lossy(raw));
        assert_eq!(Some(seen.body_start), parse_first_chunk(raw).ok().map(|message| message.body.start));
    }

    #[test]
    fn an_ordinary_message_is_read_at_a_glance() {
        let seen = peek(ORDINARY.as_bytes()).unwrap();
        assert_eq!(seen.from, Some("\"Alice\" <sip:alice@example.com>"));
        assert_eq!((seen.to, seen.message_id), (Some("<sip:group@example.com>"), Some("34jk324j")));
        assert_eq!(seen.content_type, Some("text/plain;charset=UTF-8"));
        assert_eq!(&ORDINARY[seen.body_start..], "hi");
        agrees(ORDINARY.as_bytes());
    }

    #[test]
    fn what_is_cut_off_or_odd_is_left_to_the_full_reader() {
        let body = ORDINARY.len() - 2;
        assert!((0..body).all(|end| peek(&ORDINARY.as_bytes()[..end]).is_none()));
        for (from, to) in
            [("NS: x", "NS: y"), ("To:", "TO:"), ("To: ", "To:\r\n "), ("34jk", "3\\4"), ("From:", "From:;a=b ")]
        {
            assert!(peek(ORDINARY.replace(from, to).as_bytes()).is_none(), "{to:?}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_full_reader(
            lines in proptest::collection::vec(
                ("From|To|from|NS|Content-Type|content-type|Subject|x.Message-ID|x.message-id|imdn.Message-ID|y.A|a b|[a-z.]{0,3}",
                 " ?:[ ;]?",
                 "<sip:a@b>|x <urn:ietf:params:imdn>|y <urn:ietf:params:imdn>| <urn:x>|x <urn:x>|message/cpim|a/b; c|\\\\u0041b|\r|é|",
                 "\r\n|\r\n|\r\n|\n|\r\n |\r\n\r\n|\r\r\n|"),
                0..9,
            ),
        ) {
            let text: String = lines.into_iter().map(|(name, colon, value, end)| name + &colon + &value + &end).collect();
            agrees(text.as_bytes());
            agrees((text + "\r\n\r\n").as_bytes());
        }

        #[test]
        fn agrees_on_any_change_of_a_byte(at in 0..ORDINARY.len(), byte: u8) {
            let mut raw = ORDINARY.as_bytes().to_vec();
            raw[at] = byte;
            agrees(&raw);
        }
    }
}
