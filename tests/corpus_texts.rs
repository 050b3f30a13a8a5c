//! Messages out of standards and other projects' tests, read one by one: SIP as a datagram and in a stream, MSRP in a
//! stream.
//!
//! The corpus is no part of this project: without it these tests say so and pass.

#[path = "support/corpus.rs"]
mod shared;
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use rcshark::wire::{msrp, sip};
use shared::corpus;
use support::{Connection, Read, Trace};

fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let Some(path) = corpus(&format!("world/{folder}")) else { return vec![] };
    let entries = fs::read_dir(&path).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort_unstable();
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), fs::read(path).unwrap())).collect()
}

/// Files that are not one message each: how many are in a datagram, how many in a stream with another one behind them,
/// and why.
const EXPLAINED: &[(&str, usize, usize, &str)] = &[
    ("rfc4475-test.dat", 0, 1, "its first line lacks the version"),
    ("rfc5118-ipv6-correct-abnf-2-colons.dat", 1, 1, HEADERS_DO_NOT_END),
    ("sofia-own8.sip", 1, 1, HEADERS_DO_NOT_END),
    ("sofia-test-ack-1.sip", 1, 1, HEADERS_DO_NOT_END),
    ("sofia-test10b.sip", 1, 1, HEADERS_DO_NOT_END),
    ("sofia-test9.sip", 1, 1, HEADERS_DO_NOT_END),
    ("rfc3892-006-NOTIFY.sip", 1, 1, HEADERS_DO_NOT_END),
    ("sharetechnote-rcs-1to1-invite-head.sip", 1, 1, HEADERS_DO_NOT_END),
    ("sofia-test10.sip", 1, 3, "two messages; behind the first a datagram has nothing to be read (RFC 3261 §18.3)"),
    (
        "bellesip-belle_sip_message_tester-L224.sip",
        1,
        2,
        "Content-Length is 9 bytes too small: they join the next method",
    ),
];

const HEADERS_DO_NOT_END: &str = "no blank line ends its headers, so what follows belongs to them";

/// The client's bytes in segments of `step` bytes.
fn read_stream(port: u16, stream: &[u8], step: usize) -> Read {
    let mut trace = Trace::default();
    let mut connection = Connection::open(&mut trace, "192.0.2.1:40000", &format!("192.0.2.2:{port}"));
    for segment in stream.chunks(step) {
        connection.send(&mut trace, true, segment);
    }
    trace.read()
}

const NEXT: &[u8] =
    b"OPTIONS sip:next@example.com SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bKnext\r\nCall-ID: next\r\n\
    CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

/// What stands between two messages and is no defect: line ends.
const MAX_BLANK_BYTES: usize = 6;

#[test]
fn every_sip_message_is_read_as_a_datagram_and_in_a_stream() {
    let mut wrong = vec![];
    let files: Vec<_> = ["sip-torture", "sip-rfc", "sip-tests"].iter().flat_map(|folder| files(folder)).collect();
    for (name, bytes) in &files {
        let blank = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let bytes = &bytes[blank..];
        let explained = EXPLAINED.iter().find(|(file, ..)| file == name);
        let (in_datagram, in_stream) = explained.map_or((1, 2), |&(_, datagram, stream, _)| (datagram, stream));
        let mut trace = Trace::default();
        trace.udp("192.0.2.1:5060", "192.0.2.2:5060", bytes);
        let datagram = trace.read();
        if datagram.raw() != vec![bytes; in_datagram] {
            wrong.push(format!("{name}: {:?} in the datagram", datagram.start_lines()));
        }
        if in_datagram == 1 && sip::Message::parse(bytes).is_none_or(|message| message.raw() != bytes) {
            wrong.push(format!("{name}: not opened"));
        }
        for step in [7, 500, usize::MAX] {
            let stream = read_stream(5060, &[bytes, NEXT].concat(), step);
            let raw = stream.raw();
            let unread: u64 = stream.problems.iter().map(|problem| problem.bytes).sum();
            let all_is_there = raw.concat().len() + unread as usize + MAX_BLANK_BYTES >= bytes.len() + NEXT.len();
            let next_is_there = explained.is_some() || raw.last().is_some_and(|last| last == NEXT);
            if raw.len() != in_stream || !all_is_there || !next_is_there {
                wrong.push(format!("{name}: {:?} in a stream, in steps of {step}", stream.start_lines()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), files.len(), wrong.join("\n"));
}

/// Method or status, header fields, bytes of the body, flag.
type Shape = (&'static str, usize, usize, char);

/// Of each file its messages, as an independent script counted them.
const MSRP: &[(&str, &[Shape])] = &[
    ("lineage-bare-lf.msrp", &[("SEND", 5, 3, '$')]),
    ("lineage-chunk1-continuation.msrp", &[("SEND", 5, 4, '+')]),
    ("msrpjava-TestConnectionPreparser-L40.msrp", &[("SEND", 5, 2, '$'), ("SEND", 5, 143, '$')]),
    ("pjmsrp-test_main-L24.msrp", &[("SEND", 8, 5, '$')]),
    ("pytest-200.msrp", &[("200", 2, 0, '$')]),
    ("pytest-basic-report.msrp", &[("REPORT", 5, 0, '$')]),
    ("pytest-chunk.msrp", &[("SEND", 5, 61, '+')]),
    ("pytest-cpim-529.msrp", &[("SEND", 6, 542, '$')]),
    ("pytest-header-case.msrp", &[("200", 2, 0, '$')]),
    ("pytest-unknown-header.msrp", &[("200", 3, 0, '$')]),
    ("resipmsrp-testMsrpRoar-L30.msrp", &[("SEND", 4, 14, '$')]),
    ("resipmsrp-testMsrpRoar-L82.msrp", &[("200", 2, 0, '$')]),
    ("rfc4975-01-SEND-a786hjs2.msrp", &[("SEND", 5, 23, '$')]),
    ("rfc4975-02-200-a786hjs2.msrp", &[("200", 2, 0, '$')]),
    ("rfc4975-03-SEND-dkei38sd.msrp", &[("SEND", 3, 4, '+')]),
    ("rfc4975-04-SEND-dkei38ia.msrp", &[("SEND", 3, 4, '$')]),
    ("rfc4975-06-200-d93kswow.msrp", &[("200", 2, 0, '$')]),
    ("rfc4975-08-200-dkei38sd.msrp", &[("200", 2, 0, '$')]),
    ("rfc4975-10-SEND-d93kswow.msrp", &[("SEND", 5, 137, '+')]),
    ("rfc4975-11-SEND-op2nc9a.msrp", &[("SEND", 5, 10, '$')]),
    ("rfc4975-12-SEND-d93kswow.msrp", &[("SEND", 7, 37, '$')]),
    ("rfc4975-13-SEND-d93kswow.msrp", &[("SEND", 12, 0, '$')]),
    ("rfc4975-14-REPORT-dkei38sd.msrp", &[("REPORT", 5, 0, '$')]),
    ("rfc4976-01-SEND-6aef.msrp", &[("SEND", 6, 39, '$')]),
    ("rfc4976-02-200-6aef.msrp", &[("200", 3, 0, '$')]),
    ("rfc4976-03-SEND-juh76.msrp", &[("SEND", 6, 39, '$')]),
    ("rfc4976-04-200-juh76.msrp", &[("200", 3, 0, '$')]),
    ("rfc4976-05-SEND-xght6.msrp", &[("SEND", 6, 39, '$')]),
    ("rfc4976-07-REPORT-yh67.msrp", &[("REPORT", 5, 0, '$')]),
    ("rfc4976-08-REPORT-yh67.msrp", &[("REPORT", 5, 0, '$')]),
    ("rfc4976-09-AUTH-49fh.msrp", &[("AUTH", 2, 0, '$')]),
    ("rfc4976-10-401-49fh.msrp", &[("401", 3, 0, '$')]),
    ("rfc4976-11-AUTH-49fi.msrp", &[("AUTH", 3, 0, '$')]),
    ("rfc4976-14-AUTH-m2nbvw.msrp", &[("AUTH", 2, 0, '$')]),
    ("rfc4976-15-401-m2nbvw.msrp", &[("401", 3, 0, '$')]),
    ("rfc4976-17-AUTH-m3nbvx.msrp", &[("AUTH", 3, 0, '$')]),
    ("rfc5547-04-200-op2nc9a.msrp", &[("200", 3, 0, '$')]),
    ("rfc5547-08-200-d95ksxox.msrp", &[("200", 3, 0, '$')]),
    ("rfc7701-01-NICKNAME-d93kswow.msrp", &[("NICKNAME", 3, 0, '$')]),
    ("rfc7701-03-NICKNAME-09swk2d.msrp", &[("NICKNAME", 3, 0, '$')]),
    ("rfc7701-04-200-09swk2d.msrp", &[("200", 2, 0, '$')]),
    ("rfc7701-05-SEND-3490visdm.msrp", &[("SEND", 5, 187, '$')]),
    ("rfc7701-06-200-3490visdm.msrp", &[("200", 3, 0, '$')]),
    ("rfc7701-09-200-6959ssdfm.msrp", &[("200", 3, 0, '$')]),
    ("rfc7701-10-SEND-9v9s2.msrp", &[("SEND", 5, 141, '$')]),
    ("rfc7701-12-SEND-7443ruls.msrp", &[("SEND", 5, 56, '$')]),
    ("rfc7977-04-401-4rsxt9nz.msrp", &[("401", 3, 0, '$')]),
    ("rfc7977-06-200-qy1hsow5.msrp", &[("200", 4, 0, '$')]),
    ("rfc7977-07-SEND-6aef.msrp", &[("SEND", 6, 39, '$')]),
    ("rfc7977-08-200-6aef.msrp", &[("200", 2, 0, '$')]),
    ("rfc7977-09-SEND-juh76.msrp", &[("SEND", 6, 39, '$')]),
    ("rfc7977-10-200-juh76.msrp", &[("200", 2, 0, '$')]),
    ("rfc7977-11-SEND-xght6.msrp", &[("SEND", 6, 20, '$')]),
    ("rfc7977-12-200-xght6.msrp", &[("200", 2, 0, '$')]),
    ("rfc7977-17-SEND-re58.msrp", &[("SEND", 6, 31, '$')]),
    ("rfc7977-18-200-re58.msrp", &[("200", 2, 0, '$')]),
    ("rfc7977-19-SEND-Ycwt.msrp", &[("SEND", 6, 46, '$')]),
    ("rfc7977-20-200-Ycwt.msrp", &[("200", 2, 0, '$')]),
    ("rfc7977-21-SEND-13GA.msrp", &[("SEND", 6, 46, '$')]),
    ("rfc7977-22-200-13GA.msrp", &[("200", 2, 0, '$')]),
    ("rfc7977-23-SEND-kXeg.msrp", &[("SEND", 6, 46, '$')]),
    ("rfc7977-24-200-kXeg.msrp", &[("200", 2, 0, '$')]),
];

#[test]
fn every_msrp_message_is_read_as_it_stands() {
    let files = files("msrp");
    for (name, bytes) in &files {
        let expected = MSRP.iter().find(|(file, _)| file == name).map(|(_, messages)| *messages);
        for step in [1, 30, usize::MAX] {
            let read = read_stream(2855, bytes, step);
            assert_eq!(read.problems, [], "{name} in steps of {step}");
            assert_eq!(read.raw().concat(), bytes.trim_ascii_start(), "{name} in steps of {step}");
            let found: Vec<(String, usize, usize, char)> = read.raw().iter().map(|raw| describe(raw)).collect();
            let found: Vec<_> =
                found.iter().map(|(kind, headers, body, flag)| (kind.as_str(), *headers, *body, *flag)).collect();
            assert_eq!(Some(found.as_slice()), expected, "{name} in steps of {step}");
        }
    }
    assert!(files.is_empty() || files.len() == MSRP.len(), "{} files, {} rows", files.len(), MSRP.len());
}

fn describe(raw: &[u8]) -> (String, usize, usize, char) {
    let message = msrp::Message::parse(raw).expect("what was framed can be opened");
    let status = message.status().map(|status| status.to_string());
    let kind = status.unwrap_or_else(|| message.method().unwrap_or_default().to_owned());
    (kind, message.headers().count(), message.body().len(), message.end_flag().as_char())
}
