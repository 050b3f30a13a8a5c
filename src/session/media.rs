//! Offer and answer (RFC 3264) for MSRP: what the two ends of a leg agreed on.

use crate::wire::sdp;
use crate::wire::sip::Message;

/// What one side's SDP says of its MSRP stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MsrpMedia {
    /// The `a=path` URIs as written.
    pub path: String,
    /// Port of the m-line; 0 refuses the stream.
    pub port: u16,
    pub accept_types: Vec<String>,
    pub accept_wrapped_types: Vec<String>,
    /// active, passive, actpass, holdconn.
    pub setup: Option<String>,
    /// RFC 6714: host and port of the path may be rewritten on the way.
    pub cema: bool,
    /// RFC 7701.
    pub chatroom: bool,
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
                media.accept_types.iter().any(|kind| kind.eq_ignore_ascii_case("application/conference-info+xml"))
            })
        };
        lists(&self.caller) && lists(&self.callee)
    }
}

/// The MSRP stream of the first SDP in `message`.
pub fn msrp_media(message: &Message<'_>) -> Option<MsrpMedia> {
    let body = super::body::find(message, "application/sdp")?;
    let session = sdp::parse(body).ok()?;
    let media = session.media.iter().find(|media| media.is_msrp())?;
    let words = |text: Option<&str>| text.unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect();
    Some(MsrpMedia {
        path: media.attribute("path").unwrap_or_default().trim().to_owned(),
        port: media.port,
        accept_types: words(media.attribute("accept-types")),
        accept_wrapped_types: words(media.attribute("accept-wrapped-types")),
        setup: media.attribute("setup").map(|setup| setup.trim().to_owned()),
        cema: media.has_attribute("msrp-cema"),
        chatroom: media.has_attribute("chatroom"),
    })
}
