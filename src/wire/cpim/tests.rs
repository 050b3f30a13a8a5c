use std::time::Instant;

use proptest::prelude::*;

use super::*;

/// RFC 3862 §5.1 with its MIME wrapper.
const RFC_3862: &str = "Content-type: Message/CPIM\r\n\r\n\
    From: MR SANDERS <im:piglet@100akerwood.com>\r\n\
    To: Depressed Donkey <im:eeyore@100akerwood.com>\r\n\
    DateTime: 2000-12-13T13:40:00-08:00\r\n\
    Subject: the weather will be fine today\r\n\
    Subject:;lang=fr beau temps prevu pour aujourd'hui\r\n\
    NS: MyFeatures <mid:MessageFeatures@id.foo.com>\r\n\
    Require: MyFeatures.VitalMessageOption\r\n\
    MyFeatures.VitalMessageOption: Confirmation-requested\r\n\
    MyFeatures.WackyMessageOption: Use-silly-font\r\n\r\n\
    Content-type: text/xml; charset=utf-8\r\n\
    Content-ID: <1234567890@foo.com>\r\n\r\n\
    <body>\r\nHere is the text of my message.\r\n</body>";

#[test]
fn trap_09_three_header_blocks() {
    let message = parse(RFC_3862.as_bytes()).unwrap();
    assert!(message.wrapper.as_ref().is_some_and(|wrapper| wrapper.get("content-type").is_some()));
    let from: Vec<_> = message.from().collect();
    assert_eq!(from, [Address { name: "MR SANDERS".into(), uri: "im:piglet@100akerwood.com".into() }]);
    assert_eq!(message.to().count(), 1);
    assert_eq!(message.date_time().as_deref(), Some("2000-12-13T13:40:00-08:00"));
    let subjects: Vec<_> = message.subjects().collect();
    assert_eq!(subjects[0], ("the weather will be fine today".into(), None));
    assert_eq!(subjects[1], ("beau temps prevu pour aujourd'hui".into(), Some("fr")));
    assert_eq!(message.require().collect::<Vec<_>>(), ["MyFeatures.VitalMessageOption"]);
    let vital = message.first("mid:MessageFeatures@id.foo.com", "VitalMessageOption").unwrap();
    assert_eq!(vital.text(), "Confirmation-requested");
    assert_eq!(&RFC_3862[vital.value_range()], "Confirmation-requested");
    assert!(message.content_headers.content_type().is_some_and(|media_type| media_type.is("text/xml")));
    assert_eq!(message.content_headers.content_id(), Some("1234567890@foo.com"));
    assert!(message.body().starts_with(b"<body>\r\n") && message.body().ends_with(b"</body>"));
    assert_eq!(&*message.defects, []);
}

fn with_headers(headers: &str) -> String {
    format!("From: <sip:a@x>\r\nTo: <sip:b@x>\r\n{headers}\r\n\r\nContent-Type: text/plain\r\n\r\nhi")
}

#[test]
fn trap_09_the_sender_chooses_the_prefix() {
    for (headers, oddities) in [
        ("NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: m1", vec![]),
        ("NS: d <urn:ietf:params:imdn>\r\nd.Message-ID: m1", vec![]),
        ("NS: imdn <urn:other>\r\nimdn.Message-ID: no\r\nNS: i<urn:ietf:params:imdn>\r\ni.Message-ID: m1", vec![]),
        ("NS: <urn:ietf:params:imdn>\r\nMessage-ID: m1", vec![]),
        ("imdn.Message-ID: m1", vec![Oddity::PrefixUndeclared]),
        ("imdn.Message-ID: m1\r\nNS: imdn <urn:ietf:params:imdn>", vec![Oddity::PrefixDeclaredLater]),
        ("ns: imdn <urn:ietf:params:imdn>\r\nIMDN.message-id: m1", vec![Oddity::HeaderNameCase; 3]),
        (
            "NS: <urn:ietf:params:imdn>\r\nMessage-ID: m1\r\nDateTime: 2026-03-01T10:00:00Z",
            vec![Oddity::CoreNameInOtherNamespace],
        ),
    ] {
        let raw = with_headers(headers);
        let message = parse(raw.as_bytes()).unwrap();
        assert_eq!(message.message_id().as_deref(), Some("m1"), "{headers}");
        assert_eq!(message.defects.iter().map(|defect| defect.what).collect::<Vec<_>>(), oddities, "{headers}");
        assert_eq!((message.from().count(), message.body()), (1, &b"hi"[..]));
    }
    let raw = with_headers("other.Message-ID: m1");
    let message = parse(raw.as_bytes()).unwrap();
    assert_eq!((message.message_id(), message.headers[2].namespace), (None, None));
}

#[test]
fn trap_09_bare_lf_in_the_wild() {
    let raw =
        with_headers("NS: imdn <urn:ietf:params:imdn>\nimdn.Disposition-Notification: positive-delivery, display");
    let raw = raw.replace("\r\n", "\n");
    let message = parse(raw.as_bytes()).unwrap();
    assert_eq!(message.disposition_notification().collect::<Vec<_>>(), ["positive-delivery", "display"]);
    assert_eq!(message.namespaces().collect::<Vec<_>>(), [("imdn", IMDN_NAMESPACE)]);
    assert_eq!(message.body(), b"hi");
    assert!(message.defects.is_empty());
}

#[test]
fn trap_09_xml_bodies_inside_cpim() {
    use crate::wire::{conference_info, imdn, is_composing};

    let wrap = |media_type: &str, body: String| {
        write(&[("From", "<sip:focus@x>"), ("To", "<sip:a@x>")], &[("Content-Type", media_type)], body.as_bytes())
    };
    let state = format!("<c:conference-info xmlns:c='{}' entity='sip:g@x'/>", conference_info::NAMESPACE);
    let raw = wrap("application/conference-info+xml", state);
    let info = conference_info::parse(parse(&raw).unwrap().body()).unwrap();
    assert_eq!(info.entity.map(|entity| entity.value).as_deref(), Some("sip:g@x"));

    let raw = wrap("message/imdn+xml", format!("<imdn xmlns='{}'><message-id>m1</message-id></imdn>", imdn::NAMESPACE));
    let notification = imdn::parse(parse(&raw).unwrap().body()).unwrap();
    assert_eq!(notification.message_id.map(|id| id.value).as_deref(), Some("m1"));

    let typing = format!("<isComposing xmlns='{}'><state>active</state></isComposing>", is_composing::NAMESPACE);
    let raw = wrap("application/im-iscomposing+xml", typing);
    assert!(is_composing::parse(parse(&raw).unwrap().body()).unwrap().is_active());
}

#[test]
fn the_content_length_inside_only_informs() {
    let raw = |length: &str| {
        format!("From: <sip:a@x>\r\n\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\nabcde")
    };
    for (length, oddity) in [
        ("5", None),
        ("3", Some(Oddity::ContentLengthTooSmall)),
        ("7", Some(Oddity::ContentLengthTooLarge)),
        ("...", Some(Oddity::ContentLengthNotANumber)),
    ] {
        let raw = raw(length);
        let message = parse(raw.as_bytes()).unwrap();
        assert_eq!(message.body(), b"abcde");
        assert_eq!(message.defects.first().map(|defect| defect.what), oddity);
    }
    let first_chunk = raw("7000");
    let message = parse_first_chunk(first_chunk.as_bytes()).unwrap();
    assert_eq!((message.body(), message.defects.len()), (&b"abcde"[..], 0));
}

#[test]
fn missing_blank_lines_and_headers_are_noted() {
    let merged = parse(b"From: <sip:a@x>\r\nContent-type: text/plain\r\nContent-length: 2\r\n\r\nhi").unwrap();
    assert!(merged.defects.has(Oddity::ContentHeadersNotSeparated));
    assert_eq!((merged.body(), merged.content_headers.spans().len()), (&b"hi"[..], 2));
    let bare = parse(b"From: <sip:a@x>\r\n\r\nhello there").unwrap();
    assert!(bare.defects.has(Oddity::ContentHeadersMissing));
    assert_eq!(bare.body(), b"hello there");
    let empty = parse(b"From: <sip:a@x>\r\n\r\n\r\nhello: there").unwrap();
    assert!(empty.defects.has(Oddity::ContentHeadersMissing));
    assert_eq!(empty.body(), b"hello: there");
    let unfinished = parse(b"From: <sip:a@x>\r\nTo: <si").unwrap();
    assert!(unfinished.defects.has(Oddity::HeadersUnfinished));
    assert_eq!((unfinished.from().count(), unfinished.body()), (1, &b""[..]));
    assert_eq!(parse(b"").unwrap_err(), CpimError::NoHeader { at: 0 });
    assert_eq!(parse(b"Content-Type: message/cpim\r\n\r\nhi").unwrap_err(), CpimError::NoHeader { at: 30 });
}

#[test]
fn escapes_and_names_are_resolved() {
    assert_eq!(unescape(r#"a\\b \"c\" \u00e9 \ud83d\ude00 \u12 \x \"#), "a\\b \"c\" é 😀 u12 x ");
    let address = |value| Address::parse(value);
    assert_eq!(address(r#""A \"<b>\"" <sip:a@x>"#), Address { name: "A \"<b>\"".into(), uri: "sip:a@x".into() });
    assert_eq!(address("tel:+1555"), Address { name: String::new(), uri: "tel:+1555".into() });
    assert_eq!(address("<tel:+1555"), Address { name: String::new(), uri: "tel:+1555".into() });
}

#[test]
fn time_is_linear_in_the_size() {
    let started = Instant::now();
    for unit in ["\r\n", "a.b: c\r\n", "NS: a<b>\r\n", "x", "\\u", ":\r\n \r\n"] {
        let _ = parse(format!("From: {}", unit.repeat(1_000_000)).as_bytes());
    }
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        raw in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "(From|NS|imdn|:|;|=| |\"|<|>|\\.|\r?\n|Content-Type: message/cpim|\\\\u?|é)*".prop_map(String::into_bytes),
        ]
    ) {
        if let Ok(message) = parse(&raw) {
            prop_assert!(message.body.end == raw.len());
            for header in &message.headers {
                let _ = (header.text(), header.language(), header.address());
            }
        }
    }

    #[test]
    fn what_is_escaped_is_unescaped(value in any::<String>()) {
        let escaped = escape(&value);
        prop_assert_eq!(unescape(&escaped), value.as_str());
    }

    #[test]
    fn what_is_written_is_read_back(subject in "[^ ](\\PC|[\\x00-\\x7f])*[^ ]", body in prop::collection::vec(any::<u8>(), 0..60)) {
        prop_assume!(!subject.chars().any(|c| ('\u{80}'..'\u{a0}').contains(&c)));
        let headers = [("From", "<sip:a@x>"), ("NS", "imdn <urn:ietf:params:imdn>"), ("imdn.Message-ID", "m1"), ("Subject", &*subject)];
        let raw = write(&headers, &[("Content-Type", "text/plain")], &body);
        let message = parse(&raw).unwrap();
        prop_assert_eq!(message.subjects().next().map(|(text, _)| text.into_owned()), Some(subject));
        let id = message.message_id();
        prop_assert_eq!(id.as_deref(), Some("m1"));
        prop_assert_eq!(message.body(), body);
        prop_assert!(message.defects.is_empty());
    }
}
