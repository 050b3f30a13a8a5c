//! The bodies that CPM carries: SDP, resource lists, CPIM, IMDN, isComposing, group data.

use super::text::{Entity, Headers};

/// The m=message section of an offer or answer (RFC 4975 §8, 5.2.1.1).
pub(super) struct Media<'a> {
    pub host: &'a str,
    pub ipv6: bool,
    pub session: u64,
    /// Of the description: `o=` counts them.
    pub version: u64,
    pub port: u16,
    pub path: &'a str,
    pub setup: &'static str,
    pub accept_types: &'a str,
    pub closed: bool,
    /// Servers say how large a message may be.
    pub max_size: bool,
    /// The port of an audio stream beside it.
    pub audio: Option<u16>,
}

const WRAPPED_TYPES: &str = "text/plain message/imdn+xml application/im-iscomposing+xml image/jpeg";
pub(super) const CLOSED: &str = "org.openmobilealliance.groupchat.closed";

pub(super) fn sdp(media: &Media<'_>) -> Entity {
    let Media { host, session, version, port, path, setup, accept_types, .. } = media;
    let ip = if media.ipv6 { "IP6" } else { "IP4" };
    let host = host.trim_matches(['[', ']']);
    let mut text = format!(
        "v=0\r\no=- {session} {version} IN {ip} {host}\r\ns=-\r\nc=IN {ip} {host}\r\nt=0 0\r\n\
         m=message {port} TCP/MSRP *\r\na=accept-types:{accept_types}\r\na=accept-wrapped-types:{WRAPPED_TYPES}\r\n\
         a=path:{path}\r\na=setup:{setup}\r\na=sendrecv\r\na=msrp-cema\r\n"
    );
    if media.closed {
        text.push_str(&format!("a=chatroom:{CLOSED}\r\n"));
    }
    if media.max_size {
        text.push_str("a=max-size:10240000\r\n");
    }
    if let Some(port) = media.audio {
        text.push_str(&format!("m=audio {port} RTP/AVP 0\r\n"));
    }
    Entity::new("application/sdp", text)
}

/// A URI list (RFC 5366); `disposition` is `recipient-list` or `recipient-list-history`.
pub(super) fn resource_list(disposition: &'static str, uris: &[String]) -> Entity {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\" \
         xmlns:cp=\"urn:ietf:params:xml:ns:copycontrol\">\r\n  <list>\r\n",
    );
    for uri in uris {
        text.push_str(&format!("    <entry uri=\"{}\" cp:copyControl=\"to\"/>\r\n", escape(uri)));
    }
    text.push_str("  </list>\r\n</resource-lists>\r\n");
    Entity::new("application/resource-lists+xml", text).with("Content-Disposition", disposition)
}

/// The CPIM wrapper of a chat message, an IMDN or an isComposing.
pub(super) struct Envelope<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub time: &'a str,
    pub message_id: &'a str,
    /// Asks for delivery, interworking and display notifications (RFC 5438 §6.1.2).
    pub notify: bool,
}

pub(super) fn cpim(envelope: &Envelope<'_>, inner: Entity) -> Entity {
    let mut headers = Headers::default();
    headers.add("From", envelope.from);
    headers.add("To", format!("<{}>", envelope.to));
    headers.add("DateTime", envelope.time);
    headers.add("NS", "imdn <urn:ietf:params:imdn>");
    headers.add("imdn.Message-ID", envelope.message_id);
    if envelope.notify {
        let wanted = "positive-delivery, negative-delivery, interworking, display";
        headers.add("imdn.Disposition-Notification", wanted);
    }
    Entity::cpim(headers, inner)
}

/// `kind` is `delivery` or `display`, `status` `delivered` or `displayed`.
pub(super) fn imdn(message_id: &str, time: &str, kind: &str, status: &str) -> Entity {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<imdn xmlns=\"urn:ietf:params:xml:ns:imdn\">\r\n\
         <message-id>{message_id}</message-id>\r\n<datetime>{time}</datetime>\r\n\
         <{kind}-notification><status><{status}/></status></{kind}-notification>\r\n</imdn>\r\n"
    );
    Entity::new("message/imdn+xml", text).with("Content-Disposition", "notification")
}

pub(super) fn is_composing() -> Entity {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
        <isComposing xmlns=\"urn:ietf:params:xml:ns:im-iscomposing\">\r\n<state>active</state>\r\n\
        <contenttype>text/plain</contenttype>\r\n<refresh>60</refresh>\r\n</isComposing>\r\n";
    Entity::new("application/im-iscomposing+xml", text)
}

/// A CPM Group Session Data request: sets the `target` to what `data` holds (XML).
pub(super) fn group_data_request(id: &str, target: &str, data: &str) -> Entity {
    group_data(
        id,
        &format!("  <request target=\"{target}\">\r\n    <set/>\r\n    <data>{data}</data>\r\n  </request>\r\n"),
    )
}

pub(super) fn group_data_response(id: &str, code: u16) -> Entity {
    group_data(id, &format!("  <response>\r\n    <code>{code}</code>\r\n  </response>\r\n"))
}

fn group_data(id: &str, content: &str) -> Entity {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
         <cpm-group-management xmlns=\"urn:oma:xml:cpm:groupdata:1.0\" id=\"{id}\">\r\n{content}</cpm-group-management>\r\n"
    );
    Entity::new(super::GROUP_DATA_TYPE, text)
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// xs:dateTime in UTC with milliseconds.
pub(super) fn date_time(time_us: u64) -> String {
    let seconds = time_us / 1_000_000;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days to civil date, after Howard Hinnant's `civil_from_days`; only dates after 1970 occur.
    let z = days + 719_468;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let millis = time_us / 1000 % 1000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_around_leap_days() {
        assert_eq!(date_time(1_772_359_200_123_456), "2026-03-01T10:00:00.123Z");
        assert_eq!(date_time(1_709_164_800_000_000), "2024-02-29T00:00:00.000Z");
        assert_eq!(date_time(0), "1970-01-01T00:00:00.000Z");
    }
}
