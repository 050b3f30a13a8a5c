//! Instant message disposition notifications (RFC 5438 §11): `message/imdn+xml`.

use std::ops::Range;

use super::defect::{Defects, Oddity};
use super::xml::{self, Element, Extra, Text, XmlError};

pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:imdn";

/// A notification about the message `message_id`. Elements of other vocabularies, and repeated ones, are in `extras`.
#[derive(Clone, Debug)]
pub struct Imdn {
    /// The imdn.Message-ID of the message that this is about.
    pub message_id: Option<Text>,
    /// The DateTime of that message, as written.
    pub datetime: Option<Text>,
    pub recipient_uri: Option<Text>,
    pub original_recipient_uri: Option<Text>,
    pub subject: Option<Text>,
    pub notification: Option<Notification>,
    pub extras: Vec<Extra>,
    pub defects: Defects,
}

/// What became of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    pub kind: Kind,
    /// `None` where there is no status that RFC 5438 knows; it may be among the extras.
    pub status: Option<Status>,
    /// Of the element `delivery-notification`, `processing-notification` or `display-notification`.
    pub range: Range<usize>,
    /// What else stands in the notification.
    pub extras: Vec<Extra>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Delivery,
    Processing,
    Display,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Delivered,
    Failed,
    Forbidden,
    Error,
    Processed,
    Stored,
    Displayed,
}

/// Reads a notification.
///
/// # Errors
/// When it is no XML, or the root is not `imdn`.
pub fn parse(raw: &[u8]) -> Result<Imdn, XmlError> {
    let mut document = xml::parse(raw)?;
    document.expect(NAMESPACE, "imdn")?;
    let xml::Document { root, defects } = document;
    let mut imdn = Imdn {
        message_id: None,
        datetime: None,
        recipient_uri: None,
        original_recipient_uri: None,
        subject: None,
        notification: None,
        extras: Vec::new(),
        defects,
    };
    for child in &root.children {
        let slot = match child.name_in(NAMESPACE) {
            "message-id" => &mut imdn.message_id,
            "datetime" => &mut imdn.datetime,
            "recipient-uri" => &mut imdn.recipient_uri,
            "original-recipient-uri" => &mut imdn.original_recipient_uri,
            "subject" => &mut imdn.subject,
            name => {
                match Kind::named(name).filter(|_| imdn.notification.is_none()) {
                    Some(kind) => imdn.notification = Some(Notification::read(kind, child)),
                    None => imdn.extras.push(child.to_extra()),
                }
                continue;
            }
        };
        if slot.is_some() {
            imdn.defects.note(child.range.clone(), Oddity::DuplicateElement);
            imdn.extras.push(child.to_extra());
        } else {
            *slot = Some(child.to_text());
        }
    }
    if imdn.message_id.is_none() || imdn.notification.is_none() {
        imdn.defects.note(root.start_tag, Oddity::ElementMissing);
    }
    Ok(imdn)
}

impl Notification {
    fn read(kind: Kind, element: &Element<'_>) -> Notification {
        let inside = element.children_named(NAMESPACE, "status").flat_map(|status| &status.children);
        let (mut status, mut extras) = (None, Vec::new());
        for child in inside {
            match Status::named(child.name_in(NAMESPACE)).filter(|_| status.is_none()) {
                Some(known) => status = Some(known),
                None => extras.push(child.to_extra()),
            }
        }
        let others = element.children.iter().filter(|child| child.name_in(NAMESPACE) != "status");
        extras.extend(others.map(Element::to_extra));
        Notification { kind, status, range: element.range.clone(), extras }
    }
}

impl Kind {
    fn named(name: &str) -> Option<Kind> {
        match name {
            "delivery-notification" => Some(Kind::Delivery),
            "processing-notification" => Some(Kind::Processing),
            "display-notification" => Some(Kind::Display),
            _ => None,
        }
    }
}

impl Status {
    fn named(name: &str) -> Option<Status> {
        match name {
            "delivered" => Some(Status::Delivered),
            "failed" => Some(Status::Failed),
            "forbidden" => Some(Status::Forbidden),
            "error" => Some(Status::Error),
            "processed" => Some(Status::Processed),
            "stored" => Some(Status::Stored),
            "displayed" => Some(Status::Displayed),
            _ => None,
        }
    }
}

/// What a notification mostly is about: the imdn.Message-ID of a message, and what became of it.
pub type Glance<'a> = (&'a str, Status);

/// Reads a notification of the shape that everybody writes, without making a tree of it: there may be hundreds of thousands. `None`
/// for any other shape; where it says anything, it agrees with [`parse`].
pub fn peek(raw: &[u8]) -> Option<Glance<'_>> {
    // Most bodies are what users write, and some of those are long.
    raw.trim_ascii_start().starts_with(b"<").then_some(())?;
    let mut rest = Rest(std::str::from_utf8(raw).ok()?);
    let _ = rest.eat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>") || rest.eat("<?xml version=\"1.0\"?>");
    rest.skip_space();
    rest.eat("<imdn xmlns=\"urn:ietf:params:xml:ns:imdn\">").then_some(())?;
    let (mut message_id, mut status) = (None, None);
    loop {
        rest.skip_space();
        if rest.eat("</imdn>") {
            break;
        }
        let name = rest.start_tag()?;
        if Kind::named(name).is_some() {
            rest.skip_space();
            rest.eat("<status>").then_some(())?;
            rest.skip_space();
            let known = rest.empty_tag().and_then(Status::named)?;
            status.replace(known).is_none().then_some(())?;
            rest.skip_space();
            rest.eat("</status>").then_some(())?;
            rest.skip_space();
        } else {
            let text = rest.text()?;
            if name == "message-id" {
                message_id.get_or_insert(text);
            }
        }
        rest.end_tag(name)?;
    }
    rest.skip_space();
    message_id.zip(status).filter(|_| rest.0.is_empty())
}

/// What is still to be read of a document without anything out of the ordinary: no attributes, references, comments.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn eat(&mut self, expected: &str) -> bool {
        self.0.strip_prefix(expected).map(|rest| self.0 = rest).is_some()
    }

    fn skip_space(&mut self) {
        let space = self.0.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        self.0 = &self.0[space.count()..];
    }

    /// `<name>`
    fn start_tag(&mut self) -> Option<&'a str> {
        self.tag(">")
    }

    /// `<name/>`
    fn empty_tag(&mut self) -> Option<&'a str> {
        self.tag("/>")
    }

    /// A tag of nothing but a name, which ends as `expected`.
    fn tag(&mut self, expected: &str) -> Option<&'a str> {
        let rest = self.0.strip_prefix('<')?;
        let name_len = rest.bytes().take_while(|byte| byte.is_ascii_lowercase() || *byte == b'-').count();
        let (name, rest) = rest.split_at(name_len);
        self.0 = rest.strip_prefix(expected)?;
        (!name.is_empty()).then_some(name)
    }

    /// `</name>`
    fn end_tag(&mut self, name: &str) -> Option<()> {
        self.0 = self.0.strip_prefix("</")?.strip_prefix(name)?.strip_prefix('>')?;
        Some(())
    }

    /// Text up to the next tag.
    fn text(&mut self) -> Option<&'a str> {
        let end = memchr::memchr(b'<', self.0.as_bytes())?;
        let (text, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(text.trim()).filter(|text| memchr::memchr3(b'&', b'>', b'\r', text.as_bytes()).is_none())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn trap_09_every_status_with_any_prefix() {
        for (kind, status, expected) in [
            ("delivery", "delivered", (Kind::Delivery, Status::Delivered)),
            ("delivery", "failed", (Kind::Delivery, Status::Failed)),
            ("display", "displayed", (Kind::Display, Status::Displayed)),
            ("display", "forbidden", (Kind::Display, Status::Forbidden)),
            ("processing", "stored", (Kind::Processing, Status::Stored)),
            ("processing", "processed", (Kind::Processing, Status::Processed)),
            ("processing", "error", (Kind::Processing, Status::Error)),
        ] {
            let raw = format!(
                "<n:imdn xmlns:n='{NAMESPACE}' xmlns:l='urn:x'><n:message-id> 34jk </n:message-id>\
                 <n:{kind}-notification><n:status><l:reason/><n:{status}/></n:status></n:{kind}-notification></n:imdn>"
            );
            let imdn = parse(raw.as_bytes()).unwrap();
            assert_eq!(imdn.message_id.as_ref().map(Text::as_str), Some("34jk"));
            let notification = imdn.notification.unwrap();
            assert_eq!((notification.kind, notification.status), (expected.0, Some(expected.1)));
            assert_eq!(notification.extras[0].name, "reason");
            assert!(raw[notification.range].ends_with("-notification>"));
            assert!(imdn.defects.is_empty());
        }
    }

    #[test]
    fn missing_and_foreign_things_are_kept_and_noted() {
        let raw = format!(
            "<imdn xmlns='{NAMESPACE}'><subject>a</subject><subject>b</subject><x xmlns='urn:x'/>\
             <display-notification><status><read/></status></display-notification></imdn>"
        );
        let imdn = parse(raw.as_bytes()).unwrap();
        assert_eq!(imdn.notification.as_ref().and_then(|notification| notification.status), None);
        assert_eq!(imdn.extras.iter().map(|extra| &*extra.name).collect::<Vec<_>>(), ["subject", "x"]);
        assert!(imdn.defects.has(Oddity::DuplicateElement) && imdn.defects.has(Oddity::ElementMissing));
        assert!(matches!(parse(b"<imdn xmlns='urn:other'/>"), Err(XmlError::OtherRoot { at: 0, .. })));
    }

    const ORDINARY: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<imdn xmlns=\"urn:ietf:params:xml:ns:imdn\">\r\n\
        <message-id>34jk</message-id>\r\n<datetime>2026-03-01T10:00:00Z</datetime>\r\n\
        <display-notification><status><displayed/></status></display-notification>\r\n</imdn>\r\n";

    fn agrees(raw: &[u8]) {
        let Some((message_id, status)) = peek(raw) else { return };
        let whole = parse(raw).unwrap();
        let text = String::from_utf8_lossy(raw);
        assert_eq!(whole.message_id.as_ref().map(Text::as_str), Some(message_id), "{text}");
        assert_eq!(whole.notification.and_then(|notification| notification.status), Some(status), "{text}");
    }

    #[test]
    fn an_ordinary_notification_is_read_at_a_glance() {
        assert_eq!(peek(ORDINARY.as_bytes()), Some(("34jk", Status::Displayed)));
        assert_eq!(peek(ORDINARY.replace("34jk", "3&amp;4").as_bytes()), None);
        assert_eq!(peek(&ORDINARY.as_bytes()[..200]), None);
    }

    proptest! {
        #[test]
        fn a_glance_agrees_with_the_full_reader(
            parts in proptest::collection::vec(
                "<message-id>|</message-id>|<message-id>a b</message-id>|<datetime>1</datetime>|<status><displayed/></status>|\
                 <display-notification><status><displayed/></status></display-notification>|<stored/>|<!-- -->|é| \r\n|&lt;|\
                 <processing-notification><status> <stored/></status>\n</processing-notification>|</imdn>|<x/>",
                0..6,
            ),
        ) {
            agrees(format!("<imdn xmlns=\"{NAMESPACE}\">{}</imdn>", parts.concat()).as_bytes());
        }

        #[test]
        fn a_glance_agrees_on_any_change_of_a_byte(at in 0..ORDINARY.len(), byte: u8) {
            let mut raw = ORDINARY.as_bytes().to_vec();
            raw[at] = byte;
            agrees(&raw);
        }
    }
}
