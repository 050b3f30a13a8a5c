//! Paths of MSRP requests beside those of SDP (RFC 4975 §6.1, §7.1).

use std::net::{IpAddr, SocketAddr};

use crate::rules::{Case, Place, Stream};
use crate::session::Leg;
use crate::wire::MessageId;
use crate::wire::msrp::{Path, session_id};
use crate::wire::text::HeadPart;

/// A path that is none of those that SDP gave.
pub struct Wrong<'a> {
    pub place: Place,
    pub found: String,
    pub expected: &'a str,
}

/// One path of the requests of one side beside what the side whose path it is gave in SDP.
#[derive(Default)]
pub struct Compared<'a> {
    /// Requests that agree.
    pub agreed: usize,
    /// Those that do not.
    pub wrong: Vec<Wrong<'a>>,
}

/// The two paths of what one side sends over a stream.
#[derive(Default)]
pub struct Paths<'a> {
    pub to: Compared<'a>,
    pub from: Compared<'a>,
}

impl<'a> Paths<'a> {
    /// Compares the paths of what the side that `from_caller` names sends. All messages have a few pairs of them: where these are right,
    /// all are.
    pub fn compare(case: &Case<'a>, stream: &Stream<'a>, from_caller: bool) -> Paths<'a> {
        let Some(caller_end) = stream.caller_end else { return Paths::default() };
        let is_sent = |from_first_end: bool| from_first_end == (from_caller == (caller_end == 0));
        let mut sent = case.transfers(stream).filter(|transfer| is_sent(transfer.from_first_end)).peekable();
        if sent.peek().is_none() {
            return Paths::default();
        }
        let ways = stream.msrp.ways.iter().filter(|(_, from_first_end)| is_sent(*from_first_end)).map(|(id, _)| *id);
        // Of one that was cut, nobody knows whether its paths are.
        if ways.clone().all(|id| !case.messages()[id].incomplete) {
            let of_ways = Paths::of(case, stream, from_caller, ways);
            if of_ways.to.wrong.is_empty() && of_ways.from.wrong.is_empty() {
                return of_ways;
            }
        }
        Paths::of(case, stream, from_caller, sent.flat_map(|transfer| transfer.chunks()))
    }

    fn of(case: &Case<'a>, stream: &Stream<'a>, from_caller: bool, all: impl Iterator<Item = MessageId>) -> Paths<'a> {
        let mut to = Comparison::new(stream, !from_caller);
        let mut from = Comparison::new(stream, from_caller);
        for id in all {
            let message = &case.messages()[id];
            let Some(summary) = message.msrp().filter(|_| !message.incomplete) else { continue };
            let head = case.messages().head(message);
            to.look(case, stream, id, head, summary.to_path);
            from.look(case, stream, id, head, summary.from_path);
        }
        Paths { to: to.result, from: from.result }
    }
}

/// A comparison under way.
struct Comparison<'a> {
    /// Is it the caller's path?
    is_of_caller: bool,
    /// As SDP gave it; `None` where it did not.
    given: Option<&'a str>,
    /// The last one that was right, as written.
    right: Option<&'a [u8]>,
    result: Compared<'a>,
}

impl<'a> Comparison<'a> {
    fn new(stream: &Stream<'a>, is_of_caller: bool) -> Comparison<'a> {
        let media = if is_of_caller { &stream.leg.media.caller } else { &stream.leg.media.callee };
        let given = media.as_ref().map(|media| media.path.as_str()).filter(|path| !path.is_empty());
        Comparison { is_of_caller, given, right: None, result: Compared::default() }
    }

    fn look(&mut self, case: &Case<'a>, stream: &Stream<'a>, id: MessageId, head: &'a [u8], part: HeadPart) {
        let Some(expected) = self.given else { return };
        let path = part.of(head);
        if self.right != Some(path) {
            let Ok(text) = std::str::from_utf8(path) else { return };
            if !is_path(case, stream, id, text, expected) && !gave(case, stream.leg, self.is_of_caller, text) {
                let place = Place { message: id, range: Some(part.range()) };
                self.result.wrong.push(Wrong { place, found: text.to_owned(), expected });
                return;
            }
            self.right = Some(path);
        }
        self.result.agreed += 1;
    }
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
