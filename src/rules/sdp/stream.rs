//! The MSRP streams of a session description, and what must stand in each.

use std::ops::Range;

use crate::wire::msrp::session_id;
use crate::wire::sdp::{Direction, Media, Sdp, Setup};

/// What is wrong, and where it stands in the description.
pub struct Fault {
    pub what: String,
    pub range: Option<Range<usize>>,
}

impl Fault {
    fn new(what: impl Into<String>, range: Option<Range<usize>>) -> Option<Fault> {
        Some(Fault { what: what.into(), range })
    }
}

/// Is the description one that a CPM session can be set up with: is there an MSRP stream that is not refused, and all of it?
pub fn fault(session: &Sdp<'_>, is_offer: bool) -> Option<Fault> {
    let mut streams = session.msrp().filter(|media| media.port != Some(0)).peekable();
    if streams.peek().is_none() {
        let refused = session.msrp().next().map(|media| media.line.clone());
        return match refused {
            Some(line) => Fault::new("its MSRP stream has port 0", Some(line)),
            None => {
                let kinds: Vec<&str> = session.media.iter().map(|media| &*media.kind).collect();
                Fault::new(format!("it has no MSRP stream (m-lines: {})", kinds.join(" ")), None)
            }
        };
    }
    streams.find_map(|media| stream_fault(session, media, is_offer))
}

fn stream_fault(session: &Sdp<'_>, media: &Media<'_>, is_offer: bool) -> Option<Fault> {
    let line = || Some(media.line.clone());
    if media.formats.trim() != "*" {
        return Fault::new(format!("the format of its MSRP stream is {}", media.formats.trim()), line());
    }
    let paths: Vec<_> = media.attributes.iter().filter(|attribute| attribute.name == "path").collect();
    match paths.as_slice() {
        [] => return Fault::new("its MSRP stream has no a=path", line()),
        [one] if media.path().and_then(|path| path.last()).and_then(session_id).is_none() => {
            return Fault::new("its a=path has no URI with a session-id", Some(one.range.clone()));
        }
        [one] if media.path().is_some_and(|path| path.uris().any(|uri| !uri.contains(";tcp"))) => {
            return Fault::new("its a=path has a URI without transport", Some(one.range.clone()));
        }
        [_] => {}
        [_, second, ..] => return Fault::new("its MSRP stream has more than one a=path", Some(second.range.clone())),
    }
    if media.accept_types().next().is_none() {
        return Fault::new("its MSRP stream has no a=accept-types", line());
    }
    let direction = session.direction_of(media);
    if direction != Direction::SendRecv {
        let names = ["sendonly", "recvonly", "inactive"];
        let attribute = media.attributes.iter().find(|attribute| names.contains(&&*attribute.name));
        let what = format!("its MSRP stream is {}", attribute.map_or("not sendrecv", |attribute| &attribute.name));
        return Fault::new(what, attribute.map(|attribute| attribute.range.clone()));
    }
    let setup = media.attribute("setup");
    let is_wrong = match media.setup() {
        Some(Setup::HoldConn) => true,
        Some(Setup::Passive) => is_offer,
        Some(Setup::ActPass) => !is_offer,
        _ => false,
    };
    if is_wrong {
        let value = setup.map_or("", |setup| setup.value());
        let kind = if is_offer { "offer" } else { "answer" };
        return Fault::new(format!("a=setup:{value} in an {kind}"), setup.map(|setup| setup.range.clone()));
    }
    None
}

/// What is wrong with an answer beside its offer (RFC 3264 §6).
pub fn mismatch(offer: &Sdp<'_>, answer: &Sdp<'_>) -> Option<Fault> {
    let (wanted, found) = (offer.media.len(), answer.media.len());
    if wanted != found {
        return Fault::new(format!("it has {found} m-lines, and the offer {wanted}"), None);
    }
    let pairs = offer.media.iter().zip(&answer.media);
    pairs.into_iter().find_map(|(one, other)| {
        let is_same = one.kind == other.kind && one.proto.eq_ignore_ascii_case(&other.proto);
        let what = || format!("{} {} is answered by {} {}", one.kind, one.proto, other.kind, other.proto);
        if !is_same {
            return Fault::new(what(), Some(other.line.clone()));
        }
        match (one.setup(), other.setup()) {
            (Some(Setup::Active), Some(Setup::Active)) => {
                let place = other.attribute("setup").map(|attribute| attribute.range.clone());
                Fault::new("both sides are a=setup:active", place)
            }
            _ => None,
        }
    })
}
