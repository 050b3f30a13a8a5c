//! INVITEs that fork: two telephones of a user ring, and one of them answers, or both.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcshark::capture::PcapngWriter;
use rcshark::replay::{
    self, Fresh, Hub, Output, Plan, Player, Roles, Route, Score, Settings, Speed, Trace, Transport, Verdict, Weather,
};
use scenario::conversation::Conversation;
use scenario::output::Capture;
use scenario::packets::Packeting;
use scenario::script::{Fork, Story};
use scenario::stories;

use super::simulated::{network, simulate, simulated_players, simulated_run};
use super::{assert_says, facts, pair};

/// Bob has two telephones; the one that the capture shows first only rings, or answers second and is ended.
fn capture(folder: &Path, fork: Fork) -> PathBuf {
    let name = if fork == Fork::Rings { "ringing" } else { "forked" };
    let story = (stories::find(name).expect("a story").tell)(Story::new(4));
    let path = folder.join(format!("{fork:?}.pcapng"));
    let capture = Capture::of(vec![Conversation::of(&story)], &Packeting::default());
    capture.write(&path).expect("a capture");
    path
}

fn plans(path: &Path) -> Vec<Plan> {
    plans_for(path, &["clients", "focus"])
}

fn plans_for(path: &Path, roles: &[&str]) -> Vec<Plan> {
    let original = facts::read(path);
    let words: Vec<String> = roles.iter().map(|&word| word.to_owned()).collect();
    let roles = Roles::parse(&words, &original, 0).expect("roles");
    replay::build(&original, 0, &roles).expect("plans")
}

/// The dialogs of each call that has several, by what became of them and who ended them.
fn forks(path: &Path) -> Vec<Vec<String>> {
    let analysis = facts::read(path);
    let legs = &analysis.sessions.legs;
    let mut calls: Vec<Vec<String>> = vec![vec![]; analysis.sessions.calls.len()];
    for leg in legs {
        let messages = leg.msrp.map_or(0, |msrp| analysis.sessions.msrp.sessions[msrp as usize].transfers.len());
        calls[leg.call].push(format!("{} {:?} {messages} messages", leg.outcome.as_str(), leg.ended.map(|(_, by)| by)));
    }
    // The order in which they answered is the network's.
    calls.iter_mut().for_each(|call| call.sort());
    calls.into_iter().filter(|call| call.len() > 1).collect()
}

fn assert_same(what: &str, original: &Path, result: &Path) {
    let (before, after) = (facts::read(original), facts::read(result));
    let index = facts::session(&after, None);
    assert_eq!(facts::timelines(&before, 0), facts::timelines(&after, index), "{what}");
    assert_eq!(facts::deliveries(&before, 0), facts::deliveries(&after, index), "{what}");
    assert_eq!(facts::notifications(&before, 0), facts::notifications(&after, index), "{what}");
    assert!(after.problems.is_empty(), "{what}: {:?}", after.problems[0].detail);
}

#[test]
fn forks_are_replayed_each_in_its_dialog_whatever_the_network_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let saved = folder.path().join("result.pcapng");
    for (fork, dialogs) in [(Fork::Rings, "unanswered"), (Fork::Accepts, "established")] {
        let path = capture(folder.path(), fork);
        let told = forks(&path);
        assert!(told.len() == 1 && told[0].len() == 2 && told[0].iter().all(|one| one.contains(" ")), "{told:?}");
        assert!(told[0].iter().any(|one| one.starts_with(dialogs)), "{told:?}");
        for transport in [Transport::Udp, Transport::Tcp] {
            for (seed, jitter, loss) in [(1, 0, 0.0), (2, 300, 0.0), (3, 30, 0.1), (4, 300, 0.1), (5, 600, 0.2)] {
                let jitter = Duration::from_millis(jitter);
                let weather = Weather { latency: Duration::from_millis(20), jitter, loss, seed };
                let what = format!("{fork:?} over {transport:?} with {weather:?}");
                let (bad, result) = simulate(&path, "s1", transport, weather);
                assert!(bad.is_empty(), "{what}:\n{}", bad.join("\n"));
                std::fs::write(&saved, result).expect("a file");
                assert_same(&what, &path, &saved);
                if loss == 0.0 {
                    assert_eq!(told, forks(&saved), "{what}");
                }
            }
        }
    }
}

#[test]
fn forks_are_replayed_over_sockets() {
    let folder = tempfile::tempdir().expect("a folder");
    for fork in [Fork::Rings, Fork::Accepts] {
        let path = capture(folder.path(), fork);
        for transport in ["udp", "tcp"] {
            let pair = pair::play(&path, "s1", &["--transport", transport]);
            let what = format!("{fork:?} over {transport}");
            pair.assert_good(&what);
            assert!(!pair.clients.stdout.contains("not expected by any step"), "{what}: {}", pair.clients.stdout);
            pair.saved.iter().for_each(|saved| assert_same(&what, &path, saved));
        }
        let simulated = simulated_run(&[path.to_str().expect("a path")]);
        assert_says(&simulated, 0, &["as clients: all as expected", "as focus: all as expected"]);
    }
}

#[test]
fn a_plan_with_forks_is_the_same_from_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    for plan in plans(&capture(folder.path(), Fork::Accepts)) {
        let text = plan.to_toml().expect("a file");
        let again = Plan::from_toml(&text).expect("a plan");
        assert_eq!(text, again.to_toml().expect("a file"));
        // Steps of the fork answer the INVITE of another leg.
        let is_of_fork = |step: &&replay::Step| step.about.is_some_and(|about| again.steps[about].leg != step.leg);
        assert_eq!(again.steps.iter().filter(is_of_fork).count(), 2);
    }
}

/// A plan is read from a file, and may say anything.
#[test]
fn a_plan_whose_legs_are_mixed_up_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let both = plans(&capture(folder.path(), Fork::Accepts));
    let weather = Weather { latency: Duration::from_millis(20), jitter: Duration::ZERO, loss: 0.1, seed: 1 };
    for round in 0..40 {
        let mut mixed = both.clone();
        for plan in &mut mixed {
            let legs = plan.legs.len();
            // In the first rounds whole legs are renumbered, then steps are put on other ones.
            let order = |leg: usize| (leg * 3 + round) % legs;
            if round < 10 {
                let moved = plan.legs.clone();
                moved.into_iter().enumerate().for_each(|(index, leg)| plan.legs[order(index)] = leg);
                plan.steps.iter_mut().for_each(|step| step.leg = order(step.leg));
            } else {
                let odd = plan.steps.iter_mut().enumerate().filter(|(index, _)| index % (round - 8) == 1);
                odd.for_each(|(index, step)| step.leg = (step.leg + index) % legs);
            }
            assert_eq!(plan.defect(), None);
        }
        let (players, _) = simulated_players(mixed, Transport::Udp, weather);
        assert!(round >= 10 || players.iter().all(|(good, _)| *good), "{round}: {players:?}");
    }
}

/// The focus of one capture and the clients of another: a telephone answers of which only the clients know.
#[test]
fn a_second_2xx_that_nobody_planned_gets_ack_and_bye_and_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let [rings, accepts] = [Fork::Rings, Fork::Accepts].map(|fork| capture(folder.path(), fork));
    let saved = folder.path().join("result.pcapng");
    for (seed, loss) in [(1, 0.0), (2, 0.2), (3, 0.2)] {
        let mut both = plans(&accepts);
        both[1] = plans(&rings).remove(1);
        let weather = Weather { latency: Duration::from_millis(20), jitter: Duration::ZERO, loss, seed };
        let (players, result) = simulated_players(both, Transport::Udp, weather);
        let (clients, focus) = (&players[0].1, &players[1].1);
        assert!(players[1].0, "{focus}");
        assert_eq!(focus.matches("200 (INVITE) of another far end, which gets ACK and BYE").count(), 1, "{focus}");
        // Of the dialog that was ended its client knows, but not why.
        assert!(clients.contains("Reason is \"\" instead of \"200\""), "{clients}");
        // What it says over MSRP does not reach the session of the other telephone (RFC 4975 §7.2).
        assert!(loss > 0.0 || clients.contains("status is \"481\" instead of \"200\""), "{clients}");
        std::fs::write(&saved, result).expect("a file");
        let told = forks(&saved);
        let ended = told[0].iter().filter(|one| one.starts_with("established Some(")).count();
        assert_eq!(ended, 2, "{told:?}");
        let (before, after) = (facts::read(&rings), facts::read(&saved));
        let index = facts::session(&after, None);
        assert_eq!(facts::deliveries(&before, 0), facts::deliveries(&after, index));
    }
}

/// An answer to an INVITE: what RFC 3261 §8.2.6.2 copies, a tag, a Contact.
fn answer(invite: &str, status: &str, tag: &str) -> Vec<u8> {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for line in invite.lines().take_while(|line| !line.is_empty()) {
        match line.split(':').next().unwrap_or_default() {
            "To" => text.push_str(&format!("{line};tag={tag}\r\n")),
            "Via" | "From" | "Call-ID" | "CSeq" => text.push_str(&format!("{line}\r\n")),
            _ => {}
        }
    }
    text.push_str(&format!("Contact: <sip:{tag}@127.0.0.9:5060>\r\nContent-Length: 0\r\n\r\n"));
    text.into_bytes()
}

const SERVER: &str = "127.0.0.9:5060";

/// A player that calls, and what it says to a server that is no player.
struct Caller {
    hub: Hub,
    now: Duration,
}

impl Caller {
    fn new(plan: Plan) -> Caller {
        let mut network = network(Weather { latency: Duration::ZERO, jitter: Duration::ZERO, loss: 0.0, seed: 1 });
        let local = network.endpoint(Transport::Udp);
        let settings = Settings { speed: Speed::Max, password: Some("secret".into()), ..Settings::default() };
        let route = Route::new(Some(SERVER.parse().expect("an address")), vec![]);
        let score = Arc::new(Score::new(plan, vec![]));
        let mut hub = Hub::default();
        hub.add(vec![(Player::new(score, Arc::new(settings), route, local, Fresh::default()), 0, Duration::ZERO)]);
        let now = Duration::from_millis(1);
        hub.handle_timeout(now);
        Caller { hub, now }
    }

    /// What it has to say.
    fn says(&mut self) -> Vec<String> {
        let outputs = std::iter::from_fn(|| self.hub.poll_output());
        let text = |output| match output {
            Output::Sip { bytes, .. } => Some(String::from_utf8_lossy(&bytes).into_owned()),
            _ => None,
        };
        outputs.filter_map(text).collect()
    }

    /// What it says to that.
    fn hears(&mut self, bytes: &[u8]) -> Vec<String> {
        self.hub.handle_datagram(self.now, 0, SERVER.parse().expect("an address"), bytes);
        self.says()
    }

    fn verdict(&self) -> Verdict {
        let ended = self.hub.ended().next().map(|run| run.verdict.clone());
        ended.or_else(|| self.hub.players().next().map(Player::verdict)).expect("a player")
    }
}

#[test]
fn a_flood_of_forks_is_bounded_and_each_is_told_from_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("proxy.pcapng");
    std::fs::write(&path, through_a_proxy()).expect("a file");
    let plain = plans(&capture(folder.path(), Fork::Rings)).remove(0);
    let forked = plans_for(&path, &["clients"]).remove(0);
    for plan in [plain, forked] {
        let mut caller = Caller::new(plan);
        let invite = caller.says().remove(0);
        assert!(invite.starts_with("INVITE "), "{invite}");
        for number in 0..500 {
            caller.hears(&answer(&invite, "180 Ringing", &format!("rings-{number}")));
        }
        let answers = (0..500).map(|number| answer(&invite, "200 OK", &format!("answers-{number}")));
        let said: Vec<String> = answers.flat_map(|answer| caller.hears(&answer)).collect();
        let of = |method: &str| said.iter().filter(|one| one.starts_with(method)).count();
        // The first one is as planned.
        assert_eq!((of("ACK "), of("BYE ")), (65, 64));
        for number in [0, 1, 64] {
            let again = caller.hears(&answer(&invite, "200 OK", &format!("answers-{number}")));
            assert!(again.len() == 1 && again[0].starts_with(&format!("ACK sip:answers-{number}@")), "{again:?}");
        }
        // Requests of a dialog that was ended do not reach the one that stands.
        let bye = said.iter().find(|one| one.starts_with("BYE ")).expect("a BYE");
        let line = |name: &str| bye.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let (from, to, call_id) = (line("To:"), line("From:"), line("Call-ID:"));
        for (method, status) in [("BYE", "200"), ("INFO", "481")] {
            let via = format!("Via: SIP/2.0/UDP 127.0.0.9;branch=z9hG4bK{method}");
            let rest = format!("From:{from}\r\nTo:{to}\r\nCall-ID:{call_id}\r\nCSeq: 7 {method}\r\n\r\n");
            let answers = caller.hears(format!("{method} sip:x SIP/2.0\r\n{via}\r\n{rest}").as_bytes());
            assert!(answers.len() == 1 && answers[0].starts_with(&format!("SIP/2.0 {status} ")), "{answers:?}");
        }
        let verdict = caller.verdict();
        assert!(verdict.extras.iter().all(|(_, what)| what.starts_with("200 (INVITE)")), "{:?}", verdict.extras);
        assert_eq!(verdict.extras.len(), 64);
        assert!(verdict.notes.iter().any(|note| note.contains("a flood of answers")), "{:?}", verdict.notes);
    }
}

#[test]
fn an_invite_that_needs_credentials_forks_with_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("proxy.pcapng");
    std::fs::write(&path, through_a_proxy()).expect("a file");
    let mut caller = Caller::new(plans_for(&path, &["clients"]).remove(0));
    let invite = caller.says().remove(0);
    caller.hears(&answer(&invite, "180 Ringing", "early"));
    let challenge = "407 Proxy Authentication Required\r\nProxy-Authenticate: Digest realm=\"a\", nonce=\"b\"";
    let said = caller.hears(&answer(&invite, challenge, "proxy"));
    let [ack, invite] = &said[..] else { panic!("{said:?}") };
    assert!(ack.starts_with("ACK ") && invite.contains("\r\nProxy-Authorization: "), "{said:?}");
    for (status, telephone) in [("180 Ringing", "first"), ("180 Ringing", "second"), ("180 Ringing", "third")] {
        caller.hears(&answer(invite, status, telephone));
    }
    // The leg of the second one waits for a 2xx: the third one takes it.
    let said = caller.hears(&answer(invite, "200 OK", "third"));
    assert!(said.len() == 1 && said[0].starts_with("ACK sip:third@"), "{said:?}");
    assert!(said[0].contains(";tag=third\r\n"), "{said:?}");
    caller.hub.handle_timeout(caller.now);
    let bye = caller.says();
    assert!(bye.len() == 1 && bye[0].starts_with("BYE sip:third@"), "{bye:?}");
    assert!(caller.verdict().extras.is_empty());
}

/// A call through a proxy that is captured on both sides of it. Three telephones ring reliably: one is busy, one answers, and from the third the
/// proxy takes the INVITE back.
fn through_a_proxy() -> Vec<u8> {
    let [caller, proxy] = ["192.0.2.1:5060", "198.51.100.2:5060"];
    let telephones = ["192.0.2.11:5060", "192.0.2.12:5060", "192.0.2.13:5060"];
    let sdp = |id: &str| {
        format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=message 2855 TCP/MSRP *\r\n\
             a=accept-types:message/cpim\r\na=path:msrp://192.0.2.9:2855/{id};tcp\r\n"
        )
    };
    // `hop`: through the branch of the proxy to this telephone.
    let message = |first: &str, method: &str, hop: Option<usize>, tag: Option<usize>, body: &str| {
        let via =
            hop.map(|to| format!("Via: SIP/2.0/UDP 198.51.100.2;branch=z9hG4bKproxy{to}\r\n")).unwrap_or_default();
        let to_tag = tag.map(|to| format!(";tag=telephone{to}")).unwrap_or_default();
        let contact = tag.filter(|_| first.starts_with("SIP")).map_or("caller".into(), |to| format!("telephone{to}"));
        let (number, kind) = match method {
            "BYE" => (3, ""),
            "PRACK" => (2, "RAck: 7 1 INVITE\r\n"),
            _ if first.ends_with("Ringing") => (1, "Require: 100rel\r\nRSeq: 7\r\n"),
            _ => (1, "Content-Type: application/sdp\r\n"),
        };
        format!(
            "{first}\r\n{via}Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKcaller{number}\r\nFrom: <sip:alice@example.com>;tag=caller\r\n\
             To: <sip:bob@example.com>{to_tag}\r\nCall-ID: through-a-proxy\r\nCSeq: {number} {method}\r\n\
             Contribution-ID: contribution-1\r\nContact: <sip:{contact}@192.0.2.9>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let mut trace = Trace::new(PcapngWriter::new(vec![]).expect("a writer"), std::time::UNIX_EPOCH);
    let mut now = Duration::ZERO;
    let mut say = |from: &str, to: &str, text: String| {
        now += Duration::from_millis(10);
        trace.datagram(now, from.parse().expect("an address"), to.parse().expect("an address"), text.as_bytes());
    };
    let invite = "INVITE sip:bob@example.com SIP/2.0";
    say(caller, proxy, message(invite, "INVITE", None, None, &sdp("caller-1")));
    for (number, telephone) in telephones.iter().enumerate() {
        say(proxy, telephone, message(invite, "INVITE", Some(number), None, &sdp("caller-1")));
    }
    for (number, telephone) in telephones.iter().enumerate() {
        for (from, to, hop) in [(*telephone, proxy, Some(number)), (proxy, caller, None)] {
            say(from, to, message("SIP/2.0 180 Ringing", "INVITE", hop, Some(number), ""));
        }
        let prack = format!("PRACK sip:telephone{number}@192.0.2.9 SIP/2.0");
        say(caller, telephone, message(&prack, "PRACK", None, Some(number), ""));
        say(telephone, caller, message("SIP/2.0 200 OK", "PRACK", None, Some(number), ""));
    }
    let (busy, answers, rings) = (0, 1, 2);
    let refuse = |say: &mut dyn FnMut(&str, &str, String), number: usize, status: &str| {
        say(telephones[number], proxy, message(status, "INVITE", Some(number), Some(number), ""));
        let ack = message("ACK sip:bob@example.com SIP/2.0", "ACK", Some(number), Some(number), "");
        say(proxy, telephones[number], ack);
    };
    refuse(&mut say, busy, "SIP/2.0 486 Busy Here");
    for (from, to, hop) in [(telephones[answers], proxy, Some(answers)), (proxy, caller, None)] {
        say(from, to, message("SIP/2.0 200 OK", "INVITE", hop, Some(answers), &sdp("telephone-1")));
    }
    say(proxy, telephones[rings], message("CANCEL sip:bob@example.com SIP/2.0", "CANCEL", Some(rings), None, ""));
    say(telephones[rings], proxy, message("SIP/2.0 200 OK", "CANCEL", Some(rings), Some(rings), ""));
    refuse(&mut say, rings, "SIP/2.0 487 Request Terminated");
    say(caller, telephones[answers], message("ACK sip:telephone1@192.0.2.9 SIP/2.0", "ACK", None, Some(answers), ""));
    say(caller, telephones[answers], message("BYE sip:telephone1@192.0.2.9 SIP/2.0", "BYE", None, Some(answers), ""));
    say(telephones[answers], caller, message("SIP/2.0 200 OK", "BYE", None, Some(answers), ""));
    trace.finish().and_then(PcapngWriter::finish).expect("a capture")
}

#[test]
fn what_a_proxy_says_to_the_forks_is_not_replayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("proxy.pcapng");
    std::fs::write(&path, through_a_proxy()).expect("a file");
    let both = plans_for(&path, &["clients"]);
    for plan in &both {
        let labels: Vec<&str> =
            plan.steps.iter().map(|step| step.label.split(' ').next().unwrap_or_default()).collect();
        let rings = ["180", "PRACK", "200"];
        let expected = [&["INVITE"][..], &rings, &rings, &rings, &["200", "ACK", "BYE", "200"]].concat();
        assert_eq!(labels, expected, "{}", plan.to_text());
        assert_eq!(plan.legs.len(), 3, "{}", plan.to_text());
    }
    for (seed, jitter) in [(1, 0), (2, 200), (3, 200)] {
        let jitter = Duration::from_millis(jitter);
        let weather = Weather { latency: Duration::from_millis(20), jitter, loss: 0.0, seed };
        let (players, _) = simulated_players(both.clone(), Transport::Udp, weather);
        players.iter().for_each(|(good, report)| assert!(good, "{report}"));
    }
}
