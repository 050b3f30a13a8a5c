//! Replay over real sockets: rcshark against itself, against servers that answer wrongly, and against SIPp and Kamailio.

#[path = "support/corpus.rs"]
mod corpus;
#[path = "replay/facts.rs"]
mod facts;
#[path = "replay/fake.rs"]
mod fake;
#[path = "replay/forks.rs"]
mod forks;
#[path = "replay/live.rs"]
mod live;
#[path = "replay/msrps.rs"]
mod msrps;
#[path = "replay/pair.rs"]
mod pair;
#[path = "replay/peers.rs"]
mod peers;
#[path = "support/junit.rs"]
mod schema;
#[path = "replay/simulated.rs"]
mod simulated;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use self::simulated::{network, simulate_mutated, simulated_run};
use rcshark::replay::{self, Fresh, Hub, Player, Roles, Route, Score, Settings, Side, Speed, Transport, Weather};

fn captures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("captures")
}

/// Captures of a folder, and the group sessions in each.
fn groups_in(folder: &Path) -> Vec<(PathBuf, Vec<String>)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().contains(".pcap") && !path.to_string_lossy().ends_with(".json"))
        .collect();
    files.sort();
    let groups = |path: &PathBuf| {
        let analysis = facts::read(path);
        let groups = analysis.sessions.sessions.iter().filter(|one| one.kind == rcshark::session::SessionKind::Group);
        groups.map(|session| session.id.clone()).collect()
    };
    files.iter().map(|path| (path.clone(), groups(path))).collect()
}

/// Replays every group session of a folder and compares the results with the originals.
fn replay_all(folder: &Path, part: usize, parts: usize) {
    let all = groups_in(folder);
    for (path, sessions) in all.iter().enumerate().filter(|(index, _)| index % parts == part).map(|(_, one)| one) {
        let original = facts::read(path);
        for id in sessions {
            let what = format!("{} {id}", path.display());
            let pair = pair::play(path, id, &[]);
            pair.assert_good(&what);
            assert!(!pair.clients.stdout.contains("other than the original"), "{what}: {}", pair.clients.stdout);
            let index = facts::session(&original, Some(id));
            for saved in &pair.saved {
                let result = facts::read(saved);
                let replayed = facts::session(&result, None);
                // Where packets are missing the replay shows more than the original.
                let lossy = !original.problems.is_empty();
                let told = |lines: Vec<String>| -> Vec<String> {
                    lines.into_iter().map(|line| line.replace("None", "Some(200)")).collect()
                };
                let compare = |name: &str, before: Vec<String>, after: Vec<String>| {
                    if lossy {
                        let (before, after) = (told(before), told(after));
                        // Of whom the original shows no beginning or end it says less than the replay.
                        let whole = before.iter().filter(|line| !line.ends_with(" -"));
                        let gone: Vec<&String> = whole.filter(|line| !after.contains(line)).collect();
                        assert!(gone.is_empty(), "{what}: {name}: {gone:#?} are not among {after:#?}");
                    } else {
                        assert_eq!(before, after, "{what}: {name}");
                    }
                };
                type Facts = fn(&rcshark::Analysis, usize) -> Vec<String>;
                let facts: [(&str, Facts); 3] = [
                    ("timelines", facts::timelines),
                    ("deliveries", facts::deliveries),
                    ("notifications", facts::notifications),
                ];
                for (name, read) in facts {
                    compare(name, read(&original, index), read(&result, replayed));
                }
                assert!(result.problems.is_empty(), "{what}: {:?}", result.problems[0].detail);
            }
        }
    }
}

#[test]
fn the_sample_captures_are_replayed_and_lead_to_the_same() {
    replay_all(&captures(), 0, 1);
}

#[test]
fn the_corpus_is_replayed_and_leads_to_the_same_1() {
    replay_corpus(0, 2);
}

#[test]
fn the_corpus_is_replayed_and_leads_to_the_same_2() {
    replay_corpus(1, 2);
}

fn replay_corpus(part: usize, parts: usize) {
    if let Some(group) = corpus::corpus("group") {
        replay_all(&group, part, parts);
    }
}

fn sample(name: &str) -> String {
    captures().join(name).to_str().expect("a path").to_owned()
}

/// Plays the clients of the shortest sample against an address.
fn against(address: &str, options: &[&str]) -> pair::Outcome {
    let file = sample("adhoc-msrp.pcap");
    let common = [&file, "--as", "clients", "--target", address, "--speed", "max", "--patience", "1"];
    pair::Playing::start(&[&common[..], options].concat()).finish()
}

/// Plays the shortest sample with a focus that does something wrong.
fn against_focus(fault: &str, options: &[&str]) -> pair::Outcome {
    let file = sample("adhoc-msrp.pcap");
    let focus =
        [&file, "--as", "focus", "--bind", "127.0.0.1:0", "--speed", "max", "--patience", "1", "--mutate", fault];
    let mut focus = pair::Playing::start(&[&focus[..], &["--timeout", "20"]].concat());
    let address = focus.listening();
    let outcome = against(&address, options);
    focus.finish();
    outcome
}

#[track_caller]
fn assert_says(outcome: &pair::Outcome, code: i32, words: &[&str]) {
    let text = format!("{}{}", outcome.stdout, outcome.stderr);
    assert_eq!(outcome.code, Some(code), "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in:\n{text}");
    }
}

#[test]
fn a_486_for_a_200_is_told_and_ends_the_leg() {
    let outcome = against_focus("200 OK (INVITE):replace=SIP/2.0 200 OK=>SIP/2.0 486 Busy Here", &["--timeout", "20"]);
    assert_says(&outcome, 1, &["status is \"486\" instead of \"200\"", "not run"]);
}

#[test]
fn another_contribution_id_is_told() {
    let outcome = against_focus("INVITE:replace=Contribution-ID: =>Contribution-ID: 0", &[]);
    assert_says(&outcome, 1, &["INVITE [sdp] (frame", "Contribution-ID is \"0"]);
}

#[test]
fn missing_conference_info_is_told_and_the_rest_goes_on() {
    let outcome = against_focus("SEND conference-info:drop", &[]);
    assert_says(&outcome, 1, &["SEND conference-info (frame", "missing", " 0 not run"]);
}

#[test]
fn a_bye_without_reason_is_told() {
    let outcome = against_focus("BYE:remove=Reason", &[]);
    assert_says(&outcome, 1, &["Reason is \"\" instead of \"480\""]);
}

#[test]
fn a_message_that_reaches_nobody_is_told() {
    let outcome = against_focus("SEND text/plain:drop", &[]);
    let words = ["SEND text/plain (frame", "other than the original: message of tel:+12005550100", "came to nobody"];
    assert_says(&outcome, 1, &words);
}

#[test]
fn who_never_answers_is_given_up() {
    let outcome = against(&fake::silent(), &["--timeout", "2"]);
    assert_says(&outcome, 1, &["the time limit of 2 s was reached", "missing", "not run"]);
}

#[test]
fn garbage_is_counted_and_no_answer() {
    let outcome = against(&fake::garbage(), &["--timeout", "2"]);
    assert_says(&outcome, 1, &["bytes came that are no SIP or MSRP"]);
    let outcome = against(&fake::garbage_over_tcp(), &["--timeout", "2", "--transport", "tcp"]);
    assert_says(&outcome, 1, &["bytes came that are no SIP or MSRP"]);
}

#[test]
fn a_flood_does_not_lock_out_the_clock() {
    let started = std::time::Instant::now();
    let outcome = against(&fake::flood(), &["--timeout", "4"]);
    assert_says(&outcome, 1, &["the time limit of 4 s was reached"]);
    assert!(started.elapsed().as_secs() < 15, "{:?}", started.elapsed());
}

#[test]
fn a_server_that_closes_msrp_is_told() {
    let outcome = against(&fake::closes_msrp(), &["--timeout", "20"]);
    assert_says(&outcome, 1, &["the far end closed the connection"]);
}

#[test]
fn nobody_there_over_tcp_is_told() {
    let outcome = against("127.0.0.1:9", &["--timeout", "20", "--transport", "tcp"]);
    assert_says(&outcome, 1, &["cannot be reached"]);
}

#[test]
fn nothing_is_sent_elsewhere_without_being_allowed() {
    let outcome = against("192.0.2.1:5060", &[]);
    assert_says(&outcome, 2, &["--allow-remote"]);
    let outcome = against("127.0.0.1:5060", &["--map", "example.net=192.0.2.1:5060"]);
    assert_says(&outcome, 2, &["--allow-remote"]);
}

#[test]
fn what_cannot_be_played_is_no_run() {
    let file = sample("adhoc-msrp.pcap");
    let run = |args: &[&str]| pair::Playing::start(args).finish();
    let target = ["--target", "127.0.0.1:5060"];
    assert_says(
        &run(&[&[file.as_str(), "--as", "zoe"], &target[..]].concat()),
        2,
        &["nobody in session s1 is called zoe"],
    );
    assert_says(
        &run(&[&[file.as_str(), "--as", "clients", "--session", "s9"], &target[..]].concat()),
        2,
        &["no session s9"],
    );
    assert_says(&run(&[&file, "--as", "clients"]), 2, &["--target"]);
    let anywhere = ["--bind", "0.0.0.0:0", "--allow-remote"];
    assert_says(&run(&[&[file.as_str(), "--as", "focus"], &anywhere[..]].concat()), 2, &["no address that others"]);
    assert_says(
        &run(&[&[&sample("two-groups.pcap"), "--as", "focus"], &target[..]].concat()),
        2,
        &["choose one with --session"],
    );
}

#[test]
fn a_saved_plan_runs_as_the_capture_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = folder.path().join("clients.toml");
    let path = plan.to_str().expect("a path");
    let file = sample("adhoc-msrp.pcap");
    let saved = pair::Playing::start(&[&file, "--as", "clients", "--plan", "-o", path]).finish();
    assert_eq!(saved.code, Some(0), "{}", saved.stderr);
    let mut focus = pair::Playing::start(&[&file, "--as", "focus", "--bind", "127.0.0.1:0", "--speed", "max"]);
    let address = focus.listening();
    let clients = pair::Playing::start(&["--run", path, "--target", &address, "--speed", "max"]).finish();
    assert_says(&clients, 0, &["all as expected"]);
    assert_says(&focus.finish(), 0, &["all as expected"]);
}

#[test]
fn ipv6_carries_the_same() {
    let file = sample("adhoc-mixed.pcapng");
    let common = [file.as_str(), "--speed", "max", "--transport", "tcp"];
    let mut focus = pair::Playing::start(&[&common[..], &["--as", "focus", "--bind", "[::1]:0"]].concat());
    let address = focus.listening();
    assert!(address.starts_with("[::1]:"), "{address}");
    let clients = pair::Playing::start(&[&common[..], &["--as", "clients", "--target", &address]].concat()).finish();
    assert_says(&clients, 0, &["all as expected"]);
    assert_says(&focus.finish(), 0, &["all as expected"]);
}

#[test]
fn tcp_carries_the_same() {
    for name in ["adhoc-msrp.pcap", "adhoc-notify.pcapng"] {
        pair::play(&captures().join(name), "s1", &["--transport", "tcp"]).assert_good(name);
    }
}

#[test]
fn two_clients_of_a_one_to_one_session_speak_to_each_other() {
    let pair = pair::play_roles(&captures().join("extended.pcapng"), "s1", ["alice", "bob"], &[]);
    pair.assert_good("extended s1");
}

#[test]
fn reports_are_json_and_junit() {
    let pair = pair::play(&captures().join("adhoc-msrp.pcap"), "s1", &["--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&pair.clients.stdout).expect("JSON");
    assert_eq!(document["schema"], "rcshark.replay/1");
    assert_eq!(document["good"], true);
    assert_eq!(document["runs"][0]["steps"][0]["outcome"], "expected");
    let pair = pair::play(&captures().join("adhoc-msrp.pcap"), "s1", &["--format", "junit"]);
    assert!(pair.focus.stdout.contains("failures=\"0\""), "{}", pair.focus.stdout);
    for outcome in [&pair.clients, &pair.focus] {
        schema::validate(outcome.stdout.as_bytes());
    }
}

#[test]
fn copies_run_side_by_side() {
    let pair = pair::play(&captures().join("adhoc-msrp.pcap"), "s1", &["--copies", "20"]);
    pair.assert_good("20 copies");
    // Each of them is analysed, judged, and held against the original.
    for outcome in [&pair.clients, &pair.focus] {
        assert!(!outcome.stdout.contains("other than the original"), "{}", outcome.stdout);
        assert!(!outcome.stdout.contains("does not have"), "{}", outcome.stdout);
    }
    let result = facts::read(&pair.saved[0]);
    assert_eq!(result.sessions.sessions.len(), 20);
}

#[test]
fn what_went_otherwise_in_many_copies_is_told_once() {
    let file = sample("adhoc-msrp.pcap");
    let folder = tempfile::tempdir().expect("a folder");
    let saved = folder.path().join("copies.pcapng");
    let path = saved.to_str().expect("a path");
    let outcome = simulated_run(&[&file, "--copies", "5", "--mutate", "SEND text/plain:drop", "--save", path]);
    assert_says(&outcome, 1, &["other than the original: message of tel:+12005550100", "(in 5 of 5 sessions)"]);
}

#[test]
fn sipp_answers_our_calls() {
    if !peers::has("sipp", "sip-tester") {
        return;
    }
    for transport in ["udp", "tcp"] {
        let port = peers::free_port();
        let mut sipp = peers::sipp("uas.xml", port, None, transport, 20);
        let (plan, target) = (peers::file("caller.toml"), format!("127.0.0.1:{port}"));
        let args = ["--run", plan.to_str().expect("a path"), "--target", &target, "--speed", "max"];
        let ours =
            pair::Playing::start(&[&args[..], &["--transport", transport, "--copies", "20", "--rate", "100"]].concat());
        assert_says(&ours.finish(), 0, &["20 of 20 copies as expected"]);
        assert_eq!(sipp.code(), Some(0), "SIPp over {transport}");
    }
}

#[test]
fn sipp_calls_us() {
    if !peers::has("sipp", "sip-tester") {
        return;
    }
    for transport in ["udp", "tcp"] {
        let plan = peers::file("callee.toml");
        let args = ["--run", plan.to_str().expect("a path"), "--bind", "127.0.0.1:0", "--speed", "max"];
        let mut ours = pair::Playing::start(&[&args[..], &["--transport", transport, "--copies", "20"]].concat());
        let address = ours.listening();
        let mut sipp = peers::sipp("uac.xml", peers::free_port(), Some(&address), transport, 20);
        assert_eq!(sipp.code(), Some(0), "SIPp over {transport}");
        assert_says(&ours.finish(), 0, &["20 of 20 copies as expected"]);
    }
}

/// A session of five participants, with everything in it that passes a proxy.
fn five_participants(folder: &Path) -> PathBuf {
    use scenario::conversation::Conversation;
    use scenario::output::Capture;
    use scenario::packets::Packeting;
    use scenario::script::{Ending, Info, Story};
    let story = Story::new(11)
        .participants(5)
        .info(Info::Mixed)
        .create("A", &["B", "C", "D"])
        .message("A", "Hello")
        .message("C", "Good morning")
        .add("A", "E")
        .message("E", "Thanks")
        .leave("B")
        .message("D", "See you")
        .end(Ending::Inactivity);
    let path = folder.join("five.pcapng");
    let capture = Capture::of(vec![Conversation::of(&story)], &Packeting::default());
    capture.write(&path).expect("a capture");
    path
}

#[test]
fn kamailio_is_proxy_and_relay_between_five_participants_and_the_focus() {
    if !peers::has("kamailio", "kamailio") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let capture = five_participants(folder.path());
    let original = facts::read(&capture);
    let saved = folder.path().join("result.pcapng");
    let paths = [&capture, &saved].map(|path| path.to_str().expect("a path").to_owned());
    for (transport, algorithm) in [("udp", "MD5"), ("tcp", "SHA-256")] {
        let (_kamailio, target) = peers::kamailio(transport, algorithm);
        let args = [&paths[0], "--as", "clients,focus", "--target", &target, "--speed", "max", "--save", &paths[1]];
        let options = ["--register", "--password", "secret", "--transport", transport];
        let relay = ["--msrp-relay", &target];
        let relay = if transport == "tcp" { &relay[..] } else { &[] };
        let ours = pair::Playing::start(&[&args[..], &options[..], relay].concat()).finish();
        assert_says(&ours, 0, &["as clients: all as expected", "as focus: all as expected"]);
        let result = facts::read(&saved);
        let index = facts::session(&result, None);
        assert_eq!(facts::timelines(&original, 0), facts::timelines(&result, index), "{transport}");
        assert_eq!(facts::deliveries(&original, 0), facts::deliveries(&result, index), "{transport}");
        // Without the password it is refused, and said so.
        let refused =
            pair::Playing::start(&[&args[..], &["--register", "--transport", transport, "--timeout", "4"]].concat());
        assert_says(&refused.finish(), 1, &["status is \"401\" instead of \"200\""]);
    }
}

/// The 200 to a request, as a registrar answers it.
fn ok_to(request: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(request).into_owned();
    let (_, headers) = text.split_once("\r\n").expect("a request");
    format!("SIP/2.0 200 OK\r\n{headers}").into_bytes()
}

#[test]
fn nobody_calls_before_all_of_a_copy_have_registered() {
    let original = facts::read(&captures().join("adhoc-msrp.pcap"));
    let roles = Roles::parse(&["clients".into(), "focus".into()], &original, 0).expect("roles");
    let mut plans = replay::build(&original, 0, &roles).expect("plans");
    plans.iter_mut().for_each(replay::Plan::register);
    let focus = plans.iter().position(|plan| plan.side == Side::Focus).expect("a focus");
    let server = "127.0.0.9:5060".parse().expect("an address");
    let mut network = network(Weather { latency: Duration::ZERO, jitter: Duration::ZERO, loss: 0.0, seed: 1 });
    let settings = Arc::new(Settings { speed: Speed::Max, ..Settings::default() });
    let mut hub = Hub::default();
    let players = plans.into_iter().enumerate().map(|(number, plan)| {
        let (route, local) = (Route::new(Some(server), vec![]), network.endpoint(Transport::Udp));
        (
            Player::new(Arc::new(Score::new(plan, vec![])), settings.clone(), route, local, Fresh::default()),
            number,
            Duration::ZERO,
        )
    });
    hub.add(players.collect());
    let method = |bytes: &[u8]| String::from_utf8_lossy(bytes).split(' ').next().unwrap_or_default().to_owned();
    // The registrar answers the clients, and lets the focus wait.
    let mut unanswered = vec![];
    let mut sent = vec![];
    for tenth in 0..20 {
        let now = Duration::from_millis(tenth * 10);
        hub.handle_timeout(now);
        while let Some(output) = hub.poll_output() {
            let replay::Output::Sip { endpoint, bytes, .. } = output else { continue };
            sent.push(method(&bytes));
            if endpoint == focus {
                unanswered.push(bytes);
            } else {
                hub.handle_datagram(now, endpoint, server, &ok_to(&bytes));
            }
        }
    }
    assert!(sent.len() > 3 && sent.iter().all(|method| method == "REGISTER"), "{sent:?}");
    let now = Duration::from_millis(210);
    hub.handle_datagram(now, focus, server, &ok_to(&unanswered[0]));
    hub.handle_timeout(now);
    let next: Vec<String> = std::iter::from_fn(|| hub.poll_output())
        .filter_map(|output| if let replay::Output::Sip { bytes, .. } = output { Some(method(&bytes)) } else { None })
        .collect();
    assert_eq!(next, ["INVITE"]);
}

#[test]
fn ctrl_c_hangs_up_and_still_writes_the_result() {
    let file = sample("adhoc-msrp.pcap");
    let folder = tempfile::tempdir().expect("a folder");
    let saved = folder.path().join("result.pcapng");
    let path = saved.to_str().expect("a path");
    let mut focus = pair::Playing::start(&[&file, "--as", "focus", "--bind", "127.0.0.1:0", "--timeout", "6"]);
    let address = focus.listening();
    let common = [file.as_str(), "--as", "clients", "--target", &address, "--save", path];
    // As slowly as captured, so that there is a time in the middle.
    let clients = pair::Playing::start(&[&common[..], &["--speed", "0.2"]].concat());
    std::thread::sleep(Duration::from_millis(3_500));
    clients.interrupt();
    assert_says(&clients.finish(), 1, &["stopped: interrupted"]);
    let result = facts::read(&saved);
    let byes = result.messages.iter().filter(|(_, message)| {
        message.sip().is_some_and(|summary| summary.is_request && summary.method == rcshark::wire::sip::Method::Bye)
    });
    assert!(byes.count() >= 1, "no BYE in the result");
    drop(focus.finish());
}

#[test]
fn tls_carries_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into(), "localhost".into()]).expect("a certificate");
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a path").to_owned()
    };
    let (cert, key) = (write("cert.pem", made.cert.pem()), write("key.pem", made.signing_key.serialize_pem()));
    let other = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).expect("a certificate");
    let stranger = write("stranger.pem", other.cert.pem());
    let path = captures().join("adhoc-mixed.pcapng");
    let options = ["--transport", "tls", "--ca", &cert, "--cert", &cert, "--key", &key];
    let pair = pair::play(&path, "s1", &options);
    pair.assert_good("TLS");
    // In the result stands what was said, not how it was encrypted.
    let (original, result) = (facts::read(&path), facts::read(&pair.saved[0]));
    assert_eq!(facts::timelines(&original, 0), facts::timelines(&result, facts::session(&result, None)));
    let file = path.to_str().expect("a path");
    let focus = [file, "--as", "focus", "--bind", "127.0.0.1:0", "--cert", &cert, "--key", &key, "--transport", "tls"];
    let mut focus = pair::Playing::start(&[&focus[..], &["--timeout", "3", "--patience", "1"]].concat());
    let target = focus.listening();
    let args =
        [file, "--as", "clients", "--target", &target, "--transport", "tls", "--ca", &stranger, "--patience", "1"];
    let refused = pair::Playing::start(&args).finish();
    assert_says(&refused, 1, &["invalid peer certificate"]);
    drop(focus.finish());
    let without = pair::Playing::start(&[file, "--as", "clients", "--target", &target, "--transport", "tls"]).finish();
    assert_says(&without, 2, &["--ca"]);
}

/// Messages of the capture with bytes changed, cut and doubled, at a player that waits for them: whatever comes, nothing panics.
#[test]
fn no_bytes_make_a_player_panic() {
    let path = captures().join("adhoc-notify.pcapng");
    let original = facts::read(&path);
    let raw: Vec<(bool, Vec<u8>)> = original
        .messages
        .iter()
        .map(|(_, message)| (message.sip().is_some(), original.messages.raw(message).into_owned()))
        .collect();
    let mut random = 0x2545_f491_4f6c_dd1du64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize
    };
    for side in ["clients", "focus"] {
        let roles = Roles::parse(&[side.into()], &original, 0).expect("roles");
        let plan = replay::build(&original, 0, &roles).expect("a plan").remove(0);
        let score = Arc::new(Score::new(plan, vec![]));
        for round in 0..60u64 {
            let mut network =
                network(Weather { latency: Duration::ZERO, jitter: Duration::ZERO, loss: 0.0, seed: round });
            let local = network.endpoint(Transport::Udp);
            let settings = Settings { speed: Speed::Max, password: Some("x".into()), ..Settings::default() };
            let route = Route::new(Some("127.0.0.9:5060".parse().expect("an address")), vec![]);
            let mut hub = Hub::default();
            let player = Player::new(score.clone(), Arc::new(settings), route, local, Fresh::default());
            hub.add(vec![(player, 0, Duration::ZERO)]);
            hub.handle_timeout(Duration::ZERO);
            let mut now = Duration::ZERO;
            let mut calls: Vec<Vec<u8>> = vec![];
            for (is_sip, bytes) in &raw {
                now += Duration::from_millis(next() as u64 % 300);
                hub.handle_timeout(now);
                while let Some(output) = hub.poll_output() {
                    match output {
                        replay::Output::Sip { bytes, .. } => calls.push(bytes),
                        replay::Output::Connect { player, leg, .. } => hub.handle_connected(now, player, leg, 7),
                        _ => {}
                    }
                }
                // What it sent comes back as its answer, too: these reach its transactions.
                let own = calls.last().filter(|_| next() % 3 == 0).cloned();
                let own = own.map(|own| {
                    let text = String::from_utf8_lossy(&own).into_owned();
                    let rest = text.split_once("\r\n").map_or("", |(_, rest)| rest).to_owned();
                    let status = [200, 180, 401, 407, 481, 302, 99][next() % 7];
                    format!("SIP/2.0 {status} X\r\nWWW-Authenticate: Digest realm=\"a\", nonce=\"b\"\r\n{rest}")
                        .into_bytes()
                });
                let mut bytes = own.unwrap_or_else(|| bytes.clone());
                for _ in 0..next() % 6 {
                    let at = next() % bytes.len().max(1);
                    match next() % 4 {
                        0 => bytes.truncate(at),
                        1 if at < bytes.len() => bytes[at] = next() as u8,
                        2 => bytes.extend_from_within(at..),
                        _ => drop(bytes.drain(at..(at + next() % 40).min(bytes.len()))),
                    }
                }
                if *is_sip {
                    hub.handle_datagram(now, 0, "127.0.0.9:5060".parse().expect("an address"), &bytes);
                } else {
                    hub.handle_msrp_bytes(now, 7, &bytes);
                }
            }
            hub.stop("over", now);
            assert!(hub.end().iter().all(|run| run.verdict.outcomes.len() == score.plan.steps.len()));
        }
    }
}

#[test]
fn identifiers_are_kept_and_domains_replaced_on_request() {
    let path = captures().join("adhoc-msrp.pcap");
    let pair = pair::play(&path, "s1", &["--keep-ids", "--map", "ims.example.net=test.local"]);
    pair.assert_good("with --keep-ids and --map");
    let (original, result) = (facts::read(&path), facts::read(&pair.saved[0]));
    let index = facts::session(&result, None);
    let ids = |analysis: &rcshark::Analysis, index: usize| analysis.sessions.sessions[index].contribution_ids.clone();
    assert_eq!(ids(&original, 0), ids(&result, index));
    let uris: Vec<&str> = result.timelines[index].participants.iter().map(|one| one.identity.uri.as_str()).collect();
    assert!(uris.iter().all(|uri| uri.contains("@test.local")), "{uris:?}");
    let pair = pair::play(&path, "s1", &[]);
    let result = facts::read(&pair.saved[0]);
    assert_ne!(ids(&original, 0), ids(&result, facts::session(&result, None)));
}

#[test]
fn participants_play_in_processes_of_their_own() {
    let file = sample("adhoc-msrp.pcap");
    let common = [file.as_str(), "--speed", "max"];
    let start = |args: &[&str]| pair::Playing::start(&[&common[..], args].concat());
    let mut bob = start(&["--as", "bob", "--bind", "127.0.0.1:0"]);
    let mut carol = start(&["--as", "+12005550102", "--bind", "127.0.0.1:0"]);
    let maps = [
        ("sip:+12005550101@ims.example.net", bob.listening()),
        ("sip:+12005550102@ims.example.net", carol.listening()),
    ];
    let maps = maps.map(|(uri, address)| format!("{uri}={address}"));
    let mut focus = start(&["--as", "focus", "--bind", "127.0.0.1:0", "--map", &maps[0], "--map", &maps[1]]);
    let address = focus.listening();
    let alice = start(&["--as", "alice", "--target", &address]);
    for (name, playing) in [("alice", alice), ("bob", bob), ("carol", carol), ("focus", focus)] {
        let outcome = playing.finish();
        assert_eq!(outcome.code, Some(0), "{name}:\n{}{}", outcome.stdout, outcome.stderr);
    }
}

#[test]
fn copies_may_have_identities_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let csv = folder.path().join("identities.csv");
    std::fs::write(&csv, "+12005550100,+12005550101\n+491,+492\n+493,+494\n").expect("a file");
    let csv = csv.to_str().expect("a path");
    let options = ["--copies", "2", "--identities", csv, "--map", "+12005550102=+77{n}"];
    let pair = pair::play(&captures().join("adhoc-msrp.pcap"), "s1", &options);
    pair.assert_good("two copies");
    let result = facts::read(&pair.saved[0]);
    let mut people: Vec<String> = (0..result.timelines.len())
        .map(|index| {
            let people = result.timelines[index].participants.iter();
            let mut keys: Vec<&str> = people.map(|one| one.identity.key.as_str()).collect();
            keys.sort_unstable();
            keys.join(" ")
        })
        .collect();
    people.sort();
    assert_eq!(people, ["tel:+491 tel:+492 tel:+771", "tel:+493 tel:+494 tel:+772"]);
}

#[test]
fn sessions_are_refreshed_by_who_agreed_to() {
    let weather = Weather { latency: Duration::from_millis(5), jitter: Duration::ZERO, loss: 0.0, seed: 1 };
    let path = captures().join("adhoc-msrp.pcap");
    // Two seconds, in a session of two and a half.
    let faults = ["200 OK (INVITE):replace=Session-Expires: 1800=>Session-Expires: 2"];
    for transport in [Transport::Udp, Transport::Tcp] {
        let (bad, result) = simulate_mutated(&path, "s1", transport, weather, &faults);
        assert!(bad.is_empty(), "{}", bad.join("\n"));
        let text = String::from_utf8_lossy(&result);
        let updates = text.matches("UPDATE sip:").count();
        let answers = text.matches("Session-Expires: 2;refresher=uac\r\nContent-Length: 0").count();
        assert!(updates >= 2 && answers >= 2, "{updates} UPDATEs, {answers} answers over {transport:?}");
    }
}
