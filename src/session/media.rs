//! Offer and answer (RFC 3264) for MSRP: what the two ends of a leg agreed on.

use crate::wire::conference_info;
use crate::wire::msrp::{Path, session_id};
use crate::wire::sdp::{self, Sdp, Setup};
use crate::wire::sip::Message;

/// What one side's SDP says of its MSRP stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MsrpMedia {
    /// The `a=path` URIs as written.
    pub path: String,
    /// Port of the m-line; 0 refuses the stream, `None` is no number.
    pub port: Option<u16>,
    pub accept_types: Vec<String>,
    pub accept_wrapped_types: Vec<String>,
    /// Over TLS, and the fingerprints of the certificate that is shown there (RFC 8122).
    pub is_tls: bool,
    pub fingerprints: Vec<String>,
    /// Who opens the TCP connection (RFC 6135).
    pub setup: Option<Setup>,
    /// RFC 6714: host and port of the path may be rewritten on the way.
    pub cema: bool,
    /// RFC 7701.
    pub chatroom: bool,
    /// The most bytes of a message that it takes (RFC 4975 §8.6).
    pub max_size_bytes: Option<u64>,
}

impl MsrpMedia {
    /// The session-id of the far-end URI of the path.
    pub fn session_id(&self) -> Option<&str> {
        session_id(Path(&self.path).last()?)
    }
}

/// Offer and answer of a leg; each as last agreed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Negotiated {
    pub caller: Option<MsrpMedia>,
    pub callee: Option<MsrpMedia>,
}

impl Negotiated {
    /// Do both sides list `application/conference-info+xml`? A `*` does not count (conference-info over MSRP, spec 9.2.14.3).
    pub fn conference_info_applicable(&self) -> bool {
        let lists = |side: &Option<MsrpMedia>| {
            side.as_ref().is_some_and(|media| {
                media.accept_types.iter().any(|kind| kind.eq_ignore_ascii_case(conference_info::MEDIA_TYPE))
            })
        };
        lists(&self.caller) && lists(&self.callee)
    }
}

/// The MSRP stream of the first SDP in `message`.
pub fn msrp_media(message: &Message<'_>) -> Option<MsrpMedia> {
    let mut body = super::body::find(message, "application/sdp")?;
    if message.is_body_cut() {
        body = &body[..memchr::memrchr(b'\n', body).map_or(0, |lf| lf + 1)];
    }
    msrp_media_in(&sdp::parse(body).ok()?)
}

/// The first MSRP stream of a session description.
pub fn msrp_media_in(session: &Sdp<'_>) -> Option<MsrpMedia> {
    let media = session.msrp().next()?;
    Some(MsrpMedia {
        path: media.path().map(|path| path.0.to_owned()).unwrap_or_default(),
        port: media.port,
        accept_types: media.accept_types().map(str::to_owned).collect(),
        accept_wrapped_types: media.accept_wrapped_types().map(str::to_owned).collect(),
        is_tls: media.is_tls(),
        fingerprints: session.fingerprints_of(media).into_iter().map(str::to_owned).collect(),
        setup: media.setup(),
        cema: media.msrp_cema(),
        chatroom: media.chatroom().is_some(),
        max_size_bytes: media.max_size_bytes(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_was_cut_is_none() {
        let head = "INVITE sip:focus@a SIP/2.0\r\nContent-Type: application/sdp\r\nContent-Length: 96\r\n\r\n";
        let sdp = "v=0\r\no=- 1 1 IN IP4 a\r\ns=-\r\nt=0 0\r\nm=message 9 TCP/MSRP *\r\na=path:msrp://a:9/x1;tcp\r\n";
        let path = |cut_bytes: usize| {
            let raw = format!("{head}{}", &sdp[..sdp.len() - cut_bytes]);
            msrp_media(&Message::parse(raw.as_bytes()).unwrap()).map(|media| media.path)
        };
        assert_eq!(path(0).as_deref(), Some("msrp://a:9/x1;tcp"));
        assert_eq!(path(8).as_deref(), Some(""));
    }
}
