//! The tree builder: quick-xml cuts the document into tags and texts; attributes, nesting, places and limits are kept here.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesDecl, BytesRef, Event};
use quick_xml::reader::Reader;

use super::scope::{NotAllowed, Scope, Unbound, declared_prefix};
use super::{Attribute, Document, Element, XmlError};
use crate::wire::defect::{Defects, Oddity};

/// Largest document that is read. A conference-info of 10,000 users has about 3 MB.
pub const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;

/// How deep elements may be nested. The deepest real path (a medium inside a sidebar) has ten levels; dropping a tree recurses.
pub const MAX_DEPTH: usize = 64;

/// How many elements are read. A conference-info of 10,000 users has about 60,000; one costs up to a kilobyte in the model.
pub const MAX_ELEMENTS: usize = 100_000;

/// How many attributes of one element are read; they are compared with each other.
pub const MAX_ATTRIBUTES: usize = 64;

/// How many attributes and declarations of one element are looked at.
const MAX_PLACES: usize = 256;

/// Reads a document. Where it stops making sense, or ends too early, the elements that are open are taken as they are.
///
/// # Errors
/// When there is no element at all, the text is not UTF-8, or it is too large.
pub fn parse(raw: &[u8]) -> Result<Document<'_>, XmlError> {
    if raw.len() > MAX_DOCUMENT_BYTES {
        return Err(XmlError::TooLarge { len_bytes: raw.len() });
    }
    let text = std::str::from_utf8(raw).map_err(|error| XmlError::NotUtf8 { at: error.valid_up_to() })?;
    let mut builder = Builder::new(text);
    builder.run();
    builder.finish()
}

/// Levels, and elements side by side, for which room is made at once: most documents have no more.
const USUAL_DEPTH: usize = 8;
const USUAL_WIDTH: usize = 32;

struct Builder<'a> {
    text: &'a str,
    /// Where the reader's text begins in `text`: behind the byte order mark.
    base: usize,
    reader: Reader<&'a [u8]>,
    /// The elements whose end tags are awaited, outermost first; with each, how many of `closed` stand before its children.
    open: Vec<(Element<'a>, usize)>,
    /// Elements that are whole, and wait for the end of the one they are in. From here the children of each go into a list of
    /// their own when their number is known.
    closed: Vec<Element<'a>>,
    root: Option<Element<'a>>,
    elements: usize,
    scope: Scope<'a>,
    defects: Defects,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Builder<'a> {
        // quick-xml skips byte order marks without counting them.
        let body = text.trim_start_matches('\u{feff}');
        let mut defects = Defects::default();
        if let Some(at) = illegal_character(text.as_bytes()) {
            defects.note(at..at + 1, Oddity::IllegalCharacter);
        }
        Builder {
            text,
            base: text.len() - body.len(),
            reader: Reader::from_str(body),
            open: Vec::with_capacity(USUAL_DEPTH),
            closed: Vec::with_capacity(USUAL_WIDTH),
            root: None,
            elements: 0,
            scope: Scope::default(),
            defects,
        }
    }

    /// The places are quick-xml's: one that cuts a character gives nothing rather than a panic.
    fn slice(&self, range: &Range<usize>) -> &'a str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    fn position(&self) -> usize {
        (self.base + self.reader.buffer_position() as usize).min(self.text.len())
    }

    fn run(&mut self) {
        loop {
            let start = self.position();
            let event = self.reader.read_event();
            let range = start..self.position();
            let event = match event {
                Ok(Event::Eof) => return,
                Ok(event) => event,
                Err(_) => return self.defects.note(start..self.text.len(), Oddity::NotWellFormed),
            };
            let may_go_on = match event {
                Event::Start(tag) => self.start(tag.name().0.len(), range, false),
                Event::Empty(tag) => self.start(tag.name().0.len(), range, true),
                Event::End(_) => {
                    self.end(range);
                    true
                }
                Event::Text(_) => {
                    self.add_written(range.clone(), range);
                    true
                }
                Event::CData(_) => {
                    self.add_written(range.start + "<![CDATA[".len()..range.end - "]]>".len(), range);
                    true
                }
                Event::GeneralRef(reference) => {
                    let text = self.reference(&reference, &range);
                    self.add_text(text, range);
                    true
                }
                Event::Decl(declaration) => {
                    self.declaration(&declaration, range);
                    true
                }
                Event::DocType(_) => {
                    self.defects.note(range, Oddity::Doctype);
                    true
                }
                Event::Comment(_) | Event::PI(_) => true,
                Event::Eof => return,
            };
            if !may_go_on {
                return;
            }
        }
    }

    /// A start tag whose qualified name has `name_bytes`. Returns whether reading may go on.
    fn start(&mut self, name_bytes: usize, tag: Range<usize>, empty: bool) -> bool {
        let rest = tag.start..self.text.len();
        let stop = match () {
            () if self.root.is_some() => Some(Oddity::SecondRoot),
            () if self.open.len() == MAX_DEPTH => Some(Oddity::XmlTooDeep),
            () if self.elements == MAX_ELEMENTS => Some(Oddity::TooManyElements),
            () => None,
        };
        if let Some(oddity) = stop {
            self.defects.note(rest, oddity);
            return false;
        }
        self.elements += 1;
        let name = tag.start + 1..tag.start + 1 + name_bytes;
        let (qualified, rest) = (self.slice(&name), name.end..tag.end);
        // Most tags are nothing but a name.
        let is_bare = matches!(self.text.as_bytes().get(rest.clone()), Some(b">" | b"/>"));
        let places = if is_bare { Places::default() } else { Places::find(self.text, rest) };
        if let Err(NotAllowed) = self.declare(&places) {
            self.defects.note(tag.start..self.text.len(), Oddity::NotWellFormed);
            return false;
        }
        let (prefix, local) = split(qualified);
        let namespace = match prefix {
            Some(prefix) => self.namespace(prefix, name),
            None => self.scope.default_namespace(),
        };
        let element = Element {
            name: local,
            namespace,
            attributes: self.attributes(&places),
            children: Vec::new(),
            text: Cow::Borrowed(""),
            range: tag.clone(),
            content: tag.end..tag.end,
            start_tag: tag.clone(),
        };
        self.open.push((element, self.closed.len()));
        if empty {
            self.end(tag.end..tag.end);
        }
        true
    }

    /// Closes the innermost element; quick-xml has compared the names.
    fn end(&mut self, tag: Range<usize>) {
        let Some((mut element, before)) = self.open.pop() else { return };
        self.scope.leave(self.open.len());
        element.content.end = tag.start.max(element.content.start);
        element.range.end = tag.end;
        element.children = self.closed.split_off(before);
        if !element.children.is_empty() && !element.text.trim().is_empty() {
            self.defects.note(element.content.clone(), Oddity::TextBetweenElements);
        }
        if self.open.is_empty() {
            self.root = Some(element);
        } else {
            self.closed.push(element);
        }
    }

    /// Takes in text that stands in the document as it is meant but for the line ends. Most is white space between elements: what
    /// comes before a text is left out.
    fn add_written(&mut self, text: Range<usize>, range: Range<usize>) {
        let written = self.slice(&text);
        let is_first = self.open.last().is_none_or(|(element, _)| element.text.is_empty());
        if !(is_first && written.bytes().all(|byte| byte.is_ascii_whitespace())) {
            self.add_text(newlines(written), range);
        }
    }

    fn add_text(&mut self, text: Cow<'a, str>, range: Range<usize>) {
        match self.open.last_mut() {
            Some((element, _)) if element.text.is_empty() => element.text = text,
            Some((element, _)) => element.text.to_mut().push_str(&text),
            None if text.trim().is_empty() => {}
            None => self.defects.note(range, Oddity::TextOutsideRoot),
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>, range: &Range<usize>) -> Cow<'a, str> {
        if let Ok(Some(c)) = reference.resolve_char_ref() {
            return Cow::Owned(c.to_string());
        }
        resolve_predefined_entity(reference).map(Cow::Borrowed).unwrap_or_else(|| {
            self.defects.note(range.clone(), Oddity::UnknownEntity);
            Cow::Borrowed(self.slice(range))
        })
    }

    fn declaration(&mut self, declaration: &BytesDecl<'_>, range: Range<usize>) {
        let Some(Ok(encoding)) = declaration.encoding() else { return };
        if !encoding.eq_ignore_ascii_case("UTF-8") && !encoding.eq_ignore_ascii_case("US-ASCII") {
            self.defects.note(range, Oddity::OtherEncoding);
        }
    }

    /// Takes in the namespaces that the attributes of a tag declare.
    fn declare(&mut self, places: &Places) -> Result<(), NotAllowed> {
        for place in &places.found {
            if let Some(prefix) = declared_prefix(self.slice(&place.name)) {
                self.scope.declare(self.open.len(), prefix, self.slice(&place.value))?;
            }
        }
        Ok(())
    }

    fn attributes(&mut self, places: &Places) -> Vec<Attribute<'a>> {
        let mut attributes: Vec<Attribute<'a>> = Vec::new();
        for place in &places.found {
            if attributes.len() == MAX_ATTRIBUTES {
                self.defects.note(place.name.start..places.end, Oddity::TooManyAttributes);
                return attributes;
            }
            let qualified = self.slice(&place.name);
            if declared_prefix(qualified).is_some() {
                continue;
            }
            let (prefix, name) = split(qualified);
            let namespace = prefix.and_then(|prefix| self.namespace(prefix, place.name.clone()));
            let whole = place.name.start..place.end;
            if attributes.iter().any(|other| other.name == name && other.namespace == namespace) {
                self.defects.note(whole, Oddity::DuplicateAttribute);
                continue;
            }
            let written = self.slice(&place.value);
            let value = unescape(written).unwrap_or_else(|_| {
                self.defects.note(place.value.clone(), Oddity::UnknownEntity);
                Cow::Borrowed(written)
            });
            attributes.push(Attribute { name, namespace, value, range: whole, value_range: place.value.clone() });
        }
        if let Some((at, oddity)) = places.rest {
            self.defects.note(at..places.end, oddity);
        }
        attributes
    }

    /// What the prefix of the name at `range` stands for.
    fn namespace(&mut self, prefix: &str, range: Range<usize>) -> Option<&'a str> {
        let found = self.scope.namespace(prefix);
        if let Err(Unbound) = found {
            self.defects.note(range, Oddity::PrefixUnbound);
        }
        found.ok()
    }

    fn finish(mut self) -> Result<Document<'a>, XmlError> {
        let at = self.position();
        if let Some((element, _)) = self.open.last() {
            self.defects.note(element.start_tag.clone(), Oddity::UnclosedElement);
        }
        while !self.open.is_empty() {
            self.end(at..at);
        }
        let root = self.root.ok_or(XmlError::NoElement { at })?;
        Ok(Document { root, defects: self.defects })
    }
}

/// Where the attributes of a tag stand.
#[derive(Default)]
struct Places {
    found: Vec<Place>,
    /// From where on no more are read, and why.
    rest: Option<(usize, Oddity)>,
    /// The end of the tag.
    end: usize,
}

impl Places {
    /// `range` begins behind the name of a tag and ends with its `>`.
    fn find(text: &str, range: Range<usize>) -> Places {
        let mut places = Places { end: range.end, ..Places::default() };
        let mut at = range.start;
        while let Some(found) = next_attribute(text, at..range.end) {
            let (Ok(place), 0..MAX_PLACES) = (found, places.found.len()) else {
                let is_broken = places.found.len() < MAX_PLACES;
                places.rest = Some((at, if is_broken { Oddity::BadAttribute } else { Oddity::TooManyAttributes }));
                break;
            };
            at = place.end;
            places.found.push(place);
        }
        places
    }
}

/// Where an attribute stands.
struct Place {
    name: Range<usize>,
    value: Range<usize>,
    /// Behind the closing quote.
    end: usize,
}

/// The next attribute of a tag; `None` at its end, `Err` where something else stands.
fn next_attribute(text: &str, range: Range<usize>) -> Option<Result<Place, ()>> {
    let bytes = text.as_bytes().get(range.clone())?;
    let start = skip(bytes, 0, u8::is_ascii_whitespace);
    if matches!(bytes[start..], [] | [b'>', ..] | [b'/', ..]) {
        return None;
    }
    let is_of_name = |byte: &u8| !matches!(byte, b'=' | b'>' | b'/' | b'"' | b'\'') && !byte.is_ascii_whitespace();
    let name_end = skip(bytes, start, is_of_name);
    let equals = skip(bytes, name_end, u8::is_ascii_whitespace);
    let quote = skip(bytes, (equals + 1).min(bytes.len()), u8::is_ascii_whitespace);
    let closing = match (bytes.get(equals), bytes.get(quote)) {
        (Some(b'='), Some(mark @ (b'"' | b'\''))) if name_end > start => memchr::memchr(*mark, &bytes[quote + 1..]),
        _ => None,
    };
    let Some(length) = closing else { return Some(Err(())) };
    let place = |from: usize, to: usize| range.start + from..range.start + to;
    let value_end = quote + 1 + length;
    Some(Ok(Place {
        name: place(start, name_end),
        value: place(quote + 1, value_end),
        end: range.start + value_end + 1,
    }))
}

/// Where the bytes end that are `wanted` in a row.
fn skip(bytes: &[u8], from: usize, wanted: impl Fn(&u8) -> bool) -> usize {
    from + bytes[from..].iter().take_while(|byte| wanted(byte)).count()
}

/// The prefix and the local part of a qualified name.
fn split(qualified: &str) -> (Option<&str>, &str) {
    match qualified.bytes().position(|byte| byte == b':') {
        Some(colon) => (Some(&qualified[..colon]), &qualified[colon + 1..]),
        None => (None, qualified),
    }
}

/// The first control character that XML does not allow.
fn illegal_character(text: &[u8]) -> Option<usize> {
    let is_illegal = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\r' | b'\n');
    // Hardly a document has one. Asking all bytes together is many times as fast as stopping at the first.
    let is_there = text.iter().fold(false, |is_there, byte| is_there | is_illegal(byte));
    if is_there { text.iter().position(is_illegal) } else { None }
}

/// Line ends as XML 1.0 §2.11 wants them.
fn newlines(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', text.as_bytes()).is_some() {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;

    fn oddities(raw: &[u8]) -> Vec<Oddity> {
        parse(raw).unwrap().defects.iter().map(|defect| defect.what).collect()
    }

    #[test]
    fn elements_attributes_and_texts_know_their_places() {
        let raw = "\u{feff}<?xml version=\"1.0\" encoding='utf-8'?>\r\n<!-- c --><p:a xmlns:p='urn:x' xmlns=\"urn:y\"\n \
            p:k = 'v&lt;&#x41;' k=\"w\"><b> one<![CDATA[ <t>]]>&amp;\r\n&#66;</b><c/></p:a>\n";
        let document = parse(raw.as_bytes()).unwrap();
        let a = &document.root;
        assert_eq!((a.name, a.namespace), ("a", Some("urn:x")));
        assert_eq!(a.name_in("urn:y"), "");
        let [k, plain] = &a.attributes[..] else { panic!("{:?}", a.attributes) };
        assert_eq!((k.name, k.namespace, &*k.value), ("k", Some("urn:x"), "v<A"));
        assert_eq!((&raw[k.range.clone()], &raw[k.value_range.clone()]), ("p:k = 'v&lt;&#x41;'", "v&lt;&#x41;"));
        assert_eq!((plain.namespace, &*plain.value), (None, "w"));
        let b = a.child("urn:y", "b").unwrap();
        assert_eq!(b.to_text().value, "one <t>&\nB");
        assert_eq!(&raw[b.content.clone()], " one<![CDATA[ <t>]]>&amp;\r\n&#66;");
        assert_eq!(&raw[b.start_tag.clone()], "<b>");
        assert_eq!(&raw[a.children[1].range.clone()], "<c/>");
        assert!(raw[a.range.clone()].starts_with("<p:a") && raw[a.range.clone()].ends_with("</p:a>"));
        assert!(document.defects.is_empty());
    }

    #[test]
    fn byte_order_marks_do_not_shift_places() {
        let raw = "\u{feff}\u{feff}<a>\u{feff}é</a>";
        let root = parse(raw.as_bytes()).unwrap().root;
        assert_eq!((&raw[root.start_tag], &raw[root.content], &*root.text), ("<a>", "\u{feff}é", "\u{feff}é"));
    }

    #[test]
    fn what_is_odd_is_noted_and_the_rest_read() {
        for (raw, oddity) in [
            ("<a><b>x", Oddity::UnclosedElement),
            ("<a><b></a>", Oddity::NotWellFormed),
            ("<a/><b/>", Oddity::SecondRoot),
            ("<a/>x", Oddity::TextOutsideRoot),
            ("<a>x<b/></a>", Oddity::TextBetweenElements),
            ("<!DOCTYPE a [<!ENTITY e \"x\">]><a/>", Oddity::Doctype),
            ("<?xml version='1.0' encoding='iso-8859-1'?><a/>", Oddity::OtherEncoding),
            ("<a>&e;</a>", Oddity::UnknownEntity),
            ("<a k='&e;'/>", Oddity::UnknownEntity),
            ("<a>\0</a>", Oddity::IllegalCharacter),
            ("<a k/>", Oddity::BadAttribute),
            ("<a k=v/>", Oddity::BadAttribute),
            ("<a k='1' k='2'/>", Oddity::DuplicateAttribute),
            ("<p:a/>", Oddity::PrefixUnbound),
            ("<a p:k='1'/>", Oddity::PrefixUnbound),
        ] {
            assert_eq!(oddities(raw.as_bytes())[..1], [oddity], "{raw}");
            assert_eq!(parse(raw.as_bytes()).unwrap().root.name, "a");
        }
        assert_eq!(&*parse(b"<a>&e; f</a>").unwrap().root.text, "&e; f");
        assert_eq!(&*parse(b"<a>\r\n<b/>\r\n x\r\n<b/> \r<b/>y</a>").unwrap().root.text, "\n x\n \ny");
        assert_eq!(parse(b"<a><b>cut").unwrap().root.children[0].text, "cut");
    }

    #[test]
    fn without_an_element_there_is_nothing_to_use() {
        assert_eq!(parse(b"").unwrap_err(), XmlError::NoElement { at: 0 });
        assert_eq!(parse(b"plain").unwrap_err(), XmlError::NoElement { at: 5 });
        assert_eq!(parse(b"<a>\xff</a>").unwrap_err(), XmlError::NotUtf8 { at: 3 });
        let large = vec![b' '; MAX_DOCUMENT_BYTES + 1];
        assert_eq!(parse(&large).unwrap_err(), XmlError::TooLarge { len_bytes: large.len() });
    }

    #[test]
    fn depth_elements_and_attributes_are_limited() {
        let started = Instant::now();
        assert_eq!(oddities("<a>".repeat(100_000).as_bytes()), [Oddity::XmlTooDeep, Oddity::UnclosedElement]);
        let many = format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS + 1));
        assert_eq!(oddities(many.as_bytes()), [Oddity::TooManyElements, Oddity::UnclosedElement]);
        let attributes: String = (0..100_000).map(|number| format!(" k{number}=''")).collect();
        assert_eq!(oddities(format!("<a{attributes}/>").as_bytes()), [Oddity::TooManyAttributes]);
        let same = oddities(format!("<a{}/>", " k=''".repeat(100_000)).as_bytes());
        assert_eq!((same.len(), same.last()), (MAX_PLACES, Some(&Oddity::TooManyAttributes)));
        let namespaces: String = (0..90_000).map(|number| format!("<b xmlns='urn:{number}'/>")).collect();
        assert!(oddities(format!("<a>{namespaces}</a>").as_bytes()).is_empty());
        let _ = parse(format!("<a>{}", "&amp;x".repeat(500_000)).as_bytes());
        assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            raw in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..100),
                "(<|>|/|a|p:|k=|'|\"|&|amp;|#|x41|;|<!--|-->|<!|\\[|\\]|<a>|</a>|<\\?xml|\\?>| xmlns=|\r|é|\u{feff}|<a k='1'>)*"
                    .prop_map(String::into_bytes),
            ]
        ) {
            if let Ok(document) = parse(&raw) {
                let mut todo = vec![&document.root];
                while let Some(element) = todo.pop() {
                    prop_assert!(element.range.end <= raw.len() && element.content.start <= element.content.end);
                    prop_assert!(element.attributes.iter().all(|a| raw.get(a.value_range.clone()).is_some()));
                    todo.extend(&element.children);
                }
            }
        }
    }
}
