//! Header values that hold addresses: From, To, Contact, P-Asserted-Identity, Refer-To, Route, … (RFC 3261 §20.10).

use std::borrow::Cow;

/// `display-name <uri>;params`, or a URI alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// As written, quotes included.
    display_name: &'a str,
    uri: &'a str,
    /// What follows the URI, from the first `;`.
    params: &'a str,
}

impl<'a> NameAddr<'a> {
    /// Reads one value (see [`split_values`]); folded lines are white space. `None`: it holds no address at all.
    ///
    /// Without angle brackets the first `;` ends the URI: what follows are parameters of the header (RFC 3261 §20.10).
    pub fn parse(text: &'a str) -> Option<NameAddr<'a>> {
        let text = text.trim();
        let (display_name, uri, params) = match find_bracket(text) {
            Some(open) => {
                let (uri, params) = text[open + 1..].split_once('>').unwrap_or((&text[open + 1..], ""));
                (text[..open].trim_end(), uri, params)
            }
            None => {
                let name_end = text.strip_prefix('"').and_then(closing_quote).map_or(0, |quote| quote + 2);
                let address = &text[name_end..];
                let uri_end = address.find(';').unwrap_or(address.len());
                (&text[..name_end], &address[..uri_end], &address[uri_end..])
            }
        };
        let uri = uri.trim();
        (!uri.is_empty()).then_some(NameAddr { display_name, uri, params })
    }

    /// Without quotes and escapes, folded lines joined; `None` where there is none, `""` where it is empty (`"" <…>`).
    pub fn display_name(&self) -> Option<Cow<'a, str>> {
        (!self.display_name.is_empty()).then(|| unquote(self.display_name))
    }

    /// Without its brackets; `*` in `Contact: *`. See [`super::uri::Uri::parse`].
    pub fn uri(&self) -> &'a str {
        self.uri
    }

    /// The header's parameters in order, values as written.
    pub fn params(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        Split::new(self.params, b';').map(|param| match param.split_once('=') {
            Some((name, value)) => (name.trim_end(), Some(value.trim_start())),
            None => (param, None),
        })
    }

    /// The value of a parameter without its quotes, `""` where it has none; names ignore case.
    pub fn param(&self, name: &str) -> Option<Cow<'a, str>> {
        let (_, value) = self.params().find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        Some(unquote(value.unwrap_or_default()))
    }

    pub fn has_param(&self, name: &str) -> bool {
        self.params().any(|(found, _)| found.eq_ignore_ascii_case(name))
    }
}

/// The values of a header line: separated by commas, but not by those inside quotes or angle brackets. Trimmed; empty
/// ones are left out. A quote or bracket that is never closed is a character like others (RFC 4475 §3.1.2.6).
///
/// From and To hold one value and are not for splitting: in `From: Bell, Alexander <…>` (seen, though not allowed) the
/// comma is part of the name.
pub fn split_values(text: &str) -> impl Iterator<Item = &str> {
    Split::new(text, b',')
}

/// Pieces between separators that stand outside quotes and brackets.
struct Split<'a> {
    rest: &'a str,
    separator: u8,
    /// Whether a quote, a bracket may still be closed. Once the search for an end has failed it is not made again, so
    /// that the whole takes linear time.
    quotes: bool,
    brackets: bool,
}

impl<'a> Split<'a> {
    fn new(text: &'a str, separator: u8) -> Split<'a> {
        Split { rest: text, separator, quotes: true, brackets: true }
    }

    /// Where the next separator is, or the end.
    fn piece_len(&mut self) -> usize {
        let bytes = self.rest.as_bytes();
        let mut at = 0;
        while let Some(len) = memchr::memchr3(self.separator, b'"', b'<', &bytes[at..]) {
            at += len + 1;
            match bytes[at - 1] {
                byte if byte == self.separator => return at - 1,
                b'"' if self.quotes => match closing_quote(&self.rest[at..]) {
                    Some(len) => at += len + 1,
                    None => self.quotes = false,
                },
                b'<' if self.brackets => match self.rest[at..].find('>') {
                    Some(len) => at += len + 1,
                    None => self.brackets = false,
                },
                _ => {}
            }
        }
        bytes.len()
    }
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while !self.rest.is_empty() {
            let len = self.piece_len();
            let piece = self.rest[..len].trim();
            self.rest = self.rest.get(len + 1..).unwrap_or_default();
            if !piece.is_empty() {
                return Some(piece);
            }
        }
        None
    }
}

/// Where the quoted string ends that `text` begins inside of.
fn closing_quote(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at),
            b'\\' => _ = bytes.next(),
            _ => {}
        }
    }
    None
}

/// The `<` before the URI: the first one outside quotes.
fn find_bracket(text: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(len) = memchr::memchr2(b'"', b'<', &text.as_bytes()[at..]) {
        at += len + 1;
        if text[..at].ends_with('<') {
            return Some(at - 1);
        }
        match closing_quote(&text[at..]) {
            Some(len) => at += len + 1,
            None => return text[at..].find('<').map(|len| at + len),
        }
    }
    None
}

/// Without quotes and escapes; white space with a line break in it becomes one space.
fn unquote(text: &str) -> Cow<'_, str> {
    let (inner, is_quoted) = match text.strip_prefix('"') {
        Some(inner) => (inner.strip_suffix('"').unwrap_or(inner), true),
        None => (text, false),
    };
    let has_escapes = is_quoted && inner.contains('\\');
    if !has_escapes && !inner.contains(['\r', '\n']) {
        return Cow::Borrowed(inner);
    }
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' if is_quoted => out.extend(chars.next()),
            '\r' | '\n' => {
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                out.truncate(out.trim_end_matches([' ', '\t']).len());
                out.push(' ');
            }
            _ => out.push(char),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::super::uri::Uri;
    use super::*;

    /// What an address is read as: `name|uri|params`, the params separated by spaces; `-` for no name.
    fn parts(text: &str) -> String {
        let address = NameAddr::parse(text).unwrap_or_else(|| panic!("no address: {text}"));
        let param = |(name, value): (&str, Option<&str>)| value.map_or(name.into(), |value| format!("{name}={value}"));
        let params: Vec<String> = address.params().map(param).collect();
        format!("{}|{}|{}", address.display_name().unwrap_or("-".into()), address.uri(), params.join(" "))
    }

    #[test]
    fn addresses_as_the_torture_messages_write_them() {
        for (text, expected) in [
            (
                r#""J Rosenberg \\\""       <sip:jdrosen@example.com>  ;  tag = 98asjd8"#,
                r#"J Rosenberg \"|sip:jdrosen@example.com|tag=98asjd8"#,
            ),
            (
                "\"Quoted \\\"\\\"\" <sip:j@example.com> ; newparam =\r\n newvalue ;\r\n  secondparam ; q = 0.33",
                r#"Quoted ""|sip:j@example.com|newparam=newvalue secondparam q=0.33"#,
            ),
            ("\"Watson, Thomas\" < sip:t.watson@example.org >", "Watson, Thomas|sip:t.watson@example.org|"),
            ("Bell, Alexander <sip:a.g.bell@bell-tel.com>", "Bell, Alexander|sip:a.g.bell@bell-tel.com|"),
            ("caller<sip:caller@example.com>;tag=323", "caller|sip:caller@example.com|tag=323"),
            (
                "token1~` token2'+_ token3*%!.- <sip:m@e.com>;fromParam''~+*_!.-%=\"раб;от,ающий\";tag=_token~1'+`*%!-.",
                "token1~` token2'+_ token3*%!.-|sip:m@e.com|fromParam''~+*_!.-%=\"раб;от,ающий\" tag=_token~1'+`*%!-.",
            ),
            ("\"Mr. J. User <sip:j.user@example.com>", "Mr. J. User|sip:j.user@example.com|"),
            ("\"<not this>\" <sip:a@b>", "<not this>|sip:a@b|"),
            ("A. Bell\r\n   Jr <sip:a.g.bell@example.com>;tag=q", "A. Bell Jr|sip:a.g.bell@example.com|tag=q"),
            ("sip:caller@example.net;tag=242etr", "-|sip:caller@example.net|tag=242etr"),
            ("sip:a@b;x=\"<y>\"", "-|sip:a@b|x=\"<y>\""),
            ("\"Joe\" <sip:joe@example.org>;;;;", "Joe|sip:joe@example.org|"),
            ("\"\" <sip:a@b>", "|sip:a@b|"),
            ("\"Bob\" sip:bob@b;tag=1", "Bob|sip:bob@b|tag=1"),
            (
                "<sip:a@b;lr?x=y>;+sip.instance=\"<urn:uuid:1>\";isfocus",
                "-|sip:a@b;lr?x=y|+sip.instance=\"<urn:uuid:1>\" isfocus",
            ),
            ("<sip:open@b", "-|sip:open@b|"),
            ("isbn:2983792873", "-|isbn:2983792873|"),
            ("*", "-|*|"),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
        for text in ["", "  ", "<>", ";tag=1", "\"name\"", "< >;x"] {
            assert_eq!(NameAddr::parse(text), None, "{text}");
        }
    }

    #[test]
    fn parameters_by_name() {
        let address = NameAddr::parse("<sip:a@b>;Tag=x;isfocus;note=\"a \\\"b\\\"\"").unwrap();
        assert_eq!(address.param("tag").as_deref(), Some("x"));
        assert_eq!(address.param("note").as_deref(), Some("a \"b\""));
        assert_eq!(address.param("isfocus").as_deref(), Some(""));
        assert!(address.has_param("ISFOCUS") && !address.has_param("focus"));
    }

    #[test]
    fn commas_inside_quotes_and_brackets_separate_nothing() {
        let values = |text: &'static str| split_values(text).collect::<Vec<_>>();
        assert_eq!(
            values("\"A, B\" <sip:a,b@c>;x=\",\" ,,\r\n <tel:+1>"),
            ["\"A, B\" <sip:a,b@c>;x=\",\"", "<tel:+1>"]
        );
        assert_eq!(values("\"\\\",\" <sip:a>, b"), ["\"\\\",\" <sip:a>", "b"]);
        // Never closed: characters like others.
        assert_eq!(values("\"A <sip:a>, <sip:b>"), ["\"A <sip:a>", "<sip:b>"]);
        assert_eq!(values("<sip:a, b"), ["<sip:a", "b"]);
        assert!(values(" , ").is_empty());
    }

    #[test]
    fn a_line_of_hostile_quotes_takes_linear_time() {
        let line = format!("\"{}", ",\\\"".repeat(300_000));
        assert_eq!(split_values(&line).count(), 300_001);
    }

    /// The address headers of every message in the folder: nearly every value has a URI.
    #[test]
    fn the_headers_of_the_torture_messages_are_read() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus/world/sip-torture");
        let Ok(files) = std::fs::read_dir(folder) else {
            _ = writeln!(std::io::stderr(), "skipped: {folder} is not there");
            return;
        };
        let mut addresses = 0;
        let mut without_uri = Vec::new();
        for file in files.flatten() {
            let bytes = std::fs::read(file.path()).unwrap();
            let message = String::from_utf8_lossy(&bytes);
            let head = message.split("\r\n\r\n").next().unwrap_or_default();
            for line in head.replace("\r\n ", " ").replace("\r\n\t", " ").lines() {
                let Some((name, value)) = line.split_once(':') else { continue };
                let values: Vec<&str> = match name.trim().to_ascii_lowercase().as_str() {
                    "from" | "f" | "to" | "t" if !value.trim().is_empty() => vec![value],
                    "contact" | "m" | "route" | "record-route" => split_values(value).collect(),
                    _ => continue,
                };
                for value in values {
                    addresses += 1;
                    let uri = NameAddr::parse(value).map(|address| address.uri());
                    if uri.and_then(Uri::parse).is_none() {
                        without_uri.push(uri.unwrap_or(value).to_owned());
                    }
                }
            }
        }
        without_uri.sort();
        without_uri.dedup();
        let known = ["\"\" <> ;", "*", ";;", "alan@jasomi.com", "ralph@example.com"];
        assert_eq!((addresses, without_uri), (221, known.map(str::to_owned).to_vec()));
    }

    proptest! {
        #[test]
        fn any_value_is_split_and_read(text in "[\"<>,;=\\\\ a:ü\r\n]{0,40}") {
            for value in split_values(&text) {
                prop_assert!(!value.is_empty() && value == value.trim());
                if let Some(address) = NameAddr::parse(value) {
                    address.display_name();
                    prop_assert!(address.params().all(|(name, _)| address.has_param(name)));
                }
            }
        }

        #[test]
        fn what_is_quoted_comes_back(name: String, tag in "[a-z0-9]{1,8}") {
            let name: String = name.chars().filter(|char| !char.is_control()).collect();
            let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
            let line = format!("\"{quoted}\" <sip:a@b>;tag={tag}, <sip:c@d>");
            let values: Vec<&str> = split_values(&line).collect();
            prop_assert_eq!(values.len(), 2);
            let address = NameAddr::parse(values[0]).unwrap();
            prop_assert_eq!(address.display_name(), Some(Cow::from(name)));
            prop_assert_eq!(address.param("tag"), Some(Cow::from(tag)));
        }
    }
}
