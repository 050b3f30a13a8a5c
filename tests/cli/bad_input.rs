//! Bad input: a clear message that names file and place, and the rest of the files still analysed.

use std::process::Stdio;

use super::{Scratch, failure, finish, json, run, sample, stdout};

/// One frame of a classic little-endian capture.
fn record(data: &[u8]) -> Vec<u8> {
    let mut record = vec![];
    for word in [1_772_359_200, 0, data.len() as u32, data.len() as u32] {
        record.extend(word.to_le_bytes());
    }
    record.extend(data);
    record
}

fn pcap(link_type: u32, frames: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![];
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, link_type] {
        bytes.extend(u32::to_le_bytes(word));
    }
    frames.iter().for_each(|frame| bytes.extend(record(frame)));
    bytes
}

/// A UDP datagram to port 5060 in raw IPv4.
fn datagram(payload: &[u8]) -> Vec<u8> {
    let len = |more: usize| ((payload.len() + more) as u16).to_be_bytes();
    let mut packet = vec![0x45, 0];
    packet.extend(len(28));
    packet.extend([0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
    packet.extend([0x13, 0xc4, 0x13, 0xc4]);
    packet.extend(len(8));
    packet.extend([0, 0]);
    packet.extend(payload);
    packet
}

/// The bad file is explained, and the good one beside it analysed.
fn refused(path: &str, why: &str) {
    let run = run(&["sessions", path, "adhoc-msrp.pcap"]);
    assert_eq!(run.code, Some(2));
    assert_eq!(run.stderr, format!("rcshark: {path}: {why}\n"));
    assert_eq!(run.stdout, stdout(&["sessions", "adhoc-msrp.pcap"]));
}

const READS: &str = "rcshark reads pcap, pcapng, and gzip or zstd of these";

#[test]
fn what_is_no_capture() {
    let scratch = Scratch::new();
    refused("missing.pcap", "no such file or folder");
    refused(&scratch.path("."), &format!("no captures in this folder ({READS})"));
    refused(&scratch.file("empty.pcap", b""), "the file is empty");
    let text = scratch.file("notes.txt", b"INVITE was sent at noon\n");
    let said = run(&["sessions", &text]).stderr;
    assert!(said.contains(&format!("{text}: not a capture: begins with ")) && said.contains(READS), "{said}");
    let netmon = scratch.file("old.cap", b"GMBU\x00\x02\x01\x00and more of it");
    let said = run(&["sessions", &netmon]).stderr;
    assert!(said.contains(&format!("{netmon}: ")) && said.contains("Network Monitor"), "{said}");
}

#[test]
fn nothing_readable_is_an_empty_document() {
    let run = run(&["analyze", "--format", "json", "missing.pcap"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), "[]\n"));
}

#[test]
fn a_cut_file_is_read_as_far_as_it_goes() {
    let scratch = Scratch::new();
    // Where a record or block begins in the whole file.
    let mut record_start = 24;
    let whole = sample("adhoc-msrp.pcap");
    for _ in 0..100 {
        record_start += 16 + u32::from_le_bytes(whole[record_start + 8..][..4].try_into().expect("four")) as usize;
    }
    let pcapng = sample("adhoc-mixed.pcapng");
    let mut block_start = 0;
    for _ in 0..100 {
        block_start += u32::from_le_bytes(pcapng[block_start + 4..][..4].try_into().expect("four")) as usize;
    }
    for (name, bytes, start, frames) in
        [("cut.pcap", whole, record_start, 100), ("cut.pcapng", pcapng, block_start, 98)]
    {
        let path = scratch.file(name, &bytes[..start + 30]);
        let document = json(&["analyze", "--format", "json", &path]);
        assert_eq!(document[0]["capture"]["frames"], frames);
        let problem = &document[0]["capture"]["problems"][0];
        assert_eq!(problem["kind"], "truncated-file");
        let detail = problem["detail"].as_str().expect("a text");
        assert!(detail.starts_with(&path) && detail.contains(&format!("byte {start}")), "{detail}");
        assert!(document[0]["sessions"][0]["legs"].as_array().is_some_and(|legs| !legs.is_empty()));
        let text = stdout(&["analyze", &path]);
        assert!(text.contains("truncated-file") && text.contains(&format!("byte {start}")), "{text}");
    }
}

#[test]
fn an_empty_packet_and_an_unknown_link_type_are_problems() {
    let scratch = Scratch::new();
    let empty = scratch.file("empty-packet.pcap", &pcap(1, &[b"", b""]));
    assert_eq!(json(&["analyze", "--format", "json", &empty])[0]["capture"]["frames"], 2);
    let unknown = scratch.file("unknown.pcap", &pcap(147, &[b"what is this"]));
    let document = json(&["analyze", "--format", "json", &unknown]);
    let problem = &document[0]["capture"]["problems"][0];
    assert_eq!((&problem["kind"], &problem["frame"]), (&"unknown-link-type".into(), &1.into()));
    let text = stdout(&["analyze", &unknown]);
    assert!(text.contains("unknown-link-type") && text.contains("147"), "{text}");
}

#[test]
fn wrong_options() {
    assert!(failure(&["analyze", "--formt", "json", "adhoc-msrp.pcap"]).contains("'--format'"));
    assert!(failure(&["analyze"]).contains("<FILE>..."));
    assert!(failure(&["analyze", "--format", "xml", "adhoc-msrp.pcap"]).contains("text, json"));
    let said = failure(&["messages", "--show", "9999", "adhoc-msrp.pcap"]);
    assert_eq!(said, "rcshark: there is no message 9999: the capture has messages 1 to 50\n");
    assert!(failure(&["messages", "--show", "0", "adhoc-msrp.pcap"]).contains("no message 0"));
}

#[test]
fn a_session_that_does_not_exist() {
    for command in ["analyze", "sessions", "messages", "flow"] {
        let said = failure(&[command, "--session", "s7", "adhoc-msrp.pcap", "restart.pcap"]);
        assert_eq!(said, "rcshark: no session s7 here; `rcshark sessions` lists what there is\n");
    }
}

#[test]
#[cfg(feature = "pcap")]
fn a_capture_filter() {
    let said = failure(&["analyze", "-f", "udp prt 5060", "adhoc-msrp.pcap"]);
    assert!(said.starts_with("rcshark: capture filter \"udp prt 5060\": "), "{said}");
    let document = json(&["analyze", "--format", "json", "-f", "udp", "adhoc-msrp.pcap"]);
    assert_eq!(document[0]["capture"]["msrp_messages"], 0);
    assert_ne!(document[0]["capture"]["sip_messages"], 0);
}

/// Row 18: terminal injection from header values. CSV and HTML are not written here; SVG is XML.
#[test]
fn trap_18_injection_from_header_values() {
    let evil = "\x1b]0;owned\x07\x1b[2J\u{202e}<script>alert(1)</script>";
    let invite = format!(
        "INVITE sip:factory@focus.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
         From: \"{evil}\" <sip:a@example.com>;tag=1\r\nTo: <sip:factory@focus.example>\r\nCall-ID: {evil}\r\n\
         CSeq: 1 INVITE\r\nSubject: {evil}\r\nContribution-ID: {evil}\r\nContent-Type: {evil}\r\n\
         Content-Length: 3\r\n\r\n{}",
        "\x1b[2"
    );
    let refusal = invite
        .replacen("INVITE sip:factory@focus.example SIP/2.0", &format!("SIP/2.0 403 {evil}"), 1)
        .replace("example>\r\nCall", "example>;tag=2\r\nCall");
    let scratch = Scratch::new();
    let path =
        scratch.file("\x1b[31mevil.pcap", &pcap(101, &[&datagram(invite.as_bytes()), &datagram(refusal.as_bytes())]));
    for args in [
        &["analyze"][..],
        &["sessions"],
        &["messages"],
        &["messages", "--show", "1"],
        &["messages", "--format", "json"],
        &["flow"],
        &["flow", "--format", "svg"],
        &["flow", "--format", "mermaid"],
        &["analyze", "--format", "json"],
    ] {
        let printed = stdout(&[args, &[path.as_str()]].concat());
        assert!(!printed.contains(['\x1b', '\x07']), "{args:?}: {printed:?}");
        assert!(printed.contains("owned") || printed.contains("1 session"), "{args:?}: {printed:?}");
        if args.contains(&"svg") {
            assert!(!printed.contains("<script"), "{printed}");
        }
        if !args.contains(&"json") {
            assert!(!printed.contains('\u{202e}'), "{args:?}: {printed:?}");
        }
    }
    let missing = run(&["analyze", "\x1b[2Jmissing.pcap", "--session", "\x1b[2J"]);
    assert!(!missing.stderr.contains('\x1b'), "{:?}", missing.stderr);
}

#[test]
fn garbage_on_standard_input() {
    let run = finish(super::command(&["analyze", "-"]).stdin(Stdio::null()));
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert_eq!(run.stderr, "rcshark: standard input: the file is empty\n");
}
