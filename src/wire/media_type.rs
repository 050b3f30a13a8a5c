//! The value of a Content-Type header (RFC 2045 §5.1): `type/subtype; name=value; name="quoted value"`.
//!
//! Any text is taken: what makes no sense just has no type or no such parameter. The text itself stays as it was.

use std::borrow::Cow;
use std::ops::Range;

/// How many parameters are read; real ones have at most a handful.
const MAX_PARAMETERS: usize = 64;

/// A Content-Type value and where its pieces stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType<'a> {
    text: Cow<'a, str>,
    essence: Range<usize>,
    /// Name and value of each parameter; a quoted value still with its quotes.
    parameters: Vec<(Range<usize>, Range<usize>)>,
}

impl<'a> MediaType<'a> {
    pub fn parse(text: impl Into<Cow<'a, str>>) -> MediaType<'a> {
        let text = text.into();
        let mut fields = fields(&text);
        let essence = fields.next().unwrap_or(0..0);
        let parameters = fields
            .filter_map(|field| {
                let equals = field.start + text[field.clone()].find('=')?;
                Some((trim(&text, field.start..equals), trim(&text, equals + 1..field.end)))
            })
            .take(MAX_PARAMETERS)
            .collect();
        MediaType { essence, parameters, text }
    }

    /// The whole value as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `type/subtype` as written.
    pub fn essence(&self) -> &str {
        &self.text[self.essence.clone()]
    }

    /// Is it this `type/subtype`, whatever the case and the parameters?
    pub fn is(&self, essence: &str) -> bool {
        let own = self.essence();
        if own.len() <= essence.len() {
            return own.eq_ignore_ascii_case(essence);
        }
        // What is longer can still be the same with white space around the slash.
        match (own.split_once('/'), essence.split_once('/')) {
            (Some((kind, subtype)), Some((other_kind, other_subtype))) => {
                kind.trim().eq_ignore_ascii_case(other_kind) && subtype.trim().eq_ignore_ascii_case(other_subtype)
            }
            _ => false,
        }
    }

    pub fn is_multipart(&self) -> bool {
        self.essence().split_once('/').is_some_and(|(kind, _)| kind.trim().eq_ignore_ascii_case("multipart"))
    }

    /// The value of the first parameter called `name`, whatever its case; without its quotes.
    pub fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let (_, value) = self.parameters.iter().find(|(n, _)| self.text[n.clone()].eq_ignore_ascii_case(name))?;
        Some(unquote(&self.text[value.clone()]))
    }

    /// Name and value of every parameter, in order; values without their quotes.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.parameters.iter().map(|(name, value)| (&self.text[name.clone()], unquote(&self.text[value.clone()])))
    }

    /// What separates the parts of a multipart (RFC 2046 §5.1.1).
    pub fn boundary(&self) -> Option<Cow<'_, str>> {
        self.parameter("boundary").filter(|boundary| !boundary.is_empty())
    }

    pub fn charset(&self) -> Option<Cow<'_, str>> {
        self.parameter("charset")
    }

    /// The Content-ID of the root of a multipart/related (RFC 2387 §3.2).
    pub fn start(&self) -> Option<Cow<'_, str>> {
        self.parameter("start")
    }

    /// The media type of the root of a multipart/related (RFC 2387 §3.1).
    pub fn root_type(&self) -> Option<Cow<'_, str>> {
        self.parameter("type")
    }
}

/// The `type/subtype` of a Content-Type value as written, when nothing else of it is asked for.
pub fn essence_of(text: &str) -> &str {
    // Nearly always there is nothing else, or nothing in quotes before it ends.
    match memchr::memchr2(b';', b'"', text.as_bytes()) {
        None => &text[trim(text, 0..text.len())],
        Some(end) if text.as_bytes()[end] == b';' => &text[trim(text, 0..end)],
        Some(_) => &text[fields(text).next().unwrap_or(0..0)],
    }
}

/// Is a Content-Type value of this `type/subtype`, whatever the case and the parameters? Nearly always it is written just so.
pub fn is_essence(text: &str, essence: &str) -> bool {
    text == essence || essence_of(text).eq_ignore_ascii_case(essence)
}

/// The fields between the semicolons that stand outside of quotes, trimmed; empty ones are left out, except the first.
fn fields(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|_| at <= text.len())?;
        let (mut quoted, mut escaped) = (false, false);
        let end = rest.bytes().position(|byte| {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b';' => return !quoted,
                _ => {}
            }
            false
        });
        let field = at..end.map_or(text.len(), |end| at + end);
        at = end.map_or(usize::MAX, |_| field.end + 1);
        Some((field.start, trim(text, field)))
    })
    .filter(|(start, field)| *start == 0 || !field.is_empty())
    .map(|(_, field)| field)
}

fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    super::text::trim(text.as_bytes(), range)
}

/// A token as it is; a quoted string (RFC 822 §3.3) without its quotes and escapes.
fn unquote(value: &str) -> Cow<'_, str> {
    let Some(inner) = value.strip_prefix('"') else { return Cow::Borrowed(value) };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut chars = inner.chars();
    let mut text = String::with_capacity(inner.len());
    while let Some(c) = chars.next() {
        text.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_case_and_spaces_do_not_matter() {
        let media_type = MediaType::parse("Multipart/Mixed ; BOUNDARY=\"a;b \\\"c\" ;; charset = utf-8;flag");
        assert!(media_type.is("multipart/mixed") && media_type.is_multipart());
        assert_eq!(media_type.essence(), "Multipart/Mixed");
        assert_eq!(media_type.boundary().as_deref(), Some("a;b \"c"));
        assert_eq!(media_type.charset().as_deref(), Some("utf-8"));
        assert_eq!(media_type.parameters().count(), 2);
        assert_eq!(media_type.start(), None);
    }

    #[test]
    fn related_names_its_root() {
        let text = "multipart/related;boundary=x;type=\"application/conference-info+xml\";start=\"<root@focus>\"";
        let media_type = MediaType::parse(text);
        assert_eq!(media_type.root_type().as_deref(), Some("application/conference-info+xml"));
        assert_eq!(media_type.start().as_deref(), Some("<root@focus>"));
        assert_eq!(media_type.as_str(), text);
    }

    #[test]
    fn nonsense_is_kept() {
        for text in ["", ";", "*", "text", "text/plain;charset=\"never closed", "a/b;=", ";boundary=x"] {
            let media_type = MediaType::parse(text);
            assert_eq!(media_type.as_str(), text);
            assert!(!media_type.is("text/html"));
        }
        assert_eq!(MediaType::parse(";boundary=x").boundary().as_deref(), Some("x"));
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC*|[;=\"\\\\ a/é]*") {
            let media_type = MediaType::parse(text.as_str());
            prop_assert_eq!(media_type.essence(), essence_of(&text));
            prop_assert_eq!(media_type.as_str(), text.as_str());
            prop_assert!(media_type.parameters().count() <= MAX_PARAMETERS);
        }
    }
}
