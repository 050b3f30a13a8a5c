//! MSRP URIs and paths (RFC 4975 §6, RFC 4976 §5.1): `msrp://host:port/session-id;tcp`, one or more separated by spaces.

use std::ops::Range;

/// The URIs of a To-Path, From-Path or `a=path`, in order of travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path<'a>(pub &'a str);

impl<'a> Path<'a> {
    pub fn uris(self) -> impl DoubleEndedIterator<Item = &'a str> {
        self.0.split_ascii_whitespace()
    }

    /// The next hop.
    pub fn first(self) -> Option<&'a str> {
        self.uris().next()
    }

    /// The far end behind all relays.
    pub fn last(self) -> Option<&'a str> {
        self.uris().next_back()
    }
}

/// The session-id of an MSRP URI: what stands between the authority and the transport. Compared byte by byte (RFC 4975 §6.1);
/// host and port may be rewritten on the way (RFC 6714).
pub fn session_id(uri: &str) -> Option<&str> {
    let range = session_id_range(uri.as_bytes())?;
    uri.get(range)
}

/// As [`session_id`], for a URI that need not be UTF-8: where it stands.
pub fn session_id_range(uri: &[u8]) -> Option<Range<usize>> {
    let authority = memchr::memmem::find(uri, b"://")? + 3;
    let start = authority + memchr::memchr(b'/', &uri[authority..])? + 1;
    let end = memchr::memchr(b';', &uri[start..]).map_or(uri.len(), |semicolon| start + semicolon);
    (start < end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_ids_are_found_whatever_the_authority() {
        assert_eq!(session_id("msrp://10.1.0.3:38470/c2f92a97429da9;tcp"), Some("c2f92a97429da9"));
        assert_eq!(session_id("msrps://user@[2001:db8::1]:2855/aB3/x;tcp;p=1"), Some("aB3/x"));
        assert_eq!(session_id("msrp://relay.example.com:9000;tcp"), None);
        assert_eq!(session_id("not a uri"), None);
    }

    #[test]
    fn a_path_through_relays_has_a_next_hop_and_a_far_end() {
        let path = Path("msrp://relay.example:9000/a1;tcp msrp://bob.example:8145/b2;tcp");
        assert_eq!(path.first().and_then(session_id), Some("a1"));
        assert_eq!(path.last().and_then(session_id), Some("b2"));
    }
}
