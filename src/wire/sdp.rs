//! Session descriptions (RFC 8866) with the attributes of MSRP (RFC 4975 §8, 6135, 6714, 7701, 5547).
//!
//! The lines are split here, tolerantly and with their places. [`typed`] gives the strict view of the sdp-types library, for what
//! is not read here.

use std::borrow::Cow;
use std::ops::Range;

use thiserror::Error;

use super::defect::{Defects, Oddity};
use super::msrp::Path;
use super::text::{line_end, trim_line_end};

/// How many lines are read; real descriptions have at most some hundreds.
pub const MAX_LINES: usize = 10_000;

/// Why something is no session description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SdpError {
    #[error("none of the {len_bytes} bytes begin a line of the form x=value")]
    NoLine { len_bytes: usize },
}

/// A session description. All ranges count from the start of the slice that was given.
#[derive(Clone, Debug, Default)]
pub struct Sdp<'a> {
    pub origin: Option<Origin<'a>>,
    /// The `s=` line.
    pub session_name: Option<Cow<'a, str>>,
    /// The session's own `c=` line; a media section may have another.
    pub connection: Option<Connection<'a>>,
    /// The `a=` lines before the first media section.
    pub attributes: Vec<Attribute<'a>>,
    pub media: Vec<Media<'a>>,
    pub defects: Defects,
}

/// An `o=` line (RFC 8866 §5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    pub username: Cow<'a, str>,
    pub session_id: Cow<'a, str>,
    /// Grows with every change of the description; as written.
    pub session_version: Cow<'a, str>,
    pub address: Cow<'a, str>,
    /// The line without its line end.
    pub range: Range<usize>,
}

/// A `c=` line (RFC 8866 §5.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection<'a> {
    /// `IP4` or `IP6`.
    pub address_type: Cow<'a, str>,
    pub address: Cow<'a, str>,
    /// The line without its line end.
    pub range: Range<usize>,
}

/// An `a=` line (RFC 8866 §5.13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    pub name: Cow<'a, str>,
    /// What follows the colon; `None` for a property attribute.
    pub value: Option<Cow<'a, str>>,
    /// The line without its line end.
    pub range: Range<usize>,
    /// Where the value stands; empty where there is none.
    pub value_range: Range<usize>,
}

/// An `m=` line (RFC 8866 §5.14) and the lines up to the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media<'a> {
    /// `message`, `audio`, …
    pub kind: Cow<'a, str>,
    /// 0 refuses the media; 9 stands for “I open the connection” in MSRP offers (RFC 6135 §4.2.2). `None` when it is no number.
    pub port: Option<u16>,
    /// `TCP/MSRP`, `TCP/TLS/MSRP`, `RTP/AVP`, …
    pub proto: Cow<'a, str>,
    /// The format list as written; `*` in MSRP.
    pub formats: Cow<'a, str>,
    /// The section's own `c=` line.
    pub connection: Option<Connection<'a>>,
    pub attributes: Vec<Attribute<'a>>,
    /// The `m=` line without its line end.
    pub line: Range<usize>,
    /// The whole section.
    pub range: Range<usize>,
}

/// Which end opens the connection (RFC 4145 §4, for MSRP RFC 6135).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    Active,
    Passive,
    ActPass,
    HoldConn,
}

/// Who sends media (RFC 8866 §6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

/// Reads a session description.
///
/// # Errors
/// When not a single line looks like one.
pub fn parse(raw: &[u8]) -> Result<Sdp<'_>, SdpError> {
    let mut sdp = Sdp::default();
    let mut at = 0;
    let mut lines = 0;
    while at < raw.len() {
        let next = line_end(raw, at);
        let range = trim_line_end(raw, at..next);
        if lines == MAX_LINES {
            sdp.defects.note(at..raw.len(), Oddity::TooManyLines);
            break;
        }
        match &raw[range.clone()] {
            [] => {}
            [letter @ b'a'..=b'z', b'=', ..] => {
                lines += 1;
                let line = Line::new(raw, *letter, range, &mut sdp.defects);
                sdp.add(line, next);
            }
            _ => sdp.defects.note(range, Oddity::NotAnSdpLine),
        }
        at = next;
    }
    if lines == 0 { Err(SdpError::NoLine { len_bytes: raw.len() }) } else { Ok(sdp) }
}

/// The description as the sdp-types library sees it, which refuses more than [`parse`].
///
/// # Errors
/// The library's, with the line number.
pub fn typed(raw: &[u8]) -> Result<sdp_types::Session, sdp_types::ParserError> {
    sdp_types::Session::parse(raw)
}

/// One line `x=value`.
struct Line<'a> {
    letter: u8,
    value: &'a str,
    range: Range<usize>,
}

impl<'a> Line<'a> {
    fn new(raw: &'a [u8], letter: u8, range: Range<usize>, defects: &mut Defects) -> Line<'a> {
        let value = &raw[range.start + 2..range.end];
        // Of other encodings (RFC 8866 §6.10 allows them), what can be read is read.
        let text =
            std::str::from_utf8(value).unwrap_or_else(|_| value.utf8_chunks().next().map_or("", |chunk| chunk.valid()));
        if text.len() < value.len() {
            defects.note(range.start + 2 + text.len()..range.end, Oddity::NotUtf8);
        }
        Line { letter, value: text, range }
    }
}

impl<'a> Sdp<'a> {
    /// Adds a line that ends, line end included, at `end`.
    fn add(&mut self, line: Line<'a>, end: usize) {
        if let Some(media) = self.media.last_mut().filter(|_| line.letter != b'm') {
            media.range.end = end;
        }
        let range = line.range.clone();
        match line.letter {
            b'm' => {
                let media = Media::new(&line, end, &mut self.defects);
                self.media.push(media);
            }
            b'a' => {
                let attributes = self.media.last_mut().map_or(&mut self.attributes, |media| &mut media.attributes);
                attributes.push(Attribute::new(&line));
            }
            b'c' => match Connection::new(&line) {
                // Several c= lines are layers of a multicast (RFC 8866 §5.7); the first stands for them.
                Some(new) => {
                    let connection = self.media.last_mut().map_or(&mut self.connection, |media| &mut media.connection);
                    connection.get_or_insert(new);
                }
                None => self.defects.note(range, Oddity::BadConnection),
            },
            b'o' if self.origin.is_none() => {
                self.origin = Origin::new(&line);
                if self.origin.is_none() {
                    self.defects.note(range, Oddity::BadOrigin);
                }
            }
            b's' if self.session_name.is_none() => self.session_name = Some(line.value.into()),
            _ => {}
        }
    }

    /// The same with texts of its own: it outlives what it was read from.
    pub fn into_owned(self) -> Sdp<'static> {
        Sdp {
            origin: self.origin.map(Origin::into_owned),
            session_name: self.session_name.map(owned),
            connection: self.connection.map(Connection::into_owned),
            attributes: self.attributes.into_iter().map(Attribute::into_owned).collect(),
            media: self.media.into_iter().map(Media::into_owned).collect(),
            defects: self.defects,
        }
    }

    /// The MSRP sections: those whose transport is MSRP.
    pub fn msrp(&self) -> impl Iterator<Item = &Media<'a>> {
        self.media.iter().filter(|media| media.is_msrp())
    }

    /// The address that holds for a section: its own, else the session's.
    pub fn connection_of<'s>(&'s self, media: &'s Media<'a>) -> Option<&'s Connection<'a>> {
        media.connection.as_ref().or(self.connection.as_ref())
    }

    /// The `a=fingerprint` values that hold for a section: its own, else the session's (RFC 8122 §5).
    pub fn fingerprints_of<'s>(&'s self, media: &'s Media<'a>) -> Vec<&'s str> {
        let of = |attributes: &'s [Attribute<'a>]| -> Vec<&'s str> {
            let named = attributes.iter().filter(|attribute| attribute.name == "fingerprint");
            named.filter_map(|attribute| attribute.value.as_deref().map(str::trim)).collect()
        };
        let own = of(&media.attributes);
        if own.is_empty() { of(&self.attributes) } else { own }
    }

    /// The direction that holds for a section: its own, else the session's, else both ways (RFC 8866 §6.7).
    pub fn direction_of(&self, media: &Media<'a>) -> Direction {
        let session = || self.attributes.iter().find_map(|attribute| Direction::named(&attribute.name));
        media.direction().or_else(session).unwrap_or(Direction::SendRecv)
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

impl<'a> Origin<'a> {
    fn into_owned(self) -> Origin<'static> {
        let Origin { username, session_id, session_version, address, range } = self;
        let [username, session_id, session_version, address] =
            [username, session_id, session_version, address].map(owned);
        Origin { username, session_id, session_version, address, range }
    }

    fn new(line: &Line<'a>) -> Option<Origin<'a>> {
        let mut fields = line.value.split_ascii_whitespace();
        let mut next = || fields.next().map(Cow::Borrowed);
        let (username, session_id, session_version) = (next()?, next()?, next()?);
        let (_net_type, _address_type, address) = (next()?, next()?, next()?);
        Some(Origin { username, session_id, session_version, address, range: line.range.clone() })
    }
}

impl<'a> Connection<'a> {
    fn into_owned(self) -> Connection<'static> {
        Connection { address_type: owned(self.address_type), address: owned(self.address), range: self.range }
    }

    fn new(line: &Line<'a>) -> Option<Connection<'a>> {
        let mut fields = line.value.split_ascii_whitespace();
        let (_net_type, address_type, address) = (fields.next()?, fields.next()?, fields.next()?);
        Some(Connection { address_type: address_type.into(), address: address.into(), range: line.range.clone() })
    }
}

impl<'a> Attribute<'a> {
    fn into_owned(self) -> Attribute<'static> {
        let Attribute { name, value, range, value_range } = self;
        Attribute { name: owned(name), value: value.map(owned), range, value_range }
    }

    /// The value, empty where there is none.
    pub fn value(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }

    fn new(line: &Line<'a>) -> Attribute<'a> {
        let (name, value) = match memchr::memchr(b':', line.value.as_bytes()) {
            Some(colon) => (&line.value[..colon], Some(&line.value[colon + 1..])),
            None => (line.value, None),
        };
        let start = if value.is_some() { line.range.start + 2 + name.len() + 1 } else { line.range.end };
        let (name, value) = (name.trim().into(), value.map(Cow::Borrowed));
        Attribute { name, value, range: line.range.clone(), value_range: start..line.range.end }
    }
}

impl<'a> Media<'a> {
    fn into_owned(self) -> Media<'static> {
        Media {
            kind: owned(self.kind),
            port: self.port,
            proto: owned(self.proto),
            formats: owned(self.formats),
            connection: self.connection.map(Connection::into_owned),
            attributes: self.attributes.into_iter().map(Attribute::into_owned).collect(),
            line: self.line,
            range: self.range,
        }
    }

    fn new(line: &Line<'a>, end: usize, defects: &mut Defects) -> Media<'a> {
        let (kind, rest) = word(line.value);
        let (port_text, rest) = word(rest);
        let (proto, formats) = word(rest);
        let port = port_text.split('/').next().and_then(|port| port.parse().ok());
        if proto.is_empty() || formats.is_empty() {
            defects.note(line.range.clone(), Oddity::BadMedia);
        } else if port.is_none() {
            defects.note(line.range.clone(), Oddity::BadPort);
        }
        let range = line.range.start..end;
        let line = line.range.clone();
        let (kind, proto, formats) = (kind.into(), proto.into(), formats.into());
        Media { kind, port, proto, formats, connection: None, attributes: Vec::new(), line, range }
    }

    /// Is the transport MSRP (RFC 4975 §8.1)?
    pub fn is_msrp(&self) -> bool {
        self.proto.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case("MSRP"))
    }

    /// Does TLS protect it: `TCP/TLS/MSRP` (RFC 4975 §8.1)?
    pub fn is_tls(&self) -> bool {
        self.proto.split('/').any(|layer| layer.eq_ignore_ascii_case("TLS"))
    }

    /// The first attribute called `name`. Attribute names are case-sensitive (RFC 8866 §5.13).
    pub fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.attribute(name)?.value.as_deref().map(str::trim)
    }

    /// `a=path` (RFC 4975 §8.2): the MSRP URIs over which this end is reached.
    pub fn path(&self) -> Option<Path<'_>> {
        self.value("path").map(Path)
    }

    /// `a=accept-types` (RFC 4975 §8.6): the media types taken; `*` stands for any.
    pub fn accept_types(&self) -> impl Iterator<Item = &str> {
        self.value("accept-types").unwrap_or_default().split_ascii_whitespace()
    }

    /// `a=accept-wrapped-types` (RFC 4975 §8.6): the media types taken inside of others, as in CPIM.
    pub fn accept_wrapped_types(&self) -> impl Iterator<Item = &str> {
        self.value("accept-wrapped-types").unwrap_or_default().split_ascii_whitespace()
    }

    /// `a=max-size` (RFC 4975 §8.6), in bytes.
    pub fn max_size_bytes(&self) -> Option<u64> {
        self.value("max-size")?.parse().ok()
    }

    /// `a=setup` (RFC 6135 §4.2).
    pub fn setup(&self) -> Option<Setup> {
        match self.value("setup")? {
            "active" => Some(Setup::Active),
            "passive" => Some(Setup::Passive),
            "actpass" => Some(Setup::ActPass),
            "holdconn" => Some(Setup::HoldConn),
            _ => None,
        }
    }

    /// `a=msrp-cema` (RFC 6714 §5): the address of the `c=` and `m=` lines counts, not that of the path.
    pub fn msrp_cema(&self) -> bool {
        self.attribute("msrp-cema").is_some()
    }

    /// `a=chatroom` (RFC 7701 §8): the features of the chat room, such as `nickname` and `private-messages`; `None` when it is not one.
    pub fn chatroom(&self) -> Option<impl Iterator<Item = &str>> {
        self.attribute("chatroom").map(|attribute| attribute.value().split_ascii_whitespace())
    }

    /// `a=file-selector` (RFC 5547 §6), as written.
    pub fn file_selector(&self) -> Option<&str> {
        self.value("file-selector")
    }

    /// `a=sendrecv` and its like; `None` when the section says nothing: see [`Sdp::direction_of`].
    pub fn direction(&self) -> Option<Direction> {
        self.attributes.iter().find_map(|attribute| Direction::named(&attribute.name))
    }
}

impl Direction {
    fn named(attribute: &str) -> Option<Direction> {
        match attribute {
            "sendrecv" => Some(Direction::SendRecv),
            "sendonly" => Some(Direction::SendOnly),
            "recvonly" => Some(Direction::RecvOnly),
            "inactive" => Some(Direction::Inactive),
            _ => None,
        }
    }
}

/// The first word, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (word, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    (word, rest.trim_start())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;

    const GROUP: &str = "v=0\r\no=- 1245409 2 IN IP4 10.1.0.3\r\ns=-\r\nc=IN IP4 10.1.0.3\r\nt=0 0\r\na=sendonly\r\n\
        m=message 9 TCP/TLS/MSRP *\r\na=accept-types:message/cpim application/conference-info+xml\r\n\
        a=accept-wrapped-types:text/plain message/imdn+xml\r\na=path:msrps://relay.example:9000/x;tcp msrps://10.1.0.3:9/y;tcp\r\n\
        a=setup:active\r\na=msrp-cema\r\na=chatroom:nickname private-messages\r\na=max-size:10240000\r\n\
        a=file-selector:name:\"a:b.jpg\" type:image/jpeg size:4092\r\n\
        m=audio 70000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\na=inactive\r\n";

    #[test]
    fn msrp_attributes_are_read_with_their_places() {
        let sdp = parse(GROUP.as_bytes()).unwrap();
        let media: Vec<_> = sdp.msrp().collect();
        let [msrp] = media[..] else { panic!("{media:?}") };
        assert_eq!((&*msrp.kind, msrp.port), ("message", Some(9)));
        assert_eq!((&*msrp.proto, &*msrp.formats), ("TCP/TLS/MSRP", "*"));
        assert_eq!(msrp.path().and_then(Path::last), Some("msrps://10.1.0.3:9/y;tcp"));
        assert_eq!(msrp.path().map(|path| path.uris().count()), Some(2));
        assert_eq!(msrp.accept_types().collect::<Vec<_>>(), ["message/cpim", "application/conference-info+xml"]);
        assert_eq!(msrp.accept_wrapped_types().count(), 2);
        assert_eq!(msrp.setup(), Some(Setup::Active));
        assert_eq!(msrp.max_size_bytes(), Some(10_240_000));
        assert!(msrp.msrp_cema());
        assert_eq!(msrp.chatroom().map(Iterator::collect::<Vec<_>>), Some(vec!["nickname", "private-messages"]));
        assert_eq!(msrp.file_selector(), Some("name:\"a:b.jpg\" type:image/jpeg size:4092"));
        let setup = msrp.attribute("setup").unwrap();
        assert_eq!((&GROUP[setup.range.clone()], &GROUP[setup.value_range.clone()]), ("a=setup:active", "active"));
        assert!(GROUP[msrp.range.clone()].ends_with("size:4092\r\n"));
    }

    #[test]
    fn session_lines_hold_where_a_section_has_none() {
        let sdp = parse(GROUP.as_bytes()).unwrap();
        let [message, audio] = &sdp.media[..] else { panic!("{:?}", sdp.media) };
        assert_eq!(sdp.connection_of(message).map(|c| &*c.address), Some("10.1.0.3"));
        assert_eq!(sdp.connection_of(audio).map(|c| (&*c.address_type, &*c.address)), Some(("IP6", "2001:db8::1")));
        assert_eq!((sdp.direction_of(message), sdp.direction_of(audio)), (Direction::SendOnly, Direction::Inactive));
        let origin = sdp.origin.as_ref().unwrap();
        assert_eq!((&*origin.session_id, &*origin.session_version, &*origin.address), ("1245409", "2", "10.1.0.3"));
    }

    #[test]
    fn odd_lines_are_noted_and_the_rest_read() {
        // The strict reader refuses the port; nothing else is lost here.
        assert!(typed(GROUP.as_bytes()).is_err());
        let sdp = parse(GROUP.as_bytes()).unwrap();
        assert_eq!((sdp.media[1].port, &*sdp.media[1].proto), (None, "RTP/AVP"));
        let raw = b"\n v=0\nv=0\no=x\nc=IN\ns=caf\xe9 x\nm=message  5000/2   TCP/MSRP\na=path : \njunk";
        let sdp = parse(raw).unwrap();
        assert_eq!((sdp.media[0].port, &*sdp.media[0].proto), (Some(5000), "TCP/MSRP"));
        assert_eq!(sdp.session_name.as_deref(), Some("caf"));
        assert_eq!(format!("{sdp:?}"), format!("{:?}", sdp.clone().into_owned()));
        let oddities: Vec<_> = sdp.defects.iter().map(|defect| (defect.what, &raw[defect.range.clone()])).collect();
        assert_eq!(
            oddities,
            [
                (Oddity::NotAnSdpLine, &b" v=0"[..]),
                (Oddity::BadOrigin, b"o=x"),
                (Oddity::BadConnection, b"c=IN"),
                (Oddity::NotUtf8, b"\xe9 x"),
                (Oddity::BadMedia, b"m=message  5000/2   TCP/MSRP"),
                (Oddity::NotAnSdpLine, b"junk"),
            ]
        );
        assert_eq!(parse(b"hello\r\n").unwrap_err(), SdpError::NoLine { len_bytes: 7 });
    }

    #[test]
    fn time_and_memory_are_bounded() {
        let started = Instant::now();
        for unit in ["a=\n", "m=x 1 y z\n", "\n", "x\n", "a=:"] {
            let raw = format!("v=0\n{}", unit.repeat(1_000_000));
            let sdp = parse(raw.as_bytes()).unwrap();
            assert!(sdp.media.len() + sdp.attributes.len() <= MAX_LINES);
        }
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            raw in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..200),
                "([vocsma]=|\r?\n| |:|path|setup|message 1 TCP/MSRP \\*|é)*".prop_map(String::into_bytes),
            ]
        ) {
            if let Ok(sdp) = parse(&raw) {
                for media in &sdp.media {
                    prop_assert!(media.range.end <= raw.len());
                    let _ = (media.path(), media.setup(), media.max_size_bytes(), sdp.direction_of(media));
                    for attribute in &media.attributes {
                        prop_assert!(attribute.value_range.start <= attribute.value_range.end);
                    }
                }
            }
        }
    }
}
