//! The body readers against what the world wrote: every file is read, or refused for the reason given here.
//!
//! The corpus is no part of this project: without it these tests say so and pass.

#[path = "support/corpus.rs"]
mod shared;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rcshark::analyze;
use rcshark::capture::{Input, OpenOptions, open};
use rcshark::wire::conference_info::{self, State};
use rcshark::wire::defect::Defects;
use rcshark::wire::media_type::MediaType;
use rcshark::wire::multipart::{self, MultipartError};
use rcshark::wire::xml::{Text, XmlError};
use rcshark::wire::{cpim, ft_http, group_data, group_state, imdn, is_composing, resource_lists, sdp, sip};
use shared::corpus;

/// Reads every file of a folder and compares what `describe` says of it with the table, which must name every file.
fn check(folder: &str, table: &[(&str, &str)], describe: impl Fn(&[u8]) -> String) {
    let Some(path) = corpus(&format!("world/{folder}")) else { return };
    let files = fs::read_dir(&path).unwrap();
    let found: BTreeSet<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let named: BTreeSet<String> = table.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(found, named, "the table of {folder} is not complete");
    let described: Vec<_> =
        table.iter().map(|(file, _)| (*file, describe(&fs::read(path.join(file)).unwrap()))).collect();
    let expected: Vec<_> = table.iter().map(|(file, text)| (*file, (*text).to_owned())).collect();
    assert_eq!(described, expected);
}

fn oddities(defects: &Defects) -> String {
    defects.iter().map(|defect| format!(" {:?}", defect.what)).collect()
}

fn text(text: &Option<Text>) -> &str {
    text.as_ref().map_or("-", Text::as_str)
}

fn refused(error: XmlError) -> String {
    format!("refused: {error}")
}

#[test]
fn cpim_messages() {
    let table = [
        ("lineage-bad-header-no-colon.cpim", "- from  to tel:+15557654321, text/plain of 1 bytes HeaderWithoutColon"),
        (
            "lineage-bad-no-separator.cpim",
            "- from tel:+15551234567 to tel:+15557654321, - of 0 bytes HeadersUnfinished",
        ),
        (
            "lineage-content-length-short.cpim",
            "m1 from tel:+15551234567 to tel:+15557654321, text/plain of 7 bytes ContentLengthTooSmall",
        ),
        (
            "lineage-header-case.cpim",
            "m1 from tel:+15551234567 to tel:+15557654321, text/plain of 2 bytes HeaderNameCase HeaderNameCase",
        ),
        (
            "lineage-rfc5438-disposition.cpim",
            "34jk324j from im:alice@example.com to im:bob@example.com, text/plain of 10 bytes",
        ),
        (
            "msrpjava-TestWrappedMessage-L22.cpim",
            "- from im:piglet@100akerwood.com to im:eeyore@100akerwood.com, text/plain of 31 bytes",
        ),
        (
            "rcsjta-CpimParserTest-L38.cpim",
            "ae6926cfcffa40a89e44252ce9e970a2 from sip:anonymous@anonymous.invalid to sip:anonymous@anonymous.invalid, text/plain of 2 bytes",
        ),
        (
            "rfc5438-01.cpim",
            "34jk324j from im:alice@example.com to im:bob@example.com, text/plain of 13 bytes ContentHeadersNotSeparated ContentLengthTooSmall",
        ),
        (
            "rfc5438-03.cpim",
            "dfjkleriou432333 from im:bob@example.com to im:alice@example.com, message/imdn+xml of 988 bytes ContentHeadersNotSeparated ContentLengthNotANumber",
        ),
        (
            "rfc5438-04.cpim",
            "- from im:bob@example.com to im:alice@example.com, message/imdn+xml of 662 bytes ContentHeadersNotSeparated ContentLengthNotANumber",
        ),
        (
            "rfc5438-05.cpim",
            "d834jied93rf from im:bob@example.com to im:alice@example.com, multipart/mixed of 1044 bytes ContentHeadersNotSeparated ContentLengthNotANumber",
        ),
    ];
    check("cpim", &table, |raw| match cpim::parse(raw) {
        Ok(message) => {
            let media_type = message.content_headers.content_type();
            format!(
                "{} from {} to {}, {} of {} bytes{}",
                message.message_id().as_deref().unwrap_or("-"),
                message.from().map(|from| from.uri).collect::<String>(),
                message.to().map(|to| to.uri).collect::<String>(),
                media_type.as_ref().map_or("-", MediaType::essence),
                message.body().len(),
                oddities(&message.defects),
            )
        }
        Err(error) => format!("refused: {error}"),
    });
}

#[test]
fn notifications() {
    let table = [
        ("lineage-delivered.xml", "msg-001 Some((Delivery, Some(Delivered)))"),
        ("rcsjta-ImdnParserTest-L40.xml", "34jk324j Some((Display, Some(Displayed)))"),
        ("rfc5438-02-imdn.xml", "34jk324j Some((Display, Some(Displayed)))"),
        ("rfc5438-05-imdn.xml", "34jk324j Some((Display, Some(Displayed)))"),
    ];
    check("imdn", &table, |raw| match imdn::parse(raw) {
        Ok(imdn) => {
            let notification = imdn.notification.as_ref();
            let status = notification.map(|notification| (notification.kind, notification.status));
            format!("{} {:?}{}", text(&imdn.message_id), status, oddities(&imdn.defects))
        }
        Err(error) => refused(error),
    });
}

#[test]
fn composing_states() {
    let table = [
        ("msrpjava-TestStatusMessage-L22.xml", "active Some(20) NamespaceMissing"),
        ("rcsjta-IsComposingParserTest-L39.xml", "active Some(60)"),
        ("rcsjta-IsComposingParserTest-L48.xml", "idle Some(60)"),
        ("rfc3994-01-isComposing.xml", "active Some(90)"),
    ];
    check("iscomposing", &table, |raw| match is_composing::parse(raw) {
        Ok(status) => format!("{} {:?}{}", text(&status.state), status.refresh_secs(), oddities(&status.defects)),
        Err(error) => refused(error),
    });
}

#[test]
fn trap_10_conference_states() {
    let table = [
        ("chinamobile-group-list.xml", "\"list\" -: 0 users, 0 endpoints, 1 extras"),
        ("liblinphone-conference-event-tester-L160.xml", "full %0d: 3 users, 4 endpoints, 0 extras"),
        ("liblinphone-conference-event-tester-L417.xml", "partial 2: 1 users, 1 endpoints, 0 extras"),
        ("liblinphone-conference-event-tester-L473.xml", "partial 2: 1 users, 1 endpoints, 0 extras"),
        ("liblinphone-conference-event-tester-L530.xml", "partial %0d: 1 users, 1 endpoints, 0 extras"),
        ("liblinphone-conference-event-tester-L566.xml", "partial 2: 1 users, 1 endpoints, 0 extras"),
        ("mcptt-no-entity.xml", "full 3: 2 users, 2 endpoints, 0 extras"),
        ("mcptt-partial-v3.xml", "partial 3: 1 users, 1 endpoints, 0 extras"),
        ("minimal-no-namespace.xml", "full -: 0 users, 0 endpoints, 0 extras NamespaceMissing"),
        ("prefix-ci-partial.xml", "partial 5: 0 users, 0 endpoints, 0 extras"),
        ("prefix-confInfo.xml", "full -: 1 users, 0 endpoints, 0 extras"),
        ("rcsjta-ConferenceInfoParserTest-L39.xml", "full 1: 2 users, 2 endpoints, 0 extras"),
        ("rfc4575-02-conference-info.xml", "partial 5: 1 users, 1 endpoints, 0 extras"),
        ("rfc4579-01-conference-info.xml", "full 0: 1 users, 1 endpoints, 0 extras NamespaceMissing"),
        ("rfc4579-02-conference-info.xml", "full 0: 2 users, 2 endpoints, 0 extras NamespaceMissing"),
        ("voiceagent-no-namespace.xml", "full -: 1 users, 1 endpoints, 0 extras NamespaceMissing"),
    ];
    check("conference-info", &table, |raw| match conference_info::parse(raw) {
        Ok(info) => {
            let users = info.users.as_ref();
            let endpoints: usize = users.iter().flat_map(|users| &users.users).map(|user| user.endpoints.len()).sum();
            let state = State::of(info.state.as_ref());
            let state = state.map_or_else(|| format!("{:?}", text(&info.state)), |state| state.as_str().to_owned());
            let (users, extras) = (users.map_or(0, |users| users.users.len()), info.extras.len());
            let version = text(&info.version);
            format!(
                "{state} {version}: {users} users, {endpoints} endpoints, {extras} extras{}",
                oddities(&info.defects)
            )
        }
        Err(error) => refused(error),
    });
}

#[test]
fn lists_of_uris() {
    let table = [
        ("rfc4826-01-resource-lists.xml", "- - -"),
        ("rfc5364-02-resource-lists.xml", "to to cc cc"),
        ("rfc5365-02-resource-lists.xml", "to to cc cc"),
        ("rfc5366-01-resource-lists.xml", "to cc bcc"),
        ("rfc5366-02-resource-lists.xml", "to to to cc cc bcc bcc"),
        ("rfc5366-03-resource-lists.xml", "to to cc cc"),
        ("rfc5367-01-resource-lists.xml", "- - -"),
        ("rfc5367-02-resource-lists.xml", "- - -"),
        ("rfc5368-01-resource-lists.xml", "to cc bcc"),
        ("rfc5368-02-resource-lists.xml", "- - -"),
    ];
    check("resource-lists", &table, |raw| match resource_lists::parse(raw) {
        Ok(lists) => {
            let controls: Vec<_> = lists.entries().map(|entry| text(&entry.copy_control)).collect();
            format!("{}{}", controls.join(" "), oddities(&lists.defects))
        }
        Err(error) => refused(error),
    });
}

#[test]
fn multiparts() {
    let table = [
        // The later boundaries do not begin a line.
        ("liblinphone-contents-tester-L138.mime", "application/rlmi+xml 3118 | BoundaryGuessed CloseBoundaryMissing"),
        ("liblinphone-contents-tester-L291.mime", "application/rlmi+xml 154 | BoundaryGuessed LeadingBlankLine"),
        ("liblinphone-contents-tester-L595.mime", "| BoundaryGuessed CloseBoundaryMissing"),
        ("liblinphone-contents-tester-L636.mime", "| BoundaryGuessed CloseBoundaryMissing"),
        ("rcsjta-CpimParserTest-L52.mime", "application/sdp 325 message/cpim 326 | BoundaryGuessed"),
    ];
    check("multipart", &table, |raw| match multipart::parse(raw, &MediaType::parse("multipart/mixed")) {
        Ok(multipart) => {
            let leaves = multipart.leaves().map(|part| {
                let media_type = part.headers.content_type();
                format!("{} {} ", media_type.as_ref().map_or("-", MediaType::essence), part.body().len())
            });
            format!("{}|{}", leaves.collect::<String>(), oddities(&multipart.defects))
        }
        Err(error @ MultipartError::BoundaryNotFound { .. }) => format!("not split: {error}"),
        Err(error) => format!("refused: {error}"),
    });
}

#[test]
fn session_descriptions() {
    let table = [
        (
            "bellesip-belle_sdp_tester-L685.sdp",
            "audio 192.168.0.18:7078 9 attributes; video 192.168.0.18:8078 17 attributes; strict",
        ),
        (
            "bellesip-belle_sdp_tester-L869.sdp",
            "audio 192.168.0.18:7078 6 attributes; video 192.168.0.18:8078 17 attributes; strict",
        ),
        ("bellesip-belle_sdp_tester-L953.sdp", "audio 192.168.0.18:7078 2 attributes; strict"),
        ("boghe-issue52-answer.sdp", "message 10.217.37.100:10032 6 attributes; strict"),
        ("sofia-message-1.sdp", "not strict"),
        ("sofia-message-11.sdp", "audio 77.75.1.10:54424 28 attributes; strict"),
        (
            "sofia-message-2.sdp",
            "audio 224.2.17.12/127:49170 0 attributes; video 224.2.17.12/127:51372 0 attributes; application 224.2.17.12/127:32416 1 attributes; strict",
        ),
        ("sofia-message-3.sdp", "audio 224.2.0.1/127:3456 0 attributes; strict"),
        ("sofia-message-5.sdp", "audio boston.bell-tel.com:5004 0 attributes; strict"),
        (
            "sofia-message-6.sdp",
            "audio north.east.isi.edu:3456 0 attributes; video north.east.isi.edu:2232 0 attributes; strict",
        ),
        (
            "sofia-message-7.sdp",
            "audio host.anywhere.com:49170 1 attributes; video host.anywhere.com:51372 1 attributes; video host.anywhere.com:53000 1 attributes; strict",
        ),
        (
            "sofia-message-8.sdp",
            "audio host.example.com:47920 2 attributes; video host.example.com:0 0 attributes; video host.example.com:53000 1 attributes; strict",
        ),
        (
            "sofia-message-9.sdp",
            "audio 224.2.17.12/127/2:49230 5 attributes; video 224.2.17.12/127:51372 1 attributes; application 224.2.17.12/127/2:32416 1 attributes; strict",
        ),
    ];
    check("sdp", &table, |raw| match sdp::parse(raw) {
        Ok(sdp) => {
            let media = sdp.media.iter().map(|media| {
                let port = media.port.map_or("-".to_owned(), |port| port.to_string());
                let address = sdp.connection_of(media).map_or("-", |connection| &*connection.address);
                format!("{} {address}:{port} {} attributes; ", media.kind, media.attributes.len())
            });
            let typed = if sdp::typed(raw).is_ok() { "strict" } else { "not strict" };
            format!("{}{typed}{}", media.collect::<String>(), oddities(&sdp.defects))
        }
        Err(error) => format!("refused: {error}"),
    });
}

#[test]
fn group_states() {
    let table = [
        (
            "rcsjta-cms-GroupStateParserTest-L46.xml",
            "Closed 2012-06-13T16:39:57-05:00: tel:+16135551210 tel:+16135551211 tel:+16135551212",
        ),
        // A mail, not a body: the angle brackets of a header come first.
        (
            "rcsjta-cms-ImapGroupStateMessageImpl-filled.eml",
            "refused: the root element at byte 109 is {}454013394.11298.1465906190374@RCS5frontox1, expected groupstate",
        ),
        (
            "rcsjta-cms-ImapGroupStateMessageImpl-filled.xml",
            "Open 2016-06-14T14:09:50+02:00: tel:+33788878935 tel:+33642575779",
        ),
    ];
    check("groupstate", &table, |raw| match group_state::parse(raw) {
        Ok(state) => {
            let participants = state.participants.iter().map(|participant| text(&participant.comm_addr));
            let participants = participants.collect::<Vec<_>>().join(" ");
            format!(
                "{} {}: {participants}{}",
                text(&state.group_type),
                text(&state.timestamp),
                oddities(&state.defects)
            )
        }
        Err(error) => refused(error),
    });
}

#[test]
fn files_over_http() {
    let table = [
        ("rcsjta-FileTransferXmlParserTest-L57.xml", "file 1234567890 https://host/path/download?id=12345 "),
        // Two documents in one.
        ("rcsjta-FileTransferXmlParserTest-L63.xml", "thumbnail 12345 https://host/path/download?id=6789  SecondRoot"),
        ("rcsjta-FileTransferXmlParserTest-L74.xml", "file 100000 https://host/path/download?id=12345 "),
    ];
    check("fthttp", &table, |raw| match ft_http::parse(raw) {
        Ok(offer) => {
            let files = offer
                .files
                .iter()
                .map(|file| format!("{} {} {} ", text(&file.kind), text(&file.size), text(&file.url)));
            format!("{}{}", files.collect::<String>(), oddities(&offer.defects))
        }
        Err(error) => refused(error),
    });
}

/// Counts the bodies of one media type, and those inside; says what was odd or refused.
fn walk(media_type: &MediaType<'_>, body: &[u8], seen: &mut BTreeMap<String, usize>, odd: &mut Vec<String>) {
    *seen.entry(media_type.essence().to_ascii_lowercase()).or_default() += 1;
    let mut note = |result: Result<String, String>| match result {
        Ok(oddities) if oddities.is_empty() => {}
        Ok(text) | Err(text) => odd.push(format!("{}: {text}", media_type.essence())),
    };
    macro_rules! xml {
        ($module:ident) => {
            note($module::parse(body).map(|document| oddities(&document.defects)).map_err(|error| error.to_string()))
        };
    }
    match media_type.essence().to_ascii_lowercase().as_str() {
        "application/conference-info+xml" => xml!(conference_info),
        "application/im-iscomposing+xml" => xml!(is_composing),
        "application/resource-lists+xml" => xml!(resource_lists),
        "application/vnd.oma.cpm-groupdata+xml" => xml!(group_data),
        "message/imdn+xml" => xml!(imdn),
        "application/sdp" => match sdp::parse(body) {
            Ok(sdp) => note(Ok(oddities(&sdp.defects))),
            Err(error) => note(Err(error.to_string())),
        },
        "message/cpim" => match cpim::parse(body) {
            Ok(message) => {
                note(Ok(oddities(&message.defects)));
                let inner = message.content_headers.content_type().unwrap_or_else(|| MediaType::parse("text/plain"));
                walk(&inner, message.body(), seen, odd);
            }
            Err(error) => note(Err(error.to_string())),
        },
        _ if media_type.is_multipart() => match multipart::parse(body, media_type) {
            Ok(multipart) => {
                note(Ok(oddities(&multipart.defects)));
                for part in multipart.leaves() {
                    let inner = part.headers.content_type().unwrap_or_else(|| MediaType::parse("text/plain"));
                    walk(&inner, part.body(), seen, odd);
                }
            }
            Err(error) => note(Err(error.to_string())),
        },
        _ => {}
    }
}

#[test]
fn bodies_of_correct_group_chats_have_no_defects() {
    let Some(path) = corpus("group") else { return };
    let files = fs::read_dir(&path).unwrap();
    let captures = files.map(|file| file.unwrap().path()).filter(|path| path.extension() != Some("json".as_ref()));
    let (mut seen, mut odd) = (BTreeMap::new(), Vec::new());
    for capture in captures {
        let frames = open(&[Input::Path(capture)], &OpenOptions::default()).unwrap();
        let messages = analyze(frames).messages;
        for (_, message) in messages.iter().filter(|(_, message)| !message.incomplete) {
            if let Some(sip) = messages.sip(message)
                && let Some(media_type) = sip.header(sip::Name::ContentType)
            {
                walk(&MediaType::parse(media_type), sip.body(), &mut seen, &mut odd);
            }
            if let Some(msrp) = messages.msrp(message)
                && let Some(media_type) = msrp.header("Content-Type")
                // Chunks are put together on a higher floor.
                && msrp.byte_range().is_some_and(|range| range.total == Some(msrp.body().len() as u64))
            {
                walk(&MediaType::parse(media_type), msrp.body(), &mut seen, &mut odd);
            }
        }
    }
    assert_eq!(odd, [""; 0]);
    for media_type in ["application/conference-info+xml", "application/vnd.oma.cpm-groupdata+xml", "message/cpim"] {
        assert!(seen.get(media_type).is_some_and(|count| *count > 10), "{seen:?}");
    }
}
