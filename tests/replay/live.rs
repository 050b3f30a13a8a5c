//! What is captured live while rcshark plays against rcshark.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::captures;
use super::facts;
use super::pair::{LIMIT, Outcome, Playing};

#[allow(clippy::print_stderr, reason = "whoever runs the tests is to know")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

/// A capture on loopback of what has to do with `host` only: other tests use loopback too. `None` where that is not allowed, or
/// not built in; it says so.
fn listen(host: &str, options: &[&str]) -> Option<Playing> {
    let filter = format!("host {host}");
    let mut listening = Playing::command("capture", &[&["-i", "lo", "-f", &filter], options].concat());
    if listening.says("capturing on ").is_some() {
        return Some(listening);
    }
    let outcome = listening.finish();
    let expected = ["no permission to capture on lo", "built without the feature `pcap`", "there is no interface lo"];
    assert!(expected.iter().any(|text| outcome.stderr.contains(text)), "{}", outcome.stderr);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
    skipped(&outcome.stderr);
    None
}

/// Plays the clients of a sample against its focus at `host`; what the clients saved.
fn play(host: &str, folder: &Path) -> std::path::PathBuf {
    let capture = captures().join("adhoc-mixed.pcapng");
    let file = capture.to_str().expect("a path");
    let bind = format!("{host}:0");
    let mut focus = Playing::start(&[file, "--as", "focus", "--bind", &bind, "--speed", "max"]);
    let saved = folder.join("clients.pcapng");
    let save = saved.to_str().expect("a path");
    let target = focus.listening();
    let options = ["--as", "clients", "--target", &target, "--speed", "max", "--save", save];
    let clients = Playing::start(&[&[file], &options[..]].concat()).finish();
    assert_eq!((clients.code, focus.finish().code), (Some(0), Some(0)), "{}{}", clients.stdout, clients.stderr);
    saved
}

fn stop(listening: Playing) -> Outcome {
    listening.interrupt();
    let outcome = listening.finish();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    outcome
}

#[test]
fn what_is_captured_live_is_what_was_exchanged() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = "127.9.1.1";
    let written = folder.path().join("live.pcapng");
    let write = written.to_str().expect("a path");
    let Some(listening) = listen(host, &["-w", write, "--format", "json"]) else { return };
    let saved = play(host, folder.path());
    let outcome = stop(listening);

    let (live, replayed) = (facts::read(&written), facts::read(&saved));
    assert!(live.problems.is_empty(), "{:?}", live.problems[0]);
    assert_eq!(live.messages.list.len(), replayed.messages.list.len());
    let (a, b) = (facts::session(&live, None), facts::session(&replayed, None));
    assert_eq!(facts::timelines(&live, a), facts::timelines(&replayed, b));
    assert_eq!(facts::deliveries(&live, a), facts::deliveries(&replayed, b));
    assert_eq!(facts::notifications(&live, a), facts::notifications(&replayed, b));

    let documents: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let document = &documents[0];
    assert_eq!(
        (document["schema"].as_str(), documents.as_array().map(Vec::len)),
        (Some("rcshark.analysis/1"), Some(1))
    );
    assert_eq!(document["capture"]["path"], write);
    assert_eq!(document["capture"]["frames"], live.capture.frames);
    assert_eq!(document["sessions"].as_array().map(Vec::len), Some(1));
    assert_eq!(document["capture"]["problems"], Value::Array(vec![]));
}

#[test]
fn messages_are_printed_as_they_come_and_the_sessions_at_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = "127.9.1.2";
    let filter = "sip.method == INVITE || msrp.method == SEND";
    let Some(listening) = listen(host, &["--messages", "--filter", filter]) else { return };
    let replayed = facts::read(&play(host, folder.path()));
    let outcome = stop(listening);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let of = |protocol: &str, label: &str| {
        lines.iter().filter(|line| line.contains(&format!(" {protocol} ")) && line.contains(label)).count()
    };
    let is_invite = |message: &&rcshark::wire::Message| {
        replayed.messages.sip(message).is_some_and(|message| message.method() == Some("INVITE"))
    };
    let invites = replayed.messages.list.iter().filter(is_invite).count();
    assert!(invites > 2);
    assert_eq!((of("SIP", "INVITE"), of("SIP", "BYE")), (invites, 0), "{}", outcome.stdout);
    assert!(of("MSRP", "SEND") > 2);
    // Each once, although what came so far is analysed again and again.
    let mut unique = lines.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), lines.iter().filter(|line| !line.is_empty()).count() + 1);
    assert!(lines.iter().any(|line| line.starts_with("lo  ") && line.contains("1 session")), "{}", outcome.stdout);
    assert!(lines.last().is_some_and(|line| line.contains("s1") && line.contains("group")), "{}", outcome.stdout);
}

#[test]
fn a_capture_ends_by_itself_at_its_limits() {
    let host = "127.9.1.3";
    for limit in [["--count", "3"], ["--duration", "1"]] {
        let folder = tempfile::tempdir().expect("a folder");
        let written = folder.path().join("live.pcapng");
        std::fs::write(&written, "what was there").expect("a file");
        let write = written.to_str().expect("a path");
        let Some(listening) = listen(host, &[&limit[..], &["-w", write]].concat()) else { return };
        let socket = std::net::UdpSocket::bind((host, 0)).expect("a socket");
        let address = socket.local_addr().expect("an address");
        for _ in 0..5 {
            socket.send_to(b"not SIP", address).expect("sent");
        }
        let outcome = listening.finish();
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        let frames = facts::read(&written).capture.frames;
        assert_eq!(frames, if limit[0] == "--count" { 3 } else { 5 }, "{limit:?} {}", outcome.stderr);
    }
}

#[test]
fn a_file_can_be_read_while_it_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = "127.9.1.4";
    let written = folder.path().join("live.pcapng");
    let Some(listening) = listen(host, &["-w", written.to_str().expect("a path")]) else { return };
    play(host, folder.path());
    let begin = Instant::now();
    loop {
        let so_far = facts::read(&written);
        if so_far.sessions.sessions.len() == 1 && so_far.sessions.sessions[0].ended.is_some() {
            break;
        }
        assert!(begin.elapsed() < LIMIT, "the session is not in the file");
        std::thread::sleep(Duration::from_millis(20));
    }
    stop(listening);
}
