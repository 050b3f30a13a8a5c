//! The fields of the language: one sorted table that the parser, the lookups, completion and the help read.

use std::fmt;

/// What a field's values are, and so which operators and values it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Every operator.
    Text,
    /// `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`; so are times and addresses.
    Number,
    /// RFC 3339, as `"2026-03-01T10:00:00Z"`; without an offset it is UTC, a date alone is its midnight.
    Time,
    /// An IPv4 or IPv6 address, or a network in CIDR form for `==`, `!=` and `in`.
    Address,
    /// `true` or `false`; alone: whether it is true.
    Flag,
    /// Takes no operator.
    Presence,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Number => "number",
            Kind::Time => "time",
            Kind::Address => "address",
            Kind::Flag => "flag",
            Kind::Presence => "presence",
        }
    }
}

/// What is known about the values of a text field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    Free,
    /// Usual ones, for completion.
    Known(&'static [&'static str]),
    /// There are no others: comparing with another one is an error.
    Only(&'static [&'static str]),
}

impl Values {
    pub fn list(self) -> &'static [&'static str] {
        match self {
            Values::Free => &[],
            Values::Known(list) | Values::Only(list) => list,
        }
    }
}

/// One field of the language.
#[derive(Debug)]
pub struct Field {
    pub id: FieldId,
    pub name: &'static str,
    pub kind: Kind,
    /// One phrase, no full stop.
    pub doc: &'static str,
    /// A whole expression that uses the field.
    pub example: &'static str,
    pub values: Values,
    /// Wireshark's names of the same thing, where they differ by more than case and `-` for `_`.
    pub aliases: &'static [&'static str],
}

macro_rules! fields {
    ($($id:ident $name:literal $kind:ident, $doc:literal, $example:literal
        $(, values $known:ident $values:expr)? $(, aliases $aliases:expr)?;)*) => {
        /// Which field; a [`super::Lookup`] matches on it, so that a new field cannot be forgotten there.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FieldId { $(#[doc = $doc] $id,)* }

        /// Every field, sorted by name.
        pub static FIELDS: &[Field] = &[$(Field {
            id: FieldId::$id,
            name: $name,
            kind: Kind::$kind,
            doc: $doc,
            example: $example,
            values: [$(Values::$known(&$values),)? Values::Free][0],
            aliases: [$(&$aliases as &'static [&'static str],)? &[]][0],
        },)*];
    };
}

fields! {
    Body "body" Text, "the body as text, without what MSRP or MIME put around it", r#"body contains "hello""#;
    ContentType "content_type" Text, "Content-Type of the SIP or MSRP message", r#"content_type contains "cpim""#;
    CpimContentType "cpim.content_type" Text, "Content-Type inside the CPIM wrapper",
        r#"cpim.content_type == "text/plain""#;
    CpimFrom "cpim.from" Text, "From of the CPIM wrapper (RFC 3862)", r#"cpim.from contains "alice""#;
    CpimTo "cpim.to" Text, "To of the CPIM wrapper", r#"cpim.to contains "bob""#;
    DstPort "dst.port" Number, "destination port", "dst.port == 5060";
    FrameNumber "frame.number" Number, "number of the frame in its capture, from 1", "frame.number in {1..100}";
    FrameTime "frame.time" Time, "capture time", r#"frame.time >= "2026-03-01T10:00:00Z""#;
    From "from" Text, "who sent it: From of SIP, From-Path of MSRP, From of CPIM", r#"from matches "alice""#;
    ImdnMessageId "imdn.message_id" Text, "message-id of a disposition notification (RFC 5438)",
        r#"imdn.message_id == "Xu7a2""#;
    IpAddr "ip.addr" Address, "source or destination address, IPv4 or IPv6",
        "ip.addr == 10.0.0.0/8";
    IpDst "ip.dst" Address, "destination address", "ip.dst == 2001:db8::1";
    IpSrc "ip.src" Address, "source address", "ip.src != 192.0.2.7";
    Msrp "msrp" Presence, "it is an MSRP message", "msrp && size > 1000";
    MsrpByteRange "msrp.byte_range" Text, "Byte-Range",
        r#"msrp.byte_range matches "^1-""#, aliases ["msrp.byte.range"];
    MsrpContentType "msrp.content_type" Text, "Content-Type of an MSRP message",
        r#"msrp.content_type == "message/cpim""#, values Known CHAT_TYPES, aliases ["msrp.content.type"];
    MsrpFlag "msrp.flag" Text, "continuation flag: $ last chunk, + more follow, # aborted",
        r##"msrp.flag == "#""##, values Only ["$", "+", "#"], aliases ["msrp.cnt.flg"];
    MsrpFromPath "msrp.from_path" Text, "From-Path", r#"msrp.from_path contains "focus""#, aliases ["msrp.from.path"];
    MsrpMessageId "msrp.message_id" Text, "Message-ID", "msrp.message_id == 4711", aliases ["msrp.messageid"];
    MsrpMethod "msrp.method" Text, "method of an MSRP request",
        "msrp.method == REPORT", values Known ["AUTH", "REPORT", "SEND"];
    MsrpStatus "msrp.status" Number, "status of an MSRP response", "msrp.status >= 400", aliases ["msrp.status.code"];
    MsrpToPath "msrp.to_path" Text, "To-Path", r#"msrp.to_path contains "relay""#, aliases ["msrp.to.path"];
    MsrpTransactionId "msrp.transaction_id" Text, "transaction identifier",
        "msrp.transaction_id == d93k01", aliases ["msrp.transaction.id"];
    Participant "participant" Text, "URI of any participant of the group session it belongs to",
        r#"participant contains "bob""#;
    Port "port" Number, "source or destination port", "port == 2855";
    Protocol "protocol" Text, "sip or msrp", "protocol == msrp", values Only ["sip", "msrp"];
    Retransmission "retransmission" Flag, "it was sent before", "!retransmission";
    SessionContributionId "session.contribution_id" Text, "Contribution-ID of its session",
        r#"session.contribution_id contains "58""#;
    SessionConversationId "session.conversation_id" Text, "Conversation-ID of its session",
        r#"session.conversation_id contains "f81d""#;
    SessionFocusUri "session.focus_uri" Text, "URI of the conference focus of its session",
        r#"session.focus_uri contains "conf""#;
    SessionId "session.id" Text, "identifier of its session in this analysis", "session.id == s1";
    SessionKind "session.kind" Text, "kind of its session: group or one-to-one",
        "session.kind == group", values Known ["group", "one-to-one"];
    SessionSubject "session.subject" Text, "subject of its session", r#"session.subject contains "lunch""#;
    Sip "sip" Presence, "it is a SIP message", "sip && !retransmission";
    SipCallId "sip.call_id" Text, "Call-ID", r#"sip.call_id contains "a84b4c""#;
    SipContact "sip.contact" Text, "Contact", r#"sip.contact contains "isfocus""#;
    SipContentType "sip.content_type" Text, "Content-Type of a SIP message",
        r#"sip.content_type contains "multipart""#, values Known SIP_TYPES;
    SipCseq "sip.cseq" Number, "sequence number of CSeq", "sip.cseq > 1", aliases ["sip.cseq.seq"];
    SipCseqMethod "sip.cseq.method" Text, "method of CSeq, also of responses",
        "sip.cseq.method == BYE", values Known METHODS;
    SipEvent "sip.event" Text, "Event",
        "sip.event == conference", values Known ["conference", "presence", "refer", "reg"];
    SipFrom "sip.from" Text, "From, the whole header value", r#"sip.from contains "+4917""#;
    SipHeader "sip.header" Text, "any header by its name, compact or long: sip.header.NAME",
        r#"sip.header.Subject contains "lunch""#;
    SipMethod "sip.method" Text, "method of a SIP request", "sip.method == INVITE", values Known METHODS;
    SipReason "sip.reason" Text, "Reason (RFC 3326)", r#"sip.reason contains "Booted""#;
    SipRequestUri "sip.request_uri" Text, "Request-URI",
        r#"sip.request_uri contains "conf-factory""#, aliases ["sip.r-uri"];
    SipStatus "sip.status" Number, "status of a SIP response",
        "sip.status in {400..699}", aliases ["sip.status-code"];
    SipTo "sip.to" Text, "To, the whole header value", r#"sip.to contains "tag=""#;
    SipUserAgent "sip.user_agent" Text, "User-Agent or Server", r#"sip.user_agent matches "^IM-""#;
    Size "size" Number, "size of the message in bytes", "size >= 1300";
    SrcPort "src.port" Number, "source port", "src.port > 1023";
    To "to" Text, "whom it is for: To of SIP, To-Path of MSRP, To of CPIM", r#"to matches "bob""#;
    Transport "transport" Text, "tcp or udp", "transport == tcp", values Only ["tcp", "udp"];
}

const METHODS: [&str; 14] = [
    "ACK",
    "BYE",
    "CANCEL",
    "INFO",
    "INVITE",
    "MESSAGE",
    "NOTIFY",
    "OPTIONS",
    "PRACK",
    "PUBLISH",
    "REFER",
    "REGISTER",
    "SUBSCRIBE",
    "UPDATE",
];

const SIP_TYPES: [&str; 4] = ["application/conference-info+xml", "application/sdp", "message/cpim", "multipart/mixed"];

const CHAT_TYPES: [&str; 4] =
    ["application/conference-info+xml", "application/im-iscomposing+xml", "message/cpim", "message/imdn+xml"];

/// Headers that completion offers after `sip.header.`: those of CPM group sessions.
pub(super) const HEADERS: &[&str] = &[
    "Accept-Contact",
    "Allow",
    "Contribution-ID",
    "Conversation-ID",
    "Expires",
    "InReplyTo-Contribution-ID",
    "Message-Expires",
    "P-Asserted-Identity",
    "P-Asserted-Service",
    "P-Preferred-Service",
    "Reason",
    "Record-Route",
    "Refer-Sub",
    "Refer-To",
    "Referred-By",
    "Require",
    "Route",
    "Session-Replaces",
    "Subject",
    "Subscription-State",
    "Supported",
    "Via",
    "Warning",
];

pub(super) const HEADER_PREFIX: &str = "sip.header.";

/// A field as an expression names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRef {
    field: FieldId,
    header: Option<Box<str>>,
}

impl FieldRef {
    /// Finds a field by its name: case does not matter and `-` is as good as `_`, so that Wireshark's `sip.Call-ID` is
    /// understood. `None`: there is no such field, or no header is named after `sip.header.`.
    pub fn find(name: &str) -> Option<FieldRef> {
        if let Some(prefix) = name.get(..HEADER_PREFIX.len())
            && same_name(prefix, HEADER_PREFIX)
        {
            let header = name.get(HEADER_PREFIX.len()..).filter(|header| is_header_name(header))?;
            return Some(FieldRef { field: FieldId::SipHeader, header: Some(header.into()) });
        }
        let field = FIELDS.iter().find(|field| {
            field.id != FieldId::SipHeader
                && (same_name(field.name, name) || field.aliases.iter().any(|alias| same_name(alias, name)))
        })?;
        Some(FieldRef { field: field.id, header: None })
    }

    pub fn id(&self) -> FieldId {
        self.field
    }

    /// The header's name as it was written, for [`FieldId::SipHeader`]. Header names ignore case.
    pub fn header(&self) -> Option<&str> {
        self.header.as_deref()
    }

    /// The field's line in [`FIELDS`].
    pub fn field(&self) -> &'static Field {
        self.field.field()
    }
}

impl FieldId {
    /// The field's line in [`FIELDS`].
    pub fn field(self) -> &'static Field {
        // The macro writes enum and table from one list, so the positions agree.
        &FIELDS[self as usize]
    }
}

impl fmt::Display for FieldRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.header {
            Some(header) => write!(f, "{HEADER_PREFIX}{header}"),
            None => f.write_str(self.field().name),
        }
    }
}

fn same_name(a: &str, b: &str) -> bool {
    let fold = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    a.len() == b.len() && a.bytes().zip(b.bytes()).all(|(a, b)| fold(a) == fold(b))
}

/// A `token` of RFC 3261 §25.1, but for `!` and `~`, which are operators here and in no header's name.
fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.%*_+`'".contains(&byte))
}

/// The name that was probably meant by the unknown `name`.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    let distance = |field: &&Field| edit_distance(&name, field.name);
    let close = FIELDS.iter().min_by_key(distance).filter(|field| distance(field) <= name.len() / 3);
    // `call_id` for `sip.call_id`, `tcp.port` for `port`: what people remember is the end.
    let end = |name: &str| name.rsplit_once('.').map(|(_, end)| end.to_owned());
    let by_end = || {
        let same_end =
            |field: &&Field| end(field.name).as_deref() == Some(&*name) || end(&name).as_deref() == Some(field.name);
        FIELDS.iter().find(same_end)
    };
    close.or_else(by_end).map(|field| field.name)
}

/// The longest misspelt name that is compared with all the others: longer ones were never meant to be a field.
const MAX_MISSPELT_BYTES: usize = 64;

/// Levenshtein's: insertions, deletions and substitutions of bytes.
fn edit_distance(a: &str, b: &str) -> usize {
    if a.len() > MAX_MISSPELT_BYTES {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, byte_a) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, byte_b) in row.iter_mut().skip(1).zip(b.bytes()) {
            let substituted = diagonal + usize::from(byte_a != byte_b);
            diagonal = *cell;
            left = substituted.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;

    #[test]
    fn the_table_is_sorted_unique_and_every_example_parses() {
        for pair in FIELDS.windows(2) {
            assert!(pair[0].name < pair[1].name, "{} before {}", pair[0].name, pair[1].name);
        }
        for field in FIELDS {
            assert_eq!(field.id.field().name, field.name);
            assert!(!field.doc.is_empty() && !field.doc.ends_with('.'), "{}", field.name);
            assert!(field.example.contains(field.name), "{}", field.name);
            if let Err(error) = Filter::parse(field.example) {
                panic!("{}: {}", field.example, error.message);
            }
            for alias in field.aliases {
                assert_eq!(FieldRef::find(alias).map(|found| found.id()), Some(field.id), "{alias}");
            }
        }
    }

    #[test]
    fn names_that_wireshark_knows_are_understood() {
        let meant = |name| FieldRef::find(name).map(|field| field.to_string());
        for (theirs, ours) in [
            ("sip.Method", "sip.method"),
            ("sip.Status-Code", "sip.status"),
            ("sip.Call-ID", "sip.call_id"),
            ("sip.r-uri", "sip.request_uri"),
            ("sip.CSeq.seq", "sip.cseq"),
            ("sip.User-Agent", "sip.user_agent"),
            ("msrp.messageid", "msrp.message_id"),
            ("SIP.HEADER.P-Asserted-Identity", "sip.header.P-Asserted-Identity"),
        ] {
            assert_eq!(meant(theirs).as_deref(), Some(ours), "{theirs}");
        }
        for name in ["", "sip.", "sip.header", "sip.header.", "sip.header.a/b", "sip.methods"] {
            assert_eq!(meant(name), None, "{name}");
        }
    }

    #[test]
    fn the_name_that_was_meant() {
        for (wrong, right) in [
            ("sip.metod", Some("sip.method")),
            ("sip.callid", Some("sip.call_id")),
            ("contribution_id", Some("session.contribution_id")),
            ("tcp.port", Some("port")),
            ("ipv6.addr", Some("ip.addr")),
            ("src.prot", Some("src.port")),
            ("xyz", None),
            ("", None),
        ] {
            assert_eq!(nearest(wrong), right, "{wrong}");
        }
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }
}
