//! Message headers: names with their namespaces, parameters and values (RFC 3862 §3).

use std::borrow::Cow;
use std::ops::Range;

use super::{Address, CORE_NAMESPACE, IMDN_NAMESPACE};
use crate::wire::defect::{Defects, Oddity};
use crate::wire::mime::Headers;
use crate::wire::text::{HeaderSpan, unfold};

/// The names of RFC 3862 §4, which are case-sensitive (§3).
const CORE_NAMES: [&str; 7] = ["From", "To", "cc", "DateTime", "Subject", "NS", "Require"];

/// The names of RFC 5438 §6.
const IMDN_NAMES: [&str; 5] =
    ["Message-ID", "Disposition-Notification", "Original-To", "IMDN-Record-Route", "IMDN-Route"];

/// One message header.
#[derive(Clone, Debug)]
pub struct Header<'a> {
    raw: &'a [u8],
    /// Where it stands.
    pub span: HeaderSpan,
    /// What stands before the dot in the name; empty where there is none.
    pub prefix: &'a str,
    /// The name without the prefix.
    pub name: &'a str,
    /// The URI of the namespace that the name belongs to; `None` where the prefix is not declared.
    pub namespace: Option<&'a str>,
    /// `;lang=fr`; mostly empty.
    parameters: Range<usize>,
    value: Range<usize>,
}

impl<'a> Header<'a> {
    /// The value as written, escapes and all, without parameters.
    pub fn value(&self) -> Cow<'a, str> {
        unfold(self.raw.get(self.value.clone()).unwrap_or_default())
    }

    /// The value with its escapes resolved (RFC 3862 §2.3).
    pub fn text(&self) -> Cow<'a, str> {
        match self.value() {
            Cow::Borrowed(value) => unescape(value),
            Cow::Owned(value) => Cow::Owned(unescape(&value).into_owned()),
        }
    }

    /// Where the value stands, without parameters.
    pub fn value_range(&self) -> Range<usize> {
        self.value.clone()
    }

    /// The value of a From, To or cc.
    pub fn address(&self) -> Address {
        Address::parse(&self.value())
    }

    /// The language of the value (RFC 3862 §3.3).
    pub fn language(&self) -> Option<&'a str> {
        let parameters = std::str::from_utf8(self.raw.get(self.parameters.clone())?).ok()?;
        parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("lang="))
    }
}

/// The headers of a block with their namespaces.
pub(super) fn resolve<'a>(raw: &'a [u8], block: &Headers<'a>, defects: &mut Defects) -> Vec<Header<'a>> {
    let mut declared = Vec::new();
    for (index, span) in block.spans().iter().enumerate().filter(|(_, span)| is_ns(raw, span)) {
        match declaration(raw, span) {
            Some((prefix, uri)) => declared.push((index, prefix, uri)),
            None => defects.note(span.value.range(), Oddity::BadNamespace),
        }
    }
    let headers = block.spans().iter().enumerate().map(|(index, &span)| {
        let name = std::str::from_utf8(span.name.of(raw)).unwrap_or_else(|_| {
            defects.note(span.name.range(), Oddity::NotUtf8);
            ""
        });
        let (prefix, name) = name.split_once('.').unwrap_or(("", name));
        let (namespace, oddity) = namespace(index, prefix, name, &declared);
        let known: &[&str] = match namespace {
            Some(CORE_NAMESPACE) => &CORE_NAMES,
            Some(IMDN_NAMESPACE) => &IMDN_NAMES,
            _ => &[],
        };
        let wrong_case = known.iter().any(|known| *known != name && known.eq_ignore_ascii_case(name));
        for oddity in oddity.into_iter().chain(wrong_case.then_some(Oddity::HeaderNameCase)) {
            defects.note(span.name.range(), oddity);
        }
        let (parameters, value) = split_parameters(raw, &span);
        Header { raw, span, prefix, name, namespace, parameters, value }
    });
    headers.collect()
}

/// The namespace of the header number `index`, and what is odd about it. `declared` has the number, prefix and URI of each NS header.
fn namespace<'a>(
    index: usize,
    prefix: &str,
    name: &str,
    declared: &[(usize, &'a str, &'a str)],
) -> (Option<&'a str>, Option<Oddity>) {
    // A declaration counts for the headers behind it, the nearest one first (RFC 3862 §3.4).
    let before = declared.iter().rev().find(|(at, declared, _)| *at < index && *declared == prefix);
    if prefix.is_empty() {
        let is_core = CORE_NAMES.iter().any(|core| core.eq_ignore_ascii_case(name));
        return match before {
            None | Some((_, _, CORE_NAMESPACE)) => (Some(CORE_NAMESPACE), None),
            // By the letter these names are in the new default namespace, but nobody means it so.
            Some(_) if name.eq_ignore_ascii_case("NS") => (Some(CORE_NAMESPACE), None),
            Some(_) if is_core => (Some(CORE_NAMESPACE), Some(Oddity::CoreNameInOtherNamespace)),
            Some((_, _, uri)) => (Some(uri), None),
        };
    }
    if let Some((_, _, uri)) = before {
        return (Some(uri), None);
    }
    if let Some((_, _, uri)) = declared.iter().find(|(_, declared, _)| *declared == prefix) {
        return (Some(uri), Some(Oddity::PrefixDeclaredLater));
    }
    if let Some((_, _, uri)) = declared.iter().find(|(_, declared, _)| declared.eq_ignore_ascii_case(prefix)) {
        return (Some(uri), Some(Oddity::HeaderNameCase));
    }
    let imdn = prefix.eq_ignore_ascii_case("imdn").then_some(IMDN_NAMESPACE);
    (imdn, Some(Oddity::PrefixUndeclared))
}

fn is_ns(raw: &[u8], span: &HeaderSpan) -> bool {
    span.name.of(raw).eq_ignore_ascii_case(b"NS")
}

/// Prefix and URI of an NS header (RFC 3862 §4.6); `None` for any other header.
pub(super) fn declaration<'a>(raw: &'a [u8], span: &HeaderSpan) -> Option<(&'a str, &'a str)> {
    let value = std::str::from_utf8(span.value.of(raw)).ok().filter(|_| is_ns(raw, span))?;
    let (prefix, uri) = value.split_once('<')?;
    let (uri, _) = uri.split_once('>')?;
    Some((prefix.trim(), uri.trim()))
}

/// Parameters stand right behind the colon, before the space (RFC 3862 §3.3): `Subject:;lang=fr Objet`.
fn split_parameters(raw: &[u8], span: &HeaderSpan) -> (Range<usize>, Range<usize>) {
    let value = span.value.range();
    let bytes = span.value.of(raw);
    let behind_colon = value.start.checked_sub(1).and_then(|before| raw.get(before)) == Some(&b':');
    if !behind_colon || bytes.first() != Some(&b';') {
        return (value.start..value.start, value);
    }
    let mut quoted = false;
    let space = bytes.iter().position(|byte| {
        quoted ^= *byte == b'"';
        *byte == b' ' && !quoted
    });
    let end = space.unwrap_or(bytes.len());
    let text = crate::wire::text::trim(raw, value.start + end..value.end);
    (value.start..value.start + end, text)
}

/// Resolves the escapes of RFC 3862 §2.3: `\\ \" \' \b \t \n \r \uxxxx` (UCS-2, so two make a character beyond the first plane);
/// before any other character the backslash falls away, and so does one at the end.
pub fn unescape(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut units = Vec::with_capacity(value.len());
    let mut rest = value.chars();
    let mut buffer = [0; 2];
    while let Some(c) = rest.next() {
        let c = match c {
            '\\' => match rest.next() {
                Some('b') => '\u{8}',
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('u') => match code_unit(rest.as_str()) {
                    Some(unit) => {
                        units.push(unit);
                        rest = rest.as_str()[4..].chars();
                        continue;
                    }
                    None => 'u',
                },
                Some(other) => other,
                None => break,
            },
            other => other,
        };
        units.extend_from_slice(c.encode_utf16(&mut buffer));
    }
    Cow::Owned(String::from_utf16_lossy(&units))
}

/// The four hexadecimal digits that `text` begins with.
fn code_unit(text: &str) -> Option<u16> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}
