//! Multipart bodies (RFC 2046 §5.1; in SIP RFC 5621): the bytes between the boundaries, as ranges of the given slice.
//!
//! Mixed, related and alternative are split alike, nested ones too. Only the boundary lines count: a Content-Length inside a part
//! is not believed. Parts are not decoded; what they mean is for the readers of their media types.

use std::borrow::Cow;
use std::ops::Range;

use thiserror::Error;

use super::defect::{Defects, Oddity};
use super::media_type::MediaType;
use super::mime::{Headers, strip_brackets, write_header};
use super::text::{line_end, trim_line_end};
use super::uri::percent_decode;

/// How deep multiparts may be nested. CPM needs two levels; every level costs another walk over its bytes.
pub const MAX_DEPTH: usize = 8;

/// How many parts are read, nested ones included; the largest real bodies (resource list notifications) have some hundreds.
pub const MAX_PARTS: usize = 4096;

/// Why a body could not be split.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MultipartError {
    #[error("a multipart without a boundary: the Content-Type names none, and byte {at} begins no boundary line")]
    NoBoundary { at: usize },
    #[error("no line of the {len_bytes} bytes from byte {at} on is the boundary --{boundary}")]
    BoundaryNotFound { boundary: String, at: usize, len_bytes: usize },
}

/// A split body. All ranges count from the start of the slice that was given to [`parse`], nested ones too.
#[derive(Clone, Debug)]
pub struct Multipart<'a> {
    raw: &'a [u8],
    pub boundary: String,
    pub parts: Vec<BodyPart<'a>>,
    /// What stands before the first boundary; to be ignored (RFC 2046 §5.1.1).
    pub preamble: Range<usize>,
    /// What follows the closing boundary; to be ignored.
    pub epilogue: Range<usize>,
    /// Of this body and of all that are nested in it (there only in the outermost).
    pub defects: Defects,
}

/// One part: its headers, and its body as it stands.
#[derive(Clone, Debug)]
pub struct BodyPart<'a> {
    raw: &'a [u8],
    pub headers: Headers<'a>,
    /// From the first byte of the headers to the last of the body.
    pub range: Range<usize>,
    pub body: Range<usize>,
    /// The parts inside, when the part is a multipart itself.
    pub nested: Option<Multipart<'a>>,
}

/// Splits a body whose Content-Type is `media_type`.
///
/// # Errors
/// When there is no boundary to be found.
pub fn parse<'a>(raw: &'a [u8], media_type: &MediaType<'_>) -> Result<Multipart<'a>, MultipartError> {
    let mut splitter = Splitter { raw, parts: 0, defects: Defects::default() };
    let mut multipart = splitter.split(0..raw.len(), media_type, 1)?;
    multipart.defects = splitter.defects;
    Ok(multipart)
}

impl<'a> Multipart<'a> {
    /// All parts that are no multiparts themselves, in the order of their bytes.
    pub fn leaves(&self) -> impl Iterator<Item = &BodyPart<'a>> {
        let mut open = vec![self.parts.iter()];
        std::iter::from_fn(move || {
            loop {
                match open.last_mut()?.next() {
                    Some(BodyPart { nested: Some(nested), .. }) => open.push(nested.parts.iter()),
                    Some(leaf) => return Some(leaf),
                    None => drop(open.pop()),
                }
            }
        })
    }

    /// The first leaf of this media type.
    pub fn find(&self, essence: &str) -> Option<&BodyPart<'a>> {
        self.leaves().find(|part| part.headers.content_type().is_some_and(|media_type| media_type.is(essence)))
    }

    /// The leaf with this Content-ID; `id` may be a `cid:` URL (RFC 2392), or have angle brackets.
    pub fn by_content_id(&self, id: &str) -> Option<&BodyPart<'a>> {
        let id = match id.trim().get(..4) {
            Some(scheme) if scheme.eq_ignore_ascii_case("cid:") => percent_decode(&id.trim()[4..]),
            _ => Cow::Borrowed(strip_brackets(id)),
        };
        self.leaves().find(|part| part.headers.content_id() == Some(id.as_ref()))
    }

    /// The root of a multipart/related: the part that `start` names, else the first (RFC 2387 §3.2).
    pub fn root(&self, media_type: &MediaType<'_>) -> Option<&BodyPart<'a>> {
        let named = media_type.start().and_then(|start| self.by_content_id(&start));
        named.or_else(|| self.parts.first())
    }

    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }
}

impl<'a> BodyPart<'a> {
    pub fn body(&self) -> &'a [u8] {
        self.raw.get(self.body.clone()).unwrap_or_default()
    }
}

struct Splitter<'a> {
    raw: &'a [u8],
    /// How many parts there are so far, over all levels.
    parts: usize,
    defects: Defects,
}

impl<'a> Splitter<'a> {
    fn split(
        &mut self,
        range: Range<usize>,
        media_type: &MediaType<'_>,
        depth: usize,
    ) -> Result<Multipart<'a>, MultipartError> {
        let boundary = match media_type.boundary() {
            Some(boundary) => boundary.into_owned(),
            None => self.guess_boundary(range.clone())?,
        };
        let raw = &self.raw[..range.end];
        // One more than can be used, to see that there are too many.
        let delimiters: Vec<_> = delimiters(raw, range.start, boundary.as_bytes()).take(MAX_PARTS + 1).collect();
        let Some(first) = delimiters.first() else {
            return Err(MultipartError::BoundaryNotFound { boundary, at: range.start, len_bytes: range.len() });
        };
        let preamble = range.start..before_line_end(raw, range.start, first.line.start);
        let mut epilogue = range.end..range.end;
        let mut parts = Vec::new();
        for (index, delimiter) in delimiters.iter().enumerate() {
            let start = delimiter.line.end;
            if delimiter.closes {
                epilogue.start = start;
                break;
            }
            if self.parts == MAX_PARTS {
                self.defects.note(delimiter.line.start..range.end, Oddity::TooManyParts);
                break;
            }
            self.parts += 1;
            match delimiters.get(index + 1) {
                Some(next) => parts.push(self.part(start..before_line_end(raw, start, next.line.start), depth)),
                None => {
                    self.defects.note(range.end..range.end, Oddity::CloseBoundaryMissing);
                    // An open boundary line with nothing behind it begins no part.
                    if start < range.end {
                        parts.push(self.part(start..range.end, depth));
                    }
                }
            }
        }
        Ok(Multipart { raw: self.raw, boundary, parts, preamble, epilogue, defects: Defects::default() })
    }

    fn part(&mut self, range: Range<usize>, depth: usize) -> BodyPart<'a> {
        let raw = &self.raw[..range.end];
        let (mut headers, mut start) = Headers::scan_before_body(raw, range.start, &mut self.defects);
        if headers.is_empty()
            && let Some(body) = start
            && body > range.start
            && raw[body..].get(..8).is_some_and(|text| text.eq_ignore_ascii_case(b"Content-"))
        {
            // By the letter a part without headers, but nobody means it so.
            self.defects.note(range.start..body, Oddity::LeadingBlankLine);
            (headers, start) = Headers::scan_before_body(raw, body, &mut self.defects);
        }
        // A part may end with its headers (RFC 2046 §5.1.1, `body-part`).
        let body = start.unwrap_or(range.end)..range.end;
        let nested = headers.content_type().filter(MediaType::is_multipart).and_then(|media_type| {
            if depth == MAX_DEPTH {
                self.defects.note(body.clone(), Oddity::NestedTooDeep);
                return None;
            }
            let nested = self.split(body.clone(), &media_type, depth + 1);
            if nested.is_err() {
                self.defects.note(body.clone(), Oddity::NestedUnreadable);
            }
            nested.ok()
        });
        BodyPart { raw: self.raw, headers, range, body, nested }
    }

    /// Takes the first line for the boundary, if it looks like one.
    fn guess_boundary(&mut self, range: Range<usize>) -> Result<String, MultipartError> {
        let blank = self.raw[range.clone()].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let at = range.start + blank;
        let line = trim_line_end(self.raw, at..line_end(self.raw, at).min(range.end).max(at));
        let boundary = self.raw[line.clone()].strip_prefix(b"--").map(<[u8]>::trim_ascii_end).unwrap_or_default();
        match std::str::from_utf8(boundary) {
            Ok(boundary) if !boundary.is_empty() => {
                self.defects.note(line, Oddity::BoundaryGuessed);
                Ok(boundary.to_owned())
            }
            _ => Err(MultipartError::NoBoundary { at }),
        }
    }
}

/// A boundary line.
struct Delimiter {
    /// With its line end.
    line: Range<usize>,
    closes: bool,
}

/// The boundary lines of `raw[from..]`, up to the closing one: two dashes and the boundary at the start of a line, perhaps two more
/// dashes, and nothing else but white space. (RFC 2046 §5.1.1 wants the beginning of the line compared only; but an outer boundary
/// is often the beginning of an inner one.)
fn delimiters<'r>(raw: &'r [u8], from: usize, boundary: &'r [u8]) -> impl Iterator<Item = Delimiter> + 'r {
    let mut at = from;
    std::iter::from_fn(move || {
        while at < raw.len() {
            let line = at..line_end(raw, at);
            at = line.end;
            let rest = raw[line.clone()].strip_prefix(b"--").and_then(|rest| rest.strip_prefix(boundary));
            let Some(rest) = rest.map(<[u8]>::trim_ascii) else { continue };
            let closes = rest == b"--";
            if closes {
                at = raw.len();
            }
            if closes || rest.is_empty() {
                return Some(Delimiter { line, closes });
            }
        }
        None
    })
}

/// `at` without the line end before it, which belongs to the boundary; never before `from`.
fn before_line_end(raw: &[u8], from: usize, at: usize) -> usize {
    let text = &raw[from..at];
    from + text.strip_suffix(b"\r\n").or_else(|| text.strip_suffix(b"\n")).unwrap_or(text).len()
}

/// A part to be written: header names and values in order, and the body.
#[derive(Clone, Copy, Debug)]
pub struct NewPart<'a> {
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a [u8],
}

/// Writes a multipart body. `boundary` must not occur in any part: see [`unused_boundary`].
pub fn write(boundary: &str, parts: &[NewPart<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        for (name, value) in part.headers {
            write_header(&mut out, name, value);
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(part.body);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    out
}

/// A boundary that occurs in none of the parts; the same parts give the same one.
pub fn unused_boundary(parts: &[NewPart<'_>]) -> String {
    let occurs =
        |boundary: &String| parts.iter().any(|part| memchr::memmem::find(part.body, boundary.as_bytes()).is_some());
    let mut candidates = (0u64..).map(|number| format!("rcshark-boundary-{number}"));
    candidates.find(|boundary| !occurs(boundary)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;

    fn mixed(boundary: &str) -> MediaType<'static> {
        MediaType::parse(format!("multipart/mixed;boundary=\"{boundary}\""))
    }

    fn bodies(multipart: &Multipart<'_>) -> Vec<String> {
        multipart.leaves().map(|part| String::from_utf8_lossy(part.body()).into_owned()).collect()
    }

    #[test]
    fn rfc_2046_example() {
        let raw = b"This is the preamble.\r\n--simple boundary\r\n\r\nimplicitly typed\r\nplain\r\n--simple boundary  \r\n\
            Content-type: text/plain; charset=us-ascii\r\n\r\nends with a linebreak.\r\n\r\n--simple boundary--\r\n\r\nepilogue";
        let multipart = parse(raw, &mixed("simple boundary")).unwrap();
        assert_eq!(bodies(&multipart), ["implicitly typed\r\nplain", "ends with a linebreak.\r\n"]);
        assert_eq!(&raw[multipart.preamble.clone()], b"This is the preamble.");
        assert_eq!(&raw[multipart.epilogue.clone()], b"\r\nepilogue");
        assert!(multipart.defects.is_empty());
        let typed = &multipart.parts[1];
        assert!(typed.headers.content_type().is_some_and(|media_type| media_type.is("text/plain")));
        assert!(raw[typed.range.clone()].starts_with(b"Content-type"));
    }

    #[test]
    fn an_invite_with_sdp_and_recipient_list() {
        let raw = b"--b1\r\nContent-Type: application/sdp\r\nContent-Length: 9999\r\n\r\nv=0\r\n\r\n--b1\r\n\
            Content-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list; handling=optional\r\n\
            Content-ID: <list%1@a.example>\r\n\r\n<resource-lists/>\r\n--b1--\r\n";
        let multipart = parse(raw, &mixed("b1")).unwrap();
        assert_eq!(multipart.find("application/sdp").map(BodyPart::body), Some(&b"v=0\r\n"[..]));
        let list = multipart.by_content_id("cid:list%251@a.example").unwrap();
        assert_eq!(list.headers.disposition(), Some("recipient-list"));
        assert!(multipart.by_content_id("<list%1@a.example>").is_some());
        assert!(multipart.by_content_id("LIST%1@a.example").is_none());
    }

    #[test]
    fn nested_parts_keep_offsets_of_the_whole() {
        let raw = b"--outer\nContent-Type: multipart/related; boundary=outer-1\n\n--outer-1\n\none\n--outer-1\n\ntwo\n\
            --outer-1--\n--outer\n\nthree\n--outer--";
        let multipart = parse(raw, &mixed("outer")).unwrap();
        assert_eq!(bodies(&multipart), ["one", "two", "three"]);
        assert_eq!(multipart.parts.len(), 2);
        for (leaf, text) in multipart.leaves().zip(["one", "two", "three"]) {
            assert_eq!(&raw[leaf.body.clone()], text.as_bytes());
        }
        assert!(multipart.defects.is_empty());
    }

    #[test]
    fn a_missing_close_is_noted_and_the_last_part_kept() {
        let multipart = parse(b"--b\r\n\r\none\r\n--b\r\n\r\ntwo", &mixed("b")).unwrap();
        assert_eq!(bodies(&multipart), ["one", "two"]);
        assert!(multipart.defects.has(Oddity::CloseBoundaryMissing));
    }

    #[test]
    fn a_forgotten_blank_line_does_not_hide_the_body() {
        let raw = b"--b\r\nContent-Type: application/sdp\r\nv=0\r\na=setup:active\r\n--b\r\n\r\nx\r\n--b--";
        let multipart = parse(raw, &mixed("b")).unwrap();
        assert_eq!(bodies(&multipart), ["v=0\r\na=setup:active", "x"]);
        assert!(multipart.find("application/sdp").is_some() && multipart.defects.has(Oddity::BlankLineMissing));
    }

    #[test]
    fn without_a_boundary_there_is_nothing_to_split() {
        let related = MediaType::parse("multipart/related");
        assert_eq!(parse(b"\r\nno", &related).unwrap_err(), MultipartError::NoBoundary { at: 2 });
        let error = parse(b"--other\r\n\r\nx\r\n--other--", &mixed("b")).unwrap_err();
        assert_eq!(error, MultipartError::BoundaryNotFound { boundary: "b".into(), at: 0, len_bytes: 23 });
        let guessed = parse(b"--x y\r\n\r\none\r\n--x y--", &related).unwrap();
        assert_eq!((guessed.boundary.as_str(), bodies(&guessed)), ("x y", vec!["one".to_owned()]));
        assert!(guessed.defects.has(Oddity::BoundaryGuessed));
    }

    #[test]
    fn binary_parts_are_untouched() {
        let picture: Vec<u8> = (0..=255).chain([b'\r', b'\n', b'-', b'-', b'b', b'x', b'\r']).collect();
        let parts = [NewPart { headers: &[("Content-Type", "image/png")], body: &picture }];
        let raw = write("b", &parts);
        assert_eq!(parse(&raw, &mixed("b")).unwrap().parts[0].body(), picture);
    }

    #[test]
    fn depth_and_number_of_parts_are_bounded() {
        let mut raw = Vec::new();
        for depth in 0..20 {
            raw.extend(
                format!("--b{depth}\r\nContent-Type: multipart/mixed;boundary=b{}\r\n\r\n", depth + 1).into_bytes(),
            );
        }
        let multipart = parse(&raw, &mixed("b0")).unwrap();
        assert!(multipart.defects.has(Oddity::NestedTooDeep));
        let raw = b"--b\n\n".repeat(100_000);
        let many = parse(&raw, &mixed("b")).unwrap();
        assert_eq!(many.parts.len(), MAX_PARTS);
        assert!(many.defects.has(Oddity::TooManyParts));
    }

    #[test]
    fn time_is_linear_in_the_size() {
        let hostile = b"--b\r\n--bb\r\n--b-\r\n\r\n:\r\n \r\n".repeat(200_000);
        let started = Instant::now();
        let _ = parse(&hostile, &mixed("b"));
        let _ = parse(&b"--b".repeat(2_000_000), &mixed(&"b-".repeat(100_000)));
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn any_bytes_are_split_or_refused(raw in "(--b(--)?|\r|\n|:| |Content-Type: multipart/mixed;boundary=b|x)*") {
            if let Ok(multipart) = parse(raw.as_bytes(), &mixed("b")) {
                for leaf in multipart.leaves() {
                    prop_assert!(leaf.range.start <= leaf.body.start && leaf.body.end <= leaf.range.end);
                    prop_assert!(leaf.range.end <= raw.len());
                }
            }
        }

        #[test]
        fn written_parts_are_read_back(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..6),
            id in "[a-z0-9]{1,8}",
        ) {
            let headers = [("Content-Type", "application/octet-stream"), ("Content-ID", id.as_str())];
            let parts: Vec<_> = bodies.iter().map(|body| NewPart { headers: &headers, body }).collect();
            let boundary = unused_boundary(&parts);
            let raw = write(&boundary, &parts);
            let read = parse(&raw, &mixed(&boundary)).unwrap();
            prop_assert!(read.defects.is_empty());
            prop_assert_eq!(read.parts.iter().map(BodyPart::body).collect::<Vec<_>>(), bodies);
            prop_assert!(read.parts.iter().all(|part| part.headers.content_id() == Some(&id)));
        }
    }
}
