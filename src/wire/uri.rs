//! URIs of SIP messages and CPIM wrappers: their parts, when two are the same, and the form that joins their spellings.
//!
//! In comes the text of one URI, out come slices of it. Nothing is judged: what RFC 4475 and RFC 5118 send (odd
//! characters in the user part, IPv6 hosts without brackets, empty parameters) is read as far as it can be told apart.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv6Addr};
use std::ops::Range;

pub use super::name_addr::{NameAddr, split_values};

/// One URI. `sip`, `sips`, `im` and `pres` have a host; `tel` and all others have a path instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    text: &'a str,
    scheme: Range<usize>,
    user: Option<Range<usize>>,
    password: Option<Range<usize>>,
    host: Option<Range<usize>>,
    port: Option<Range<usize>>,
    path: Option<Range<usize>>,
    /// Behind the first `;`.
    params: Range<usize>,
    /// Behind the `?`.
    headers: Range<usize>,
}

impl<'a> Uri<'a> {
    /// Reads one URI, without angle brackets. `None`: it has no scheme, or a SIP URI has no host.
    pub fn parse(text: &'a str) -> Option<Uri<'a>> {
        let start = text.len() - text.trim_start().len();
        let end = text.trim_end().len();
        let colon = find(text, start..end, b':')?;
        let scheme = start..colon;
        if !is_scheme(&text[scheme.clone()]) {
            return None;
        }
        let none = end..end;
        let mut uri = Uri {
            text,
            scheme,
            user: None,
            password: None,
            host: None,
            port: None,
            path: None,
            params: none.clone(),
            headers: none,
        };
        let rest = colon + 1..end;
        if ["sip", "sips", "im", "pres"].into_iter().any(|scheme| uri.has_scheme(scheme)) {
            uri.read_address(rest)?;
        } else if uri.has_scheme("tel") {
            let path_end = find(text, rest.clone(), b';').unwrap_or(end);
            uri.path = Some(rest.start..path_end);
            uri.params = (path_end + 1).min(end)..end;
        } else {
            uri.path = Some(rest);
        }
        Some(uri)
    }

    /// `userinfo@host:port;params?headers` (RFC 3261 §25.1, `SIP-URI`).
    fn read_address(&mut self, rest: Range<usize>) -> Option<()> {
        let text = self.text;
        let mut host_start = rest.start;
        if let Some(first_at) = find(text, rest.clone(), b'@') {
            // A user part may hold `;` and `?`. An `@` that should have been escaped belongs to it too, one among the
            // parameters or headers does not.
            let host_end = host_end(text, first_at..rest.end);
            let at = memchr::memrchr(b'@', &text.as_bytes()[..host_end]).unwrap_or(first_at);
            let user_end = find(text, rest.start..at, b':').unwrap_or(at);
            self.user = Some(rest.start..user_end);
            self.password = (user_end < at).then_some(user_end + 1..at);
            host_start = at + 1;
        }
        let host_end = host_end(text, host_start..rest.end);
        let (host, port) = split_port(&text[host_start..host_end]);
        if host.is_empty() {
            return None;
        }
        self.host = Some(host_start..host_start + host.len());
        self.port = port.map(|port| host_end - port.len()..host_end);
        let headers = find(text, host_end..rest.end, b'?');
        let params_end = headers.unwrap_or(rest.end);
        self.params = (host_end + 1).min(params_end)..params_end;
        self.headers = headers.map_or(rest.end, |mark| mark + 1)..rest.end;
        Some(())
    }

    fn slice(&self, range: &Range<usize>) -> &'a str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// As written: schemes ignore case.
    pub fn scheme(&self) -> &'a str {
        self.slice(&self.scheme)
    }

    /// As written, with its escapes and, of a telephone number, its parameters.
    pub fn user(&self) -> Option<&'a str> {
        self.user.as_ref().map(|range| self.slice(range))
    }

    pub fn password(&self) -> Option<&'a str> {
        self.password.as_ref().map(|range| self.slice(range))
    }

    /// A name, an IPv4 address, or an IPv6 address with its brackets if it has them.
    pub fn host(&self) -> Option<&'a str> {
        self.host.as_ref().map(|range| self.slice(range))
    }

    /// Is the host an IP address?
    pub fn has_address(&self) -> bool {
        self.host().is_some_and(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok())
    }

    /// `None` also where it is no number below 65536.
    pub fn port(&self) -> Option<u16> {
        self.port_text()?.parse().ok()
    }

    fn port_text(&self) -> Option<&'a str> {
        self.port.as_ref().map(|range| self.slice(range).trim())
    }

    /// The number of a `tel` URI; of a `urn` or another URI without a host all that follows the scheme.
    pub fn path(&self) -> Option<&'a str> {
        self.path.as_ref().map(|range| self.slice(range))
    }

    /// Which bytes of the parsed text are the user part.
    pub fn user_range(&self) -> Option<Range<usize>> {
        self.user.clone()
    }

    /// Which bytes of the parsed text are the host.
    pub fn host_range(&self) -> Option<Range<usize>> {
        self.host.clone()
    }

    /// The parameters with their values as written, in order; empty ones (`;;`) are left out.
    pub fn params(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        pairs(self.slice(&self.params), ';')
    }

    /// The value of a parameter, `""` where it has none; names ignore case.
    pub fn param(&self, name: &str) -> Option<&'a str> {
        self.params().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.unwrap_or_default())
    }

    /// The headers behind `?`, as written.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        pairs(self.slice(&self.headers), '&')
    }

    fn has_scheme(&self, scheme: &str) -> bool {
        self.scheme().eq_ignore_ascii_case(scheme)
    }

    /// Whether both name the same resource: RFC 3261 §19.1.4 for SIP, RFC 3966 §4 for telephone numbers, else equal
    /// text after the scheme. Not transitive: parameters that only one of them has are mostly ignored.
    pub fn same_as(&self, other: &Uri<'_>) -> bool {
        if !self.has_scheme(other.scheme()) {
            return false;
        }
        match (self.path(), other.path()) {
            (Some(mine), Some(theirs)) if self.has_scheme("tel") => {
                without_separators(mine).eq_ignore_ascii_case(&without_separators(theirs))
                    && folded(self.params()) == folded(other.params())
            }
            (Some(mine), Some(theirs)) => mine == theirs,
            (None, None) => {
                let exact = |part: Option<&str>| part.map(|part| canonical(part).into_owned());
                exact(self.user()) == exact(other.user())
                    && exact(self.password()) == exact(other.password())
                    && self.host().map(host_key) == other.host().map(host_key)
                    && (self.port(), self.port_text().is_some()) == (other.port(), other.port_text().is_some())
                    && same_params(&folded(self.params()), &folded(other.params()))
                    && same_headers(self, other)
            }
            _ => false,
        }
    }

    /// The form that the spellings of one user's or focus's address share, to join what different legs call it: no
    /// parameters, headers, password or default port; `sip` for `sips`; host in lower case; and a global telephone
    /// number is `tel:+digits`, whether it came as a `tel` URI or as the user part of a SIP URI.
    pub fn key(&self) -> String {
        let scheme = &*lower(Cow::Borrowed(self.scheme()));
        if let Some(path) = self.path() {
            if scheme != "tel" {
                return format!("{scheme}:{path}");
            }
            let number = without_separators(path);
            // A local number means something in its context only (RFC 3966 §5.1.5).
            return match self.param("phone-context") {
                Some(context) if !number.starts_with('+') => {
                    format!("tel:{number};phone-context={}", context.to_ascii_lowercase())
                }
                _ => format!("tel:{number}"),
            };
        }
        let user = self.user().map(canonical);
        if let Some(number) = user.as_deref().and_then(global_number) {
            return ["tel:+", &number].concat();
        }
        let default_port = if scheme == "sips" { 5061 } else { 5060 };
        let scheme = if scheme == "sips" { "sip" } else { scheme };
        let host = self.host().map_or(Cow::Borrowed(""), host_key);
        let mut key = match user {
            Some(user) => [scheme, ":", &user, "@", &host].concat(),
            None => [scheme, ":", &host].concat(),
        };
        if let Some(port) = self.port().filter(|port| *port != default_port) {
            // Writing to a String cannot fail.
            _ = write!(key, ":{port}");
        }
        key
    }
}

/// `text` with its escapes decoded; what is no escape stays, and what is no UTF-8 becomes U+FFFD.
pub fn percent_decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|hex| byte == b'%' && hex.iter().all(u8::is_ascii_hexdigit));
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &tail[2..];
            }
            None => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Where in `text` the first `mark`, an ASCII character, inside `range` is.
fn find(text: &str, range: Range<usize>, mark: u8) -> Option<usize> {
    let start = range.start;
    memchr::memchr(mark, text.as_bytes().get(range)?).map(|at| start + at)
}

/// Where in `text` the host and port end that stand in `range`: before the parameters or headers.
fn host_end(text: &str, range: Range<usize>) -> usize {
    let Range { start, end } = range;
    let found = text.as_bytes().get(range).and_then(|bytes| memchr::memchr2(b';', b'?', bytes));
    found.map_or(end, |at| start + at)
}

/// `host`, and the text behind its port's colon. An IPv6 address without brackets (RFC 5118 §4.2) is a host.
fn split_port(text: &str) -> (&str, Option<&str>) {
    let name_start = memchr::memchr(b']', text.as_bytes()).unwrap_or(0);
    match memchr::memrchr(b':', &text.as_bytes()[name_start..]) {
        Some(_) if text.parse::<Ipv6Addr>().is_ok() => (text, None),
        Some(colon) => (text[..name_start + colon].trim_end(), Some(&text[name_start + colon + 1..])),
        None => (text.trim_end(), None),
    }
}

/// `name=value` pairs, or names alone.
fn pairs(text: &str, separator: char) -> impl Iterator<Item = (&str, Option<&str>)> {
    text.split(separator).map(str::trim).filter(|pair| !pair.is_empty()).map(|pair| match pair.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim())),
        None => (pair, None),
    })
}

/// Escapes made comparable (RFC 3261 §19.1.4): unreserved characters plain, reserved ones as they are, all others
/// escaped in upper case. Nearly every text is in this form already.
fn canonical(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| IS_UNRESERVED[usize::from(byte)] || RESERVED.contains(&byte);
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((&first, rest)) = bytes.split_first() {
        let escaped = (first == b'%').then(|| rest.get(..2).and_then(hex_byte)).flatten();
        let byte = escaped.unwrap_or(first);
        if IS_UNRESERVED[usize::from(byte)] || (escaped.is_none() && RESERVED.contains(&byte)) {
            out.push(char::from(byte))
        } else {
            _ = write!(out, "%{byte:02X}")
        }
        bytes = if escaped.is_some() { rest.get(2..).unwrap_or_default() } else { rest };
    }
    Cow::Owned(out)
}

/// RFC 3261 §25.1, `reserved`.
const RESERVED: &[u8] = b";/?:@&=+$,";

/// RFC 3261 §25.1, `unreserved`: each byte of each user part and host is looked up.
const IS_UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < table.len() {
        let byte = at as u8;
        table[at] = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')');
        at += 1;
    }
    table
};

/// In lower case, as far as it is ASCII.
fn lower(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) { Cow::Owned(text.to_ascii_lowercase()) } else { text }
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    match digits {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    }
}

/// The host in lower case; an IPv6 address in its one normal form (RFC 5952), in brackets.
fn host_key(host: &str) -> Cow<'_, str> {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    // An address has colons, and a name has none.
    match memchr::memchr(b':', inner.as_bytes()).and_then(|_| inner.parse::<Ipv6Addr>().ok()) {
        Some(address) => Cow::Owned(format!("[{address}]")),
        None => lower(canonical(host)),
    }
}

/// Without the visual separators of RFC 3966 §3.
fn without_separators(number: &str) -> Cow<'_, str> {
    if number.bytes().any(|byte| matches!(byte, b'-' | b'.' | b'(' | b')' | b' ')) {
        Cow::Owned(number.replace(['-', '.', '(', ')', ' '], ""))
    } else {
        Cow::Borrowed(number)
    }
}

/// The digits behind the `+`, if the user part of a SIP URI is such a telephone number (with parameters of its own or without).
fn global_number(user: &str) -> Option<Cow<'_, str>> {
    let number = user.split(';').next().unwrap_or_default();
    let digits = ["+", "%2B", "%2b"].iter().find_map(|plus| number.strip_prefix(plus))?;
    let digits = without_separators(digits);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// Names and values in the form in which they compare, without regard to order and case; of equal names the first.
fn folded<'a>(pairs: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> BTreeMap<String, String> {
    let mut map = BTreeMap::new();
    for (name, value) in pairs {
        map.entry(fold(name)).or_insert_with(|| fold(value.unwrap_or_default()));
    }
    map
}

fn fold(text: &str) -> String {
    canonical(text).to_ascii_lowercase()
}

/// The parameter rules of RFC 3261 §19.1.4.
fn same_params(mine: &BTreeMap<String, String>, theirs: &BTreeMap<String, String>) -> bool {
    // `transport` is not in the list of the rules, but is in the paragraph above it and in the examples.
    const NEVER_IN_ONE_ONLY: [&str; 5] = ["maddr", "method", "transport", "ttl", "user"];
    NEVER_IN_ONE_ONLY.iter().all(|name| mine.contains_key(*name) == theirs.contains_key(*name))
        && mine.iter().all(|(name, value)| theirs.get(name).is_none_or(|other| other == value))
}

/// Headers are never ignored; their order is. Values compare without regard to case, as the other components do.
fn same_headers(mine: &Uri<'_>, theirs: &Uri<'_>) -> bool {
    let sorted = |uri: &Uri<'_>| {
        let mut all: Vec<_> = uri.headers().map(|(name, value)| (fold(name), value.map(fold))).collect();
        all.sort();
        all
    };
    sorted(mine) == sorted(theirs)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn uri(text: &str) -> Uri<'_> {
        Uri::parse(text).unwrap_or_else(|| panic!("no URI: {text}"))
    }

    #[test]
    fn the_parts() {
        let all = uri(" sips:al%69ce;x=1?y:pw@[2001:db8::1]:5070 ;transport=TCP;lr;;gr=urn:x?Subject=a%20b&to=c ");
        assert_eq!(all.scheme(), "sips");
        assert_eq!((all.user(), all.password()), (Some("al%69ce;x=1?y"), Some("pw")));
        assert_eq!((all.host(), all.port()), (Some("[2001:db8::1]"), Some(5070)));
        assert_eq!(all.params().collect::<Vec<_>>(), [("transport", Some("TCP")), ("lr", None), ("gr", Some("urn:x"))]);
        assert_eq!((all.param("TRANSPORT"), all.param("lr"), all.param("ob")), (Some("TCP"), Some(""), None));
        assert_eq!(all.headers().collect::<Vec<_>>(), [("Subject", Some("a%20b")), ("to", Some("c"))]);
        assert_eq!((all.user_range(), all.host_range()), (Some(6..19), Some(23..36)));
    }

    #[test]
    fn what_the_torture_messages_send() {
        let unusual = "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*";
        for (text, user, host, port) in [
            (&*format!("sip:{unusual}@example.com"), Some(unusual), "example.com", None),
            ("sip:sips%3Auser%40example.com@example.net", Some("sips%3Auser%40example.com"), "example.net", None),
            ("sip:user;par=u%40example.net@example.com", Some("user;par=u%40example.net"), "example.com", None),
            ("sip:user@example.com; lr", Some("user"), "example.com", None),
            ("sip:user@example.com?Route=%3Csip:example.com%3E", Some("user"), "example.com", None),
            ("sip:null-%00-null@example.com", Some("null-%00-null"), "example.com", None),
            ("sip:conf@host?to=sip:bob@x", Some("conf"), "host", None),
            ("sip:alice@home@proxy;x", Some("alice@home"), "proxy", None),
            ("sip:[2001:db8::10]", None, "[2001:db8::10]", None),
            ("sip:2001:db8::10", None, "2001:db8::10", None),
            ("sip:[2001:db8::10:5070]", None, "[2001:db8::10:5070]", None),
            ("sip:[2001:db8::10]:5070", None, "[2001:db8::10]", Some(5070)),
            ("sip:user@[2001:db8::192.0.2.1]", Some("user"), "[2001:db8::192.0.2.1]", None),
            ("SIP:127.0.0.1:5080", None, "127.0.0.1", Some(5080)),
            ("sip:host:99999", None, "host", None),
            ("sip:@host", Some(""), "host", None),
        ] {
            let uri = uri(text);
            assert_eq!((uri.user(), uri.host(), uri.port()), (user, Some(host), port), "{text}");
        }
        for (text, path) in [
            ("tel:+1-201-555-0123;ext=5", "+1-201-555-0123"),
            ("urn:urn-7:3gpp-service.ims.icsi.oma.cpm.session", "urn-7:3gpp-service.ims.icsi.oma.cpm.session"),
            ("soap.beep://192.0.2.103:3002", "//192.0.2.103:3002"),
            ("isbn:2983792873", "2983792873"),
        ] {
            assert_eq!((uri(text).path(), uri(text).host()), (Some(path), None), "{text}");
        }
        for text in ["", "sip:", "sip:;x", "sip:user@", "ralph@example.com", ":x", "1a:x", "*"] {
            assert_eq!(Uri::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_examples_of_rfc_3261_19_1_4() {
        for (a, b) in [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
            ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0::1]"),
            ("tel:+1-201-555-0123", "tel:+12015550123"),
        ] {
            assert!(uri(a).same_as(&uri(b)) && uri(b).same_as(&uri(a)), "{a} and {b}");
        }
        for (a, b) in [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
            ("sip:bob@biloxi.com", "sips:bob@biloxi.com"),
            ("sip:a%3Bb@x", "sip:a;b@x"),
            ("sip:a@x;maddr=192.0.2.1", "sip:a@x"),
            ("sip:a:pw@x", "sip:a@x"),
            ("tel:+12015550123", "tel:12015550123"),
            ("tel:+12015550123;ext=1", "tel:+12015550123"),
        ] {
            assert!(!uri(a).same_as(&uri(b)) && !uri(b).same_as(&uri(a)), "{a} and {b}");
        }
    }

    #[test]
    fn spellings_of_one_address_share_a_key() {
        for (text, key) in [
            ("sip:+49170@ims.example;user=phone", "tel:+49170"),
            ("sip:+49170@IMS.example", "tel:+49170"),
            ("sip:%2B49170;npdi@ims.example:5060", "tel:+49170"),
            ("sips:+49.170@other.example", "tel:+49170"),
            ("tel:+49-170", "tel:+49170"),
            ("tel:+49(170);ext=1", "tel:+49170"),
            ("tel:4711;phone-context=IMS.example", "tel:4711;phone-context=ims.example"),
            ("sip:4711@ims.example;user=phone", "sip:4711@ims.example"),
            ("SIPS:%41lice:pw@Ims.Example:5061;gr=1?a=b", "sip:Alice@ims.example"),
            ("sip:alice@ims.example:5061", "sip:alice@ims.example:5061"),
            ("sip:a%3bb%C3%BC@x", "sip:a%3Bb%C3%BC@x"),
            ("sip:a%3Bbü@x", "sip:a%3Bb%C3%BC@x"),
            ("sip:2001:DB8::0:10", "sip:[2001:db8::10]"),
            ("sip:+%3049@x", "tel:+049"),
            ("sip:+@x", "sip:+@x"),
            ("sip:+49a@x", "sip:+49a@x"),
            ("URN:uuid:F81D4FAE", "urn:uuid:F81D4FAE"),
        ] {
            assert_eq!(uri(text).key(), key, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_uri_is_the_same_as_itself(text in r"(sips?|SIP|tel|im|x):[:@;?%+\[\]=a-c0-9ü .\-]{0,24}") {
            if let Some(parsed) = Uri::parse(&text) {
                prop_assert!(parsed.same_as(&parsed), "{:?}", parsed);
                prop_assert!(!parsed.key().is_empty());
            }
        }

        #[test]
        fn the_key_of_a_key_is_itself(
            text in r"(sips?|tel|im):(\+?[a-c0-9%ü.-]{1,9}@)?([a-cA-C0-9.]{1,9}|\[::[1-9]\])(:[0-9]{1,4})?(;[a-c=]{1,5})?",
        ) {
            if let Some(key) = Uri::parse(&text).map(|uri| uri.key()) {
                let again = Uri::parse(&key).map(|uri| uri.key());
                prop_assert_eq!(again, Some(key), "{:?}", text);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text: String, other: String) {
            let sip = format!("sip:{text}");
            if let (Some(a), Some(b)) = (Uri::parse(&sip), Uri::parse(&other)) {
                a.same_as(&b);
            }
        }
    }
}
