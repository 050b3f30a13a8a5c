//! Paths of MSRP requests beside those of SDP (RFC 4975 §6.1, §7.1).

use std::net::{IpAddr, SocketAddr};

use crate::rules::{Case, Place, Stream};
use crate::session::Leg;
use crate::wire::MessageId;
use crate::wire::msrp::{Path, session_id};

/// Which path of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Which {
    To,
    From,
}

/// A path that is none of those that SDP gave.
pub struct Wrong<'a> {
    pub place: Place,
    pub found: String,
    pub expected: &'a str,
}

/// Compares this path of what one side sends over a stream with what the side whose path it is gave in SDP, each spelling once.
/// `from_caller` says which side sends. Out come how many requests agree, and those that do not.
pub fn compare<'a>(case: &Case<'a>, stream: &Stream<'a>, from_caller: bool, which: Which) -> (usize, Vec<Wrong<'a>>) {
    let of_caller = from_caller == (which == Which::From);
    let media = if of_caller { &stream.leg.media.caller } else { &stream.leg.media.callee };
    let Some(media) = media.as_ref().filter(|media| !media.path.is_empty()) else { return (0, Vec::new()) };
    let Some(caller_end) = stream.caller_end else { return (0, Vec::new()) };
    let mut right: Option<&[u8]> = None;
    let (mut agreed, mut wrong) = (0, Vec::new());
    let sent = case.transfers(stream).filter(|one| one.from_first_end == (from_caller == (caller_end == 0)));
    for id in sent.flat_map(|transfer| transfer.chunks()) {
        let message = &case.messages()[id];
        let Some(summary) = message.msrp().filter(|_| !message.incomplete) else { continue };
        let part = if which == Which::To { summary.to_path } else { summary.from_path };
        let path = part.of(case.messages().head(message));
        if right != Some(path) {
            let Ok(text) = std::str::from_utf8(path) else { continue };
            if !is_path(case, stream, id, text, &media.path) && !gave(case, stream.leg, of_caller, text) {
                let place = Place { message: id, range: Some(part.range()) };
                wrong.push(Wrong { place, found: text.to_owned(), expected: &media.path });
                continue;
            }
            right = Some(path);
        }
        agreed += 1;
    }
    (agreed, wrong)
}

/// Is it the path of the SDP? Behind nodes that rewrite addresses only the session-id tells.
fn is_path(case: &Case<'_>, stream: &Stream<'_>, id: MessageId, found: &str, given: &str) -> bool {
    let (found, given) = (Path(found), Path(given));
    let last = |path: Path<'_>| path.last().and_then(|uri| session_id(uri).map(str::to_owned));
    if last(found) != last(given) {
        return false;
    }
    let sides = [&stream.leg.media.caller, &stream.leg.media.callee];
    let has_cema = sides.into_iter().flatten().any(|media| media.cema);
    has_cema || found.uris().map(normal).eq(given.uris().map(normal)) || !is_direct(case, id, sides)
}

/// RFC 4975 §6.1: scheme, host and transport without regard to case, the session-id as it is; userinfo does not count.
fn normal(uri: &str) -> (String, String, String) {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("", uri));
    let (rest, _) = rest.split_once(';').unwrap_or((rest, ""));
    let (authority, session) = rest.split_once('/').unwrap_or((rest, ""));
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    (scheme.to_ascii_lowercase(), authority.to_ascii_lowercase(), session.to_owned())
}

/// Does the message go between the addresses of the SDP, so that no node between them can have rewritten them?
fn is_direct(case: &Case<'_>, id: MessageId, sides: [&Option<crate::session::MsrpMedia>; 2]) -> bool {
    let flow = case.messages().flow(&case.messages()[id]);
    let ends = [flow.client.ip(), flow.server.ip()];
    sides.into_iter().flatten().all(|media| first_address(&media.path).is_some_and(|(ip, _)| ends.contains(&ip)))
}

/// Address and port of the first URI of a path: where a connection goes to. `None` for a host name.
pub fn first_address(path: &str) -> Option<(IpAddr, Option<u16>)> {
    let (_, authority, _) = normal(Path(path).first()?);
    if let Ok(address) = authority.parse::<SocketAddr>() {
        return Some((address.ip(), Some(address.port())));
    }
    Some((authority.trim_start_matches('[').trim_end_matches(']').parse().ok()?, None))
}

/// Did an earlier or later SDP of that side give this path?
fn gave(case: &Case<'_>, leg: &Leg, of_caller: bool, path: &str) -> bool {
    let last = |path: &str| Path(path).last().and_then(session_id).map(str::to_owned);
    leg.messages.iter().any(|&id| {
        let media = case.media(id).filter(|_| leg.is_by_caller(id, case.messages()) == Some(of_caller));
        media.is_some_and(|media| last(&media.path).is_some() && last(&media.path) == last(path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_uri_tells_where_a_connection_goes_to() {
        let address = |path| first_address(path).map(|(ip, port)| (ip.to_string(), port));
        assert_eq!(address("msrp://192.0.2.4:9/s1;tcp"), Some(("192.0.2.4".to_owned(), Some(9))));
        assert_eq!(address("msrps://[2001:db8::1]:2855/s1;tcp"), Some(("2001:db8::1".to_owned(), Some(2855))));
        assert_eq!(
            address("msrp://192.0.2.9:2855;tcp msrp://192.0.2.4:9/s1;tcp"),
            Some(("192.0.2.9".to_owned(), Some(2855)))
        );
        assert_eq!(address("msrp://relay.example.net:2855/s1;tcp"), None);
    }
}
