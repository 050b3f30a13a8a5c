//! MSRP over TLS: rcshark against itself, with certificates that are another's, and against clients that speak no TLS.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rcshark::replay::{Driver, End, Fresh, Hub, Player, Roles, Route, Score, Settings, TlsConfig, TlsFiles, Transport};

use super::{captures, facts, pair};

/// A certificate that nobody signed, and its key.
struct Own {
    folder: tempfile::TempDir,
}

impl Own {
    fn new() -> Own {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).expect("a certificate");
        let own = Own { folder: tempfile::tempdir().expect("a folder") };
        std::fs::write(own.path("cert.pem"), made.cert.pem()).expect("a file");
        std::fs::write(own.path("key.pem"), made.signing_key.serialize_pem()).expect("a file");
        own
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("a path").to_owned()
    }
}

/// The clients with a certificate against the focus with another one.
fn play(capture: &Path, clients: &[&str], focus: &[&str]) -> (pair::Outcome, pair::Outcome) {
    let (ours, theirs) = (Own::new(), Own::new());
    let file = capture.to_str().expect("a path");
    let common = ["--session", "s1", "--speed", "max", "--patience", "1"];
    let options =
        |own: &Own| ["--cert", "--key"].map(str::to_owned).into_iter().zip([own.text("cert.pem"), own.text("key.pem")]);
    let start = |own: &Own, role: &[&str], more: &[&str]| {
        let certificate: Vec<String> = options(own).flat_map(|(name, path)| [name, path]).collect();
        let certificate: Vec<&str> = certificate.iter().map(String::as_str).collect();
        pair::Playing::start(&[&[file], role, &common[..], &certificate, more].concat())
    };
    let mut focus = start(&theirs, &["--as", "focus", "--bind", "127.0.0.1:0"], focus);
    let target = focus.listening();
    let clients = start(&ours, &["--as", "clients", "--target", &target], clients).finish();
    (clients, focus.finish())
}

#[test]
fn a_group_over_msrps_is_as_it_was_over_tcp() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["adhoc-msrp.pcap", "adhoc-mixed.pcapng"] {
        let path = captures().join(name);
        let saved = ["clients.pcapng", "focus.pcapng"].map(|name| folder.path().join(name));
        let save = saved.each_ref().map(|path| path.to_str().expect("a path"));
        let over_tls = ["--msrp-transport", "tls"];
        let (clients, focus) = play(
            &path,
            &[&over_tls[..], &["--save", save[0]]].concat(),
            &[&over_tls[..], &["--save", save[1]]].concat(),
        );
        for outcome in [clients, focus] {
            assert_eq!(outcome.code, Some(0), "{name}: {}{}", outcome.stdout, outcome.stderr);
        }
        let original = facts::read(&path);
        for saved in &saved {
            // In the result stands what was said, not how it was encrypted.
            let result = facts::read(saved);
            let session = facts::session(&result, None);
            assert_eq!(facts::timelines(&original, 0), facts::timelines(&result, session), "{name}");
            assert_eq!(facts::deliveries(&original, 0), facts::deliveries(&result, session), "{name}");
            let bytes = std::fs::read(saved).expect("the result");
            let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
            assert!(has(b" TCP/TLS/MSRP *") && has(b"a=fingerprint:SHA-256 ") && has(b"To-Path: msrps://"), "{name}");
            assert!(!has(b" TCP/MSRP *") && !has(b"msrp://"), "{name}");
        }
    }
}

#[test]
fn an_answer_is_as_the_offer_is() {
    let path = captures().join("adhoc-msrp.pcap");
    let over_tls = ["--msrp-transport", "tls"];
    // The focus itself offers TCP to those whom it invites.
    let (clients, focus) = play(&path, &over_tls, &[]);
    assert_eq!((clients.code, focus.code), (Some(0), Some(0)), "{}{}", clients.stdout, focus.stdout);
    let other = ["--mutate", "200 OK (INVITE):replace=TCP/TLS/MSRP=>TCP/MSRP"];
    let (clients, _) = play(&path, &over_tls, &other);
    assert_eq!(clients.code, Some(1), "{}", clients.stdout);
    assert!(clients.stdout.contains("MSRP transport is \"TCP/MSRP\" instead of"), "{}", clients.stdout);
}

#[test]
fn anothers_certificate_is_found_out() {
    let path = captures().join("adhoc-msrp.pcap");
    let over_tls = ["--msrp-transport", "tls"];
    let wrong = "replace=SHA-256 =>SHA-256 00:";
    for (message, by_clients) in
        [("INVITE", true), ("200 OK (INVITE)", true), ("INVITE", false), ("200 OK (INVITE)", false)]
    {
        let mutation = format!("{message}:{wrong}");
        let liar = [&over_tls[..], &["--mutate", &mutation]].concat();
        let (clients, focus) = if by_clients { play(&path, &liar, &over_tls) } else { play(&path, &over_tls, &liar) };
        let honest = if by_clients { &focus } else { &clients };
        assert_eq!(honest.code, Some(1), "{mutation} {by_clients}: {}{}", clients.stdout, focus.stdout);
        let words = "not the one of its a=fingerprint";
        assert!(honest.stdout.contains(words), "{mutation} {by_clients}: {}", honest.stdout);
    }
}

#[test]
fn without_a_certificate_there_is_no_msrps() {
    let capture = captures().join("adhoc-msrp.pcap");
    let file = capture.to_str().expect("a path");
    let args = [file, "--as", "clients", "--target", "127.0.0.1:9", "--msrp-transport", "tls"];
    let outcome = pair::Playing::start(&args).finish();
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("--cert"), "{}", outcome.stderr);
}

/// Clients that send no TLS, break it off, or say nothing at all, at a side that waits for MSRP over TLS.
#[test]
fn what_is_no_tls_harms_nobody() {
    let own = Own::new();
    let (certificate, key) = (own.path("cert.pem"), own.path("key.pem"));
    let files = TlsFiles { ca: None, certificate: Some(&certificate), key: Some(&key) };
    let mut driver = Driver::new(Some(TlsConfig::read(files, None).expect("a configuration"))).expect("a driver");
    let (endpoint, local) = driver.bind("127.0.0.1:0".parse().expect("an address"), Transport::Udp).expect("sockets");
    let address = local.msrps.expect("a listener for MSRP over TLS");
    let analysis = facts::read(&captures().join("adhoc-msrp.pcap"));
    let roles = Roles::parse(&["focus".to_owned()], &analysis, 0).expect("roles");
    let plan = rcshark::replay::build(&analysis, 0, &roles).expect("plans").remove(0);
    let player = Player::new(
        Arc::new(Score::new(plan, vec![])),
        Arc::new(Settings::default()),
        Route::new(None, vec![]),
        local,
        Fresh::default(),
    );
    let mut hub = Hub::default();
    hub.add(vec![(player, endpoint, Duration::ZERO)]);
    let interrupted = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&interrupted);
    let strangers = std::thread::spawn(move || {
        let hello = [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3];
        let record = [&[0x16, 3, 3, 0xff, 0xff][..], &[0xaa; 40_000]].concat();
        let texts: [&[u8]; 6] =
            [b"MSRP a786hjs2 SEND\r\n", b"", &hello, &record, &[0; 300], &[0x15, 3, 3, 0, 2, 2, 40]];
        for text in texts {
            let mut stream = TcpStream::connect(address).expect("a connection");
            stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket");
            let _ = stream.write_all(text);
            if !text.is_empty() {
                let _ = stream.shutdown(std::net::Shutdown::Write);
            }
            // It is closed for them, also for who says nothing.
            let mut rest = vec![];
            let closed = stream.read_to_end(&mut rest);
            let still_open = closed.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
            assert!(!still_open, "{text:?}");
        }
        done.store(true, Ordering::Relaxed);
    });
    let end = driver.run(&mut hub, Duration::from_secs(60), &interrupted, |_, _| {}).expect("a run");
    strangers.join().expect("every stranger was sent away");
    assert_eq!(end, End::Interrupted);
}
